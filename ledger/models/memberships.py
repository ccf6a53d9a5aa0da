"""Paid membership in the books: how each one stands, and every fee that was paid or given back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Merchant
from ledger.models.movements import Movement
from ledger.models.redemptions import Redemption
from programs.memberships import Holding


class MembershipState(models.TextChoices):
    """Where a membership stands. The night brings it up to date; benefits go by the days alone."""

    TRIAL = "trial", _("Trial")
    ACTIVE = "active", _("Active")
    GRACE = "grace", _("Renewal awaited")
    ENDED = "ended", _("Ended")


class EndedWhy(models.TextChoices):
    """Why a membership is over."""

    TRIAL = "trial", _("The trial ended")
    LAPSED = "lapsed", _("Not renewed")
    CANCELLED = "cancelled", _("Cancelled")
    REFUNDED = "refunded", _("The fee was refunded")


class Membership(models.Model):
    """One stretch of a plan: from its first day until it is cancelled and over, or lapses.

    ``anchor_on`` is the day from which paid periods are counted, ``fees`` how many were paid and
    ``paid_through`` the last day they pay for (of a trial, its last day): a cache of the payments.
    The price, the period and the grace are those it was begun with; a renewal costs the same.
    ``card_token`` names a card that Moyasar keeps; it is encrypted, and no other word of the card is here.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="memberships", verbose_name=_("member"))
    version = models.ForeignKey(
        "programs.ProgrammeVersion", models.PROTECT, related_name="+", verbose_name=_("terms")
    )
    plan = models.CharField(_("plan"), max_length=40)
    price_minor = models.BigIntegerField(_("price"))
    currency = models.CharField(_("currency"), max_length=3)
    period = models.CharField(_("paid by the"), max_length=5)
    grace_days = models.PositiveSmallIntegerField(_("days of grace"))
    started_at = models.DateTimeField(_("began"))
    trial_until = models.DateField(_("trial until"), null=True)
    anchor_on = models.DateField(_("counted from"))
    fees = models.PositiveIntegerField(_("fees paid"), default=0)
    paid_through = models.DateField(_("paid through"))
    state = models.CharField(_("state"), max_length=6, choices=MembershipState)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_why = models.CharField(_("why it ended"), max_length=9, choices=EndedWhy, blank=True)
    card_token = models.CharField(max_length=300, blank=True)
    actor = models.CharField(_("actor"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="membership_has_a_price"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | ~Q(state="ended"),
                name="membership_ended_at_an_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "started_at"], name="membership_of_member"),
            models.Index(
                fields=["merchant", "paid_through"], condition=~Q(state="ended"), name="membership_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} · {self.paid_through}"

    @property
    def holding(self) -> Holding:
        """The membership as plain values for the kernel."""
        return Holding(
            plan=self.plan,
            started_at=self.started_at,
            paid_through=self.paid_through,
            fees=self.fees,
            grace_days=self.grace_days,
            cancelled_at=self.cancelled_at,
            ended_at=self.ended_at,
        )


class PaymentKind(models.TextChoices):
    """What moved: a fee that was paid, or one that was given back."""

    FEE = "fee", _("Fee")
    REFUND = "refund", _("Refund")


class PaymentMethod(models.TextChoices):
    """How a fee was paid."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    TRANSFER = "transfer", _("Transfer")
    ONLINE = "online", _("Card online (Moyasar)")
    OTHER = "other", _("Other")


class MembershipPayment(models.Model):
    """A fee for the days ``from_day`` to ``to_day``, or its refund. Append-only.

    ``source`` and ``external_id`` are the number of whoever recorded it; ``provider_id`` is Moyasar's.
    ``voucher`` is what the first fee was welcomed with.
    ``points`` is what the fee earned, where the plan says so (what its refund took back: negative).
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="membership_payments", verbose_name=_("member")
    )
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="payments", verbose_name=_("membership")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=PaymentKind, default=PaymentKind.FEE)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    method = models.CharField(_("paid by"), max_length=8, choices=PaymentMethod)
    from_day = models.DateField(_("from"))
    to_day = models.DateField(_("to"))
    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("number"), max_length=64)
    provider_id = models.CharField(_("Moyasar's number"), max_length=64, blank=True)
    occurred_at = models.DateTimeField(_("time"))
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    points = models.BigIntegerField(_("points awarded"), default=0)
    movement = models.ForeignKey(
        Movement, models.PROTECT, null=True, related_name="+", verbose_name=_("movement")
    )
    voucher = models.ForeignKey(
        Redemption, models.PROTECT, null=True, related_name="+", verbose_name=_("welcome voucher")
    )
    refunds = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="refunded_by", verbose_name=_("refund of")
    )
    actor = models.CharField(_("actor"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("membership fee")
        verbose_name_plural = _("membership fees")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "source", "kind", "external_id"], name="one_fee_per_number"
            ),
            models.UniqueConstraint(
                fields=["merchant", "kind", "provider_id"],
                condition=~Q(provider_id=""),
                name="one_fee_per_card_payment",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="fee_above_nothing"),
            models.CheckConstraint(
                condition=Q(kind="fee", refunds__isnull=True) | Q(kind="refund", refunds__isnull=False),
                name="fee_refund_names_its_fee",
            ),
        ]
        indexes = [models.Index(fields=["member", "business_date"], name="fee_of_member")]

    def __str__(self) -> str:
        return f"{self.source}/{self.external_id}"
