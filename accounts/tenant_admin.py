"""The base of every admin class that shows a merchant's rows: who sees what is decided here, once.

A class names its ``room`` (a row of ``accounts.access.RIGHTS``) and the ``tenant_path`` from its model to the
merchant. From these follow its queryset, its permissions, the choices of its foreign keys and of its filters.
An object out of reach is answered as one that does not exist.
"""

import re
from functools import cache
from typing import Any, ClassVar, Final, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import IntegerField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from accounts.cells import money_cell
from accounts.errors import WalaaError
from accounts.models import Merchant
from accounts.money_fields import MinorField
from accounts.reach import Reach, choosable, reach_of

LONGEST_ID: Final = 19
"""Digits of the largest number a database takes for an id; one as long is nobody's."""


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a row that would join two merchants' things."""

    def clean(self) -> dict[str, Any]:
        """Check that every chosen row belongs to the merchant of this one."""
        cleaned = super().clean() or {}
        merchant_id = getattr(cleaned.get("merchant"), "pk", None) or getattr(
            self.instance, "merchant_id", None
        )
        for name, value in list(cleaned.items()):
            theirs = getattr(value, "merchant_id", None) if isinstance(value, Model) else None
            if merchant_id and theirs and theirs != merchant_id:
                self.add_error(name, ValidationError(_("Choose one of the same merchant.")))
        return cleaned


class TenantMixin:
    """Queryset, permissions and choices within the reader's reach; shared by pages and inlines."""

    room: ClassVar[str]
    tenant_path: ClassVar[str] = "merchant"
    model: type[Model]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows within reach."""
        rows = super().get_queryset(request)  # type: ignore[misc]
        return reach_of(request).limit(rows, room=self.room, path=self.tenant_path)

    def may(self, request: HttpRequest, right: str, obj: Any = None) -> bool:
        """Say whether the reader has ``right`` in this room, for ``obj`` when one is given."""
        merchant_id = merchant_id_of(obj, self.tenant_path) if isinstance(obj, self.model) else None
        return reach_of(request).may(right, self.room, merchant_id)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to whoever may view anything in the room."""
        return self.may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the table of rights."""
        return self.may(request, "view", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the table of rights."""
        return self.may(request, "change", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Adding is changing the room."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask the table of rights."""
        return self.may(request, "delete", obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only rows within reach."""
        kwargs["queryset"] = self.reachable(db_field, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Ask for money in riyals where the row holds halalas."""
        if db_field.name.endswith("_minor") and isinstance(db_field, IntegerField):
            return MinorField(
                currency=form_currency(request),
                label=db_field.verbose_name,
                help_text=db_field.help_text,
                required=not db_field.blank,
                initial=db_field.get_default(),
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where nothing may be edited, show money as money instead of its smallest units."""
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": self._readable(options["fields"])}) for title, options in fieldsets
        ]

    def _readable(self, fields: Any) -> tuple[Any, ...]:
        return tuple(
            self._readable(field)
            if isinstance(field, (tuple, list))
            else money_reader(self.model, field, self.tenant_path)
            for field in fields
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name the readers of money, which are no fields of a form."""
        named = tuple(super().get_readonly_fields(request, obj))  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):
            return named
        return (
            *named,
            *(field for field in flatten_fieldsets(self.get_fieldsets(request, obj)) if callable(field)),
        )

    def reachable(self, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows of a relation's other end that the reader may choose."""
        related = cast(type[Model], db_field.related_model)
        if related is Merchant:
            return reach_of(request).merchants("change", self.room)
        other = cast(Any, self).admin_site._registry.get(related)
        if isinstance(other, TenantMixin):
            return other.get_queryset(request)
        return (
            related._default_manager.all()
            if reach_of(request).is_operator
            else related._default_manager.none()
        )


@cache
def money_reader(model: type[Model], name: str, path: str) -> Any:
    """Return what shows a field of minor units in major ones; any other field's name is returned as it is."""
    if not name.endswith("_minor"):
        return name
    label = cast(Any, model._meta.get_field(name)).verbose_name

    def read(row: Any) -> str:
        owner = merchant_at(row, path)
        return money_cell(getattr(row, name), owner.currency if owner else "SAR")

    read.short_description = label  # type: ignore[attr-defined]
    read.__name__ = name.removesuffix("_minor")
    return read


def merchant_id_of(obj: Any, path: str) -> int | None:
    """Return the id at the end of ``path`` ("version__programme__merchant"), following loaded relations."""
    *steps, last = path.split("__")
    for step in steps:
        obj = getattr(obj, step, None)
        if obj is None:
            return None
    return cast("int | None", obj.pk if last == "pk" else getattr(obj, f"{last}_id"))


def merchant_at(obj: Any, path: str) -> Merchant | None:
    """Return the merchant at the end of ``path``."""
    for step in path.split("__"):
        obj = obj if step == "pk" else getattr(obj, step, None)
    return obj if isinstance(obj, Merchant) else None


def form_currency(request: HttpRequest) -> str:
    """Return the currency of the merchant whose form is shown; see ``TenantAdmin.get_form``."""
    return cast(str, getattr(request, "form_currency", "SAR"))


class TenantRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by relation that offers only rows within reach (Django's own offers every tenant's)."""

    template = "unfold/filters/filters_field.html"

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Return the choices, at most a hundred."""
        rows = cast(TenantMixin, model_admin).reachable(field, request)
        return [(str(row.pk), str(row)) for row in rows[:100]]


class TenantAdmin(TenantMixin, ModelAdmin):
    """An admin page of a merchant's rows."""

    form: type[forms.ModelForm] = TenantForm  # type: ignore[type-arg]
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False  # the unfiltered COUNT would be paid on every page
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True
    list_filter_submit = False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Name the page by what it lists."""
        named = {"title": capfirst(str(self.opts.verbose_name_plural)), **(extra_context or {})}
        return super().changelist_view(request, named)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Add the merchant's column for those who see several."""
        columns = list(super().get_list_display(request))
        if self.tenant_path == "merchant" and sees_several(reach_of(request)):
            columns.append("merchant")
        return columns

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Refuse a number that no database holds, as Django does any other filter that cannot be."""
        asked = [str(value) for name, value in request.GET.items() if name != SEARCH_VAR]
        if any(len(value) >= LONGEST_ID and re.fullmatch(r"-?[0-9]+", value) for value in asked):
            raise IncorrectLookupParameters
        return super().get_changelist_instance(request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Add the merchant's filter for those who see several."""
        filters = list(super().get_list_filter(request))
        if self.tenant_path == "merchant" and sees_several(reach_of(request)):
            filters.append(("merchant", TenantRelatedFilter))
        return filters

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Fetch the merchant with its row: money and days are told in its terms."""
        related = super().get_list_select_related(request)
        if isinstance(related, bool) or self.tenant_path == "pk":
            return related
        return [*related, self.tenant_path]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Set the merchant silently where there is no choice: a row never moves to another merchant.

        The field stays in the form, hidden, so that constraints which name the merchant are checked.
        """
        owner = merchant_at(obj, self.tenant_path) or next(iter(choosable(request)), None)
        request.form_currency = owner.currency if owner else "SAR"  # type: ignore[attr-defined]
        form = super().get_form(request, obj, change=change, **kwargs)
        field = cast("forms.ModelChoiceField[Any] | None", form.base_fields.get("merchant"))
        if field is not None:
            if obj is not None and obj.merchant_id:
                field.queryset = Merchant.objects.filter(pk=obj.merchant_id)
            candidates = list(field.queryset[:2])  # type: ignore[index]
            if len(candidates) == 1:
                field.initial, field.widget = candidates[0].pk, forms.HiddenInput()
        return form

    def fetch(self, request: HttpRequest, object_id: str, right: str = "change") -> Any:
        """Return the row an action is about; raise 404 for one that is absent or out of reach."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.may(request, right, row):
            raise PermissionDenied
        return row

    def confirm(self, request: HttpRequest, row: Any, **context: Any) -> TemplateResponse:
        """Ask before something happens: a GET changes nothing. Takes ``title``, ``lines``, ``form``."""
        shown = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]),
            **context,
        }
        return TemplateResponse(request, "admin/confirm.html", shown)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Show a verb's refusal as a message instead of an error page."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except WalaaError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())


class FactAdmin(TenantAdmin):
    """A page of facts: read by those with the right, changed by nobody."""

    room = "facts"
    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: facts enter through the ledger's one door."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: facts are corrected by further facts."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class TenantTabularInline(TenantMixin, TabularInline):
    """Rows below their parent, as a table."""

    extra = 0


class TenantStackedInline(TenantMixin, StackedInline):
    """Rows below their parent, one form each."""

    extra = 0


def sees_several(reach: Reach) -> bool:
    """Say whether the reader works for more than one merchant."""
    return reach.is_operator or len(reach.actors) > 1
