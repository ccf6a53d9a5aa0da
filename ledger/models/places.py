"""Places at a merchant's events: who goes, who waits, who left."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from ledger.models.redemptions import Redemption
from programs.models import MemberEvent


class PlaceState(models.TextChoices):
    """Where one who signed up stands."""

    GOING = "going", _("Has a place")
    WAITING = "waiting", _("Waits for a place")
    LEFT = "left", _("Cancelled")
    OVER = "over", _("No place came free")


class Place(models.Model):
    """One member's sign-up to an event. ``redemption`` holds the points it costs until the event is over."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="places", verbose_name=_("member"))
    event = models.ForeignKey(
        MemberEvent, models.PROTECT, related_name="sign_ups", verbose_name=_("member event")
    )
    state = models.CharField(_("state"), max_length=7, choices=PlaceState)
    signed_at = models.DateTimeField(_("signed up"))
    changed_at = models.DateTimeField(_("changed"))
    redemption = models.OneToOneField(Redemption, models.PROTECT, null=True, related_name="sign_up")
    actor = models.CharField(_("actor"), max_length=60)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [
            models.UniqueConstraint(
                fields=["event", "member"],
                condition=Q(state__in=("going", "waiting")),
                name="one_place_each",
            )
        ]
        indexes = [
            models.Index(fields=["event", "signed_at", "id"], name="place_of_event"),
            models.Index(fields=["member", "-id"], name="place_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.member_id} {self.state}"
