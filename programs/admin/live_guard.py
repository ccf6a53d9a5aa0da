"""The margin guard beside the form of a draft: what the terms would give back if they were saved as they are.

A check saves the form inside a transaction that is taken back, so what is measured is exactly what a save
would leave, read the way every other page reads it. With scripts the panel alone is sent while somebody
types; without them the page comes back as it was typed, with the panel above it.
"""

from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from programs.margin_panel import Panel, incomplete, panel_of
from programs.models import ProgrammeVersion
from programs.parts_read import read_once
from programs.validation import Problem

CHECK: Final = "_check"
SHOWING: Final = ("GET", "HEAD")
PANEL: Final = "admin/programs/guard_swap.html"
MOST_NAMED: Final = 8


class OnlyShown:
    """A form that is checked and shown again, never saved."""

    def is_valid(self) -> bool:
        """Check the fields, and say no."""
        super().is_valid()  # type: ignore[misc]
        return False


class LiveGuard:
    """Adds the guard's panel to the change page of a version."""

    change_form_before_template = "admin/programs/guard_before.html"
    change_form_after_template = "admin/programs/guard_after.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Measure instead of saving, where that is asked."""
        if request.method == "POST" and CHECK in request.POST:
            return self._checked(request, object_id, form_url)
        return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The version; a page that only shows it reads it once, with all its parts."""
        if request.method not in SHOWING:
            return super().get_object(request, object_id, from_field)  # type: ignore[misc]
        shown = getattr(request, "version_shown", None)
        if shown is None or str(shown.pk) != str(object_id):
            shown = super().get_object(request, object_id, from_field)  # type: ignore[misc]
            request.version_shown = read_once(shown) if shown else None  # type: ignore[attr-defined]
        return shown

    def _checked(self, request: HttpRequest, object_id: str | None, form_url: str) -> HttpResponse:
        with transaction.atomic():
            answer: HttpResponse = super().changeform_view(request, object_id, form_url)  # type: ignore[misc]
            transaction.set_rollback(True)
        panel: Panel | None = getattr(request, "guard_panel", None)
        if "HX-Request" in request.headers and isinstance(answer, TemplateResponse):
            panel = incomplete(_faults(answer))
        if panel is None:
            return answer
        if "HX-Request" in request.headers:
            return TemplateResponse(request, PANEL, {"guard": panel, "guard_is_live": True})
        request.is_only_shown = True  # type: ignore[attr-defined]
        return self._changeform_view(  # type: ignore[attr-defined, no-any-return]
            request, object_id, form_url, {"guard": panel}
        )

    def response_change(self, request: HttpRequest, obj: ProgrammeVersion) -> HttpResponse:
        """Measure what was saved for a check, which then takes it back."""
        if CHECK not in request.POST:
            return super().response_change(request, obj)  # type: ignore[misc, no-any-return]
        request.guard_panel = _panel_of(obj.pk)  # type: ignore[attr-defined]
        return HttpResponse(status=204)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Show a checked form again with what was typed."""
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        if not getattr(request, "is_only_shown", False):
            return form
        return type(form.__name__, (OnlyShown, form), {})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **options: Any
    ) -> Any:
        """Put the panel on the page: of the saved terms, unless others were just checked."""
        if obj is not None:
            context.setdefault("guard", None)
            shown = getattr(request, "version_shown", None)
            context["guard"] = context["guard"] or _panel_of(obj.pk, shown)
            context["guard_is_live"] = self.has_change_permission(request, obj)  # type: ignore[attr-defined]
        return super().render_change_form(request, context, *args, obj=obj, **options)  # type: ignore[misc]


def _panel_of(version_id: int, shown: ProgrammeVersion | None = None) -> Panel:
    """What is said of a version as it stands: as it was read for the page, or as it is now."""
    if shown is None:
        rows = ProgrammeVersion.objects.select_related("programme__merchant")
        shown = read_once(rows.get(pk=version_id))
    return panel_of(shown, now=timezone.now())


def _faults(page: TemplateResponse) -> list[Problem]:
    """The first fields that keep a form from being measured, by their labels."""
    context = page.context_data or {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += inline.formset.forms
    faults = [
        Problem(str(form[name].label if name in form.fields else ""), str(message))
        for form in forms
        for name, messages in form.errors.items()
        for message in messages
    ]
    return faults[:MOST_NAMED]
