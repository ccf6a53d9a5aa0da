"""The programme's names, and the switch between pilot, live, paused and closing."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.tenant_admin import TenantAdmin
from programs.calendars import business_date
from programs.lifecycle import close, closing_days, go_live, pause, resume
from programs.models import Programme, ProgrammeState


@admin.register(Programme)
class ProgrammeAdmin(TenantAdmin):
    """The programme's names, and the switch between pilot, live, paused and closing."""

    room = "programme"
    list_display = ("name", "state_badge")
    fields = ("merchant", ("name_ar", "name_en"), ("state", "closes_on"))
    readonly_fields = ("state", "closes_on")
    actions_detail = ("go_live", "pause", "resume", "close")

    @display(
        description=_("state"),
        label={
            ProgrammeState.DRAFT: "default",
            ProgrammeState.PILOT: "info",
            ProgrammeState.LIVE: "success",
            ProgrammeState.PAUSED: "warning",
            ProgrammeState.CLOSING: "warning",
            ProgrammeState.CLOSED: "danger",
        },
    )
    def state_badge(self, programme: Programme) -> Any:
        """The state as a badge."""
        return programme.state, programme.get_state_display()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A programme is made from the blueprint, through its first version."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: awards name it."""
        return False

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer only the steps that can follow."""
        state = self.get_queryset(request).filter(pk=object_id).values_list("state", flat=True).first()
        steps: tuple[str, ...] = {
            ProgrammeState.PILOT: ("go_live", "close"),
            ProgrammeState.LIVE: ("pause", "close"),
            ProgrammeState.PAUSED: ("resume",),
        }.get(cast("ProgrammeState", state), ())
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.action_name.endswith(steps)]

    @action(description=_("Open to every member"), url_path="go-live", icon="rocket_launch")
    def go_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the pilot."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            go_live(programme=programme)
            return self._moved(request, programme)
        lines = [_("From now on every member earns points.")]
        return self.confirm(request, programme, title=_("Open to every member"), lines=lines)

    @action(description=_("Pause"), url_path="pause", icon="pause_circle")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop earning."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            pause(programme=programme, now=timezone.now())
            return self._moved(request, programme)
        lines = [
            _("Purchases earn nothing while the programme is paused."),
            _("Members can still redeem, and no points expire meanwhile."),
        ]
        return self.confirm(request, programme, title=_("Pause the programme"), lines=lines, danger=True)

    @action(description=_("Resume"), url_path="resume", icon="play_circle")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Earn again."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            resume(programme=programme, now=timezone.now())
            return self._moved(request, programme)
        lines = [
            _("Purchases earn points again."),
            _("Points that the pause held get as many days more, within minutes."),
        ]
        return self.confirm(request, programme, title=_("Resume the programme"), lines=lines)

    @action(description=_("Close"), url_path="close", icon="event_busy", variant=ActionVariant.DANGER)
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop earning for good, with notice to spend."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            close(programme=programme, now=timezone.now())
            return self._moved(request, programme)
        days = closing_days(programme, timezone.now())
        last = business_date(timezone.now() + timedelta(days=days), programme.merchant.zone)
        lines = [
            _("From now on purchases earn nothing. This cannot be undone."),
            _("Members can spend their points until %(day)s; what is left then expires.")
            % {"day": date_format(last)},
        ]
        return self.confirm(request, programme, title=_("Close the programme"), lines=lines, danger=True)

    def _moved(self, request: HttpRequest, programme: Programme) -> HttpResponse:
        messages.success(
            request, _("The programme is now: %(state)s.") % {"state": programme.get_state_display()}
        )
        return redirect("admin:programs_programme_change", programme.pk)
