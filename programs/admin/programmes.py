"""The programme's names, and the switch between pilot, live, paused and closing."""

from datetime import timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.actors import names_of_actors
from accounts.models import User
from accounts.reach import reach_of
from accounts.tenant_admin import TenantAdmin
from programs.calendars import business_date, local
from programs.lifecycle import close, closing_days, pause, reopen, resume
from programs.models import Programme, ProgrammeState
from programs.pilots import launch

MOST_SHOWN = 20
STOOD = {
    True: _("%(state)s: %(from)s (%(by)s) – %(until)s (%(until_by)s)"),
    False: _("%(state)s: since %(from)s (%(by)s)"),
}


@admin.register(Programme)
class ProgrammeAdmin(TenantAdmin):
    """The programme's names, and the switch between pilot, live, paused and closing."""

    room = "programme"
    list_display = ("name", "state_badge")
    fields = ("merchant", ("name_ar", "name_en"), ("state", "closes_on"), "stood_still")
    readonly_fields = ("state", "closes_on", "stood_still")
    actions_detail = ("go_live", "pause", "resume", "close", "reopen")

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

    @display(description=_("Pauses and closings"))
    def stood_still(self, programme: Programme) -> str:
        """When it stood still, and who made and ended that; the newest first."""
        stood = [stop for stop in programme.known_stops if stop.state != ProgrammeState.LIVE]
        stops = stood[: -1 - MOST_SHOWN : -1]
        names = names_of_actors({name for stop in stops for name in (stop.by, stop.until_by)})
        zone = programme.merchant.zone
        lines = [
            STOOD[stop.until is not None]
            % {
                "state": ProgrammeState(stop.state).label,
                "from": date_format(local(stop.at, zone), "SHORT_DATETIME_FORMAT"),
                "by": names.get(stop.by, stop.by),
                "until": date_format(local(stop.until, zone), "SHORT_DATETIME_FORMAT") if stop.until else "",
                "until_by": names.get(stop.until_by, stop.until_by),
            }
            for stop in stops
        ]  # fmt: skip
        return linebreaksbr("\n".join(lines)) or "–"

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
            ProgrammeState.CLOSING: ("reopen",),
        }.get(cast("ProgrammeState", state), ())
        offered = super().get_actions_detail(request, object_id)
        return [one for one in offered if one.action_name.endswith(steps)]

    @action(description=_("Open to every member"), url_path="go-live", icon="rocket_launch")
    def go_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the pilot."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            launch(programme=programme, now=timezone.now(), by=self._by(request, programme))
            return self._moved(request, programme)
        lines = [_("From now on every member earns points.")]
        return self.confirm(request, programme, title=_("Open to every member"), lines=lines)

    @action(description=_("Pause"), url_path="pause", icon="pause_circle")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop earning."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            pause(programme=programme, now=timezone.now(), by=self._by(request, programme))
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
            resume(programme=programme, now=timezone.now(), by=self._by(request, programme))
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
            close(programme=programme, now=timezone.now(), by=self._by(request, programme))
            return self._moved(request, programme)
        days = closing_days(programme, timezone.now())
        last = business_date(timezone.now() + timedelta(days=days), programme.merchant.zone)
        lines = [
            _("From now on purchases earn nothing. You can take this back until the last day begins."),
            _("Members can spend their points until %(day)s; what is left then expires.")
            % {"day": date_format(last)},
        ]
        return self.confirm(request, programme, title=_("Close the programme"), lines=lines, danger=True)

    @action(description=_("Keep open after all"), url_path="reopen", icon="event_available")
    def reopen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take a closing back."""
        programme = self.fetch(request, object_id)
        if request.method == "POST":
            reopen(programme=programme, now=timezone.now(), by=self._by(request, programme))
            return self._moved(request, programme)
        lines = [
            _("Purchases earn points again."),
            _("Points that were to expire with the programme get their own last day back, within minutes."),
        ]
        return self.confirm(request, programme, title=_("Keep the programme open"), lines=lines)

    def _by(self, request: HttpRequest, programme: Programme) -> str:
        """Whose hand is on the switch."""
        return reach_of(request).actor(programme.merchant, cast(User, request.user)).label

    def _moved(self, request: HttpRequest, programme: Programme) -> HttpResponse:
        messages.success(
            request, _("The programme is now: %(state)s.") % {"state": programme.get_state_display()}
        )
        return redirect("admin:programs_programme_change", programme.pk)
