"""Points that wait (RULES 11): earned, shown apart, no lot and no movement until they open."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant


class PendingState(models.TextChoices):
    """What became of the points that waited."""

    PENDING = "pending", _("Waiting")
    OPENED = "opened", _("Opened")
    CANCELLED = "cancelled", _("Cancelled")


class PendingAward(models.Model):
    """The award of one purchase while it waits: for the day ``opens_on``, or for the event ``awaits``.

    ``points`` were held at first, ``left`` still wait: refunds take from them before they touch anything
    else, and opening makes what is left a movement and a lot. ``version`` keeps its own promise: how long the
    points live once they open. For every purchase:
    ``points = earned movements + left + what its refunds took from here``.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="pending_awards", verbose_name=_("member")
    )
    purchase = models.OneToOneField(
        "ledger.Purchase", models.PROTECT, related_name="pending_award", verbose_name=_("purchase")
    )
    version = models.ForeignKey(
        "programs.ProgrammeVersion", models.PROTECT, related_name="+", verbose_name=_("terms")
    )
    points = models.BigIntegerField(_("points"))
    left = models.BigIntegerField(_("still waiting"))
    opens_on = models.DateField(_("available from"), null=True)
    awaits = models.CharField(_("waits for"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=PendingState, default=PendingState.PENDING)
    recorded_at = models.DateTimeField(_("recorded"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("award that waits")
        verbose_name_plural = _("awards that wait")
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, left__gte=0, left__lte=F("points")),
                name="pending_left_within_points",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", left__gt=0) | (~Q(state="pending") & Q(left=0)),
                name="pending_left_while_pending",
            ),
        ]
        indexes = [
            models.Index(fields=["member"], condition=Q(state="pending"), name="pending_of_member"),
            models.Index(
                fields=["merchant", "opens_on"], condition=Q(state="pending"), name="pending_opening"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left}/{self.points}"
