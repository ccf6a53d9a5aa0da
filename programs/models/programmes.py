"""A merchant's programme: its names and the state it is in."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant
from programs.stops import Stop, state_at, stops_of


class ProgrammeState(models.TextChoices):
    """The life of a programme."""

    DRAFT = "draft", _("Draft")
    PILOT = "pilot", _("Pilot")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    CLOSING = "closing", _("Closing down")
    CLOSED = "closed", _("Closed")


class Programme(models.Model):
    """A merchant's promise. One programme per merchant is open; its versions hold the terms."""

    merchant = models.OneToOneField(
        Merchant, models.CASCADE, related_name="programme", verbose_name=_("merchant")
    )
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    state = models.CharField(
        _("state"), max_length=8, choices=ProgrammeState, default=ProgrammeState.DRAFT, editable=False
    )
    paused_at = models.DateTimeField(_("paused"), null=True, editable=False)
    resuming_at = models.DateTimeField(_("going on since"), null=True, editable=False)
    closing_at = models.DateTimeField(_("closing since"), null=True, editable=False)
    closes_on = models.DateField(_("last day"), null=True, editable=False)
    stops = models.JSONField(default=list, editable=False)
    """Every pause and closing there was, and the end of the pilot, the oldest first (``programs.stops``)."""

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    def state_at(self, moment: datetime) -> str:
        """The state it was in at ``moment``."""
        return state_at(self.known_stops, self.state, moment)

    @property
    def known_stops(self) -> list[Stop]:
        """Every pause and closing, the oldest first; the one of a row older than ``stops`` has no author."""
        is_closing = self.state == ProgrammeState.CLOSING
        began_at = self.closing_at if is_closing else self.paused_at
        if self.stops or began_at is None:
            return stops_of(self.stops)
        state = ProgrammeState.CLOSING if is_closing else ProgrammeState.PAUSED
        return [Stop(state=state, before=ProgrammeState.LIVE, at=began_at, until=self.resuming_at)]
