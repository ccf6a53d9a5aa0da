"""Lots whose last day was moved, and why: the proof behind ``Lot.expires_on``. Append-only."""

from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExtensionWhy(models.TextChoices):
    """Why a lot's last day was moved."""

    UNDELIVERED = "undelivered", _("The expiry alert could not be delivered")
    PAUSE = "pause", _("The programme was paused")
    CLOSING = "closing", _("The programme is closing")
    REOPENED = "reopened", _("The programme stays open after all")


class LotExtension(models.Model):
    """A lot's last day moved from one day to another; empty means never.

    ``occasion`` names what moved it, so that the same occasion never moves a lot twice: nothing for an
    undelivered alert (once in a lot's life, RULES 27), else the beginning of the pause or the closing.
    ``Lot.expires_on`` is the cache: the first day given, or the newest ``until_day``.
    """

    lot = models.ForeignKey("ledger.Lot", models.PROTECT, related_name="extensions", verbose_name=_("lot"))
    why = models.CharField(_("why"), max_length=11, choices=ExtensionWhy)
    occasion = models.CharField(_("occasion"), max_length=40, blank=True)
    from_day = models.DateField(_("from"), null=True)
    until_day = models.DateField(_("to"), null=True)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("moved last day")
        verbose_name_plural = _("moved last days")
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "why", "occasion"], name="a_lot_is_moved_once_per_occasion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.from_day} → {self.until_day}"


def occasion_of(began_at: datetime) -> str:
    """The name of a pause or a closing that began at a moment."""
    return f"{began_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
