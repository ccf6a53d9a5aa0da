"""Points: movements, the lots they create, the uses that consume lots, and the balance they add up to.

For every movement: ``points = Σ lots it created − Σ uses it made + shortfall``; the shortfall of a debit
is what the member then owes and later credits pay, as further uses recorded against the same debit.
For every member: ``available = Σ lot.remaining``, ``owed = Σ unpaid shortfalls`` and
``available − owed = Σ movement.points`` over all movements (pending points are apart).
Movements and uses are append-only: triggers refuse UPDATE and DELETE.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from programs.reasons import with_note


class MovementKind(models.TextChoices):
    """Why points moved."""

    EARN = "earn", _("Earned")
    CLAWBACK = "clawback", _("Taken back")
    REDEEM = "redeem", _("Redeemed")
    RETURN = "return", _("Returned")
    EXPIRE = "expire", _("Expired")
    ADJUST = "adjust", _("Adjusted")
    OPENING = "opening", _("Opening balance")
    TRANSFER = "transfer", _("Transferred")


OWING = (MovementKind.CLAWBACK, MovementKind.TRANSFER)
"""Debits that may find too few points: the rest is owed."""


class Movement(models.Model):
    """One signed change of one member's points, never changed afterwards."""

    merchant = models.ForeignKey(
        Merchant,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("merchant"),
    )
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="movements",
        verbose_name=_("member"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=MovementKind)
    points = models.BigIntegerField(_("points"))
    occurred_at = models.DateTimeField(_("time"))
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    purchase = models.ForeignKey(
        "ledger.Purchase",
        models.PROTECT,
        db_constraint=False,
        null=True,
        related_name="movements",
        verbose_name=_("purchase"),
    )
    refund = models.ForeignKey(
        "ledger.Refund",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="movements",
        verbose_name=_("refund"),
    )
    redemption = models.ForeignKey(
        "ledger.Redemption",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="movements",
        verbose_name=_("redemption"),
    )
    version = models.ForeignKey(
        "programs.ProgrammeVersion",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
        verbose_name=_("terms"),
    )
    reasons = models.JSONField(_("reasons"), default=list)
    actor = models.CharField(_("actor"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="movement_not_zero"),
            models.UniqueConstraint(
                fields=["redemption", "kind"],
                condition=Q(redemption__isnull=False),
                name="redemption_moves_once_each_way",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-occurred_at", "-id"], name="movement_of_member"),
            models.Index(fields=["merchant", "-id"], name="movement_of_merchant"),
            models.Index(fields=["merchant", "business_date", "kind"], name="movement_by_day"),
            models.Index(fields=["refund"], condition=Q(refund__isnull=False), name="movement_of_refund"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.points:+d}"

    @property
    def why(self) -> list[dict[str, Any]]:
        """The reasons for ``programs.sentences``, with staff's own words: select ``note`` along."""
        note = getattr(self, "note", None) if self.kind == MovementKind.ADJUST else None
        return with_note(self.reasons, note.text if note else "")


class Lot(models.Model):
    """Points that came in together and die together. ``remaining`` is a cache of the uses.

    ``expires_on`` is the last spendable day in the merchant's zone; empty means never. It is moved by a
    ``LotExtension`` alone.
    """

    merchant = models.ForeignKey(
        Merchant, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    member = models.ForeignKey(
        Member, models.PROTECT, db_constraint=False, related_name="lots", verbose_name=_("member")
    )
    movement = models.ForeignKey(
        Movement, models.PROTECT, db_constraint=False, related_name="lots", verbose_name=_("movement")
    )
    points = models.BigIntegerField(_("points"))
    remaining = models.BigIntegerField(_("remaining"))
    earned_at = models.DateTimeField(_("earned"))
    expires_on = models.DateField(_("last day"), null=True)
    expired_at = models.DateTimeField(_("expired"), null=True)
    grace_of = models.ForeignKey(
        "self", models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="graces"
    )

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0, remaining__gte=0, remaining__lte=models.F("points")),
                name="lot_remaining_within_points",
            )
        ]
        indexes = [
            models.Index(
                fields=["member", "expires_on", "earned_at", "id"],
                condition=Q(remaining__gt=0),
                name="lot_spendable",
            ),
            models.Index(
                fields=["merchant", "expires_on"], condition=Q(remaining__gt=0), name="lot_expiring"
            ),
            models.Index(fields=["grace_of"], condition=Q(grace_of__isnull=False), name="lot_of_grace"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.points}"


class LotUse(models.Model):
    """How much of a lot a movement took (positive) or gave back (negative). Append-only.

    A credit that pays an earlier debt adds a use of its new lot by the *debit* that made the debt.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, db_constraint=False, related_name="uses")
    movement = models.ForeignKey(Movement, models.PROTECT, db_constraint=False, related_name="uses")
    points = models.BigIntegerField(_("points"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("use of a lot")
        verbose_name_plural = _("uses of lots")
        constraints = [models.CheckConstraint(condition=~Q(points=0), name="lot_use_not_zero")]

    def __str__(self) -> str:
        return f"{self.lot_id} ← {self.movement_id}: {self.points}"


class Balance(models.Model):
    """The member's row every posting takes first. A cache: ``verify_ledger`` recomputes it.

    ``version`` counts the postings; a posting planned against an older version is stale.
    """

    member = models.OneToOneField(
        Member, models.PROTECT, primary_key=True, related_name="balance", verbose_name=_("member")
    )
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+")
    available = models.BigIntegerField(_("available"), default=0)
    owed = models.BigIntegerField(_("owed"), default=0)
    pending = models.BigIntegerField(_("pending"), default=0)
    earned_ever = models.BigIntegerField(_("earned ever"), default=0)
    tier_code = models.CharField(_("tier"), max_length=40, blank=True)
    purchases = models.PositiveIntegerField(_("purchases"), default=0)
    first_purchase_at = models.DateTimeField(_("first purchase"), null=True)
    last_purchase_at = models.DateTimeField(_("last purchase"), null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.CheckConstraint(
                condition=Q(available__gte=0, owed__gte=0, pending__gte=0), name="balance_not_negative"
            )
        ]

    def __str__(self) -> str:
        return str(self.available)


class TierPeriod(models.Model):
    """A member's tier from one instant to another, and why. ``until`` is the renewal date at first."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="tier_periods", verbose_name=_("member"))
    tier_code = models.CharField(_("tier"), max_length=40)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True)
    why = models.CharField(_("why"), max_length=20)
    purchase = models.ForeignKey("ledger.Purchase", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("tier period")
        verbose_name_plural = _("tier periods")
        indexes = [
            models.Index(fields=["member", "starts_at"], name="tier_period_of_member"),
            models.Index(fields=["ends_at"], name="tier_period_ending"),
        ]

    def __str__(self) -> str:
        return f"{self.tier_code} {self.starts_at:%Y-%m-%d}"
