"""What was bought and what was brought back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, Member, Merchant


class LineKind(models.TextChoices):
    """What a line is; only goods earn."""

    GOODS = "goods", _("Goods")
    SHIPPING = "shipping", _("Shipping")
    TIP = "tip", _("Tip")
    GIFT_CARD = "gift_card", _("Gift card")


class Purchase(models.Model):
    """One order. ``spend_minor`` is the earning base before points were taken off: it moves tiers."""

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
        related_name="purchases",
        verbose_name=_("member"),
    )
    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("order number"), max_length=64)
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("branch"),
    )
    channel = models.CharField(_("channel"), max_length=20, default="store")
    occurred_at = models.DateTimeField(_("time"))
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    currency = models.CharField(_("currency"), max_length=3)
    total_minor = models.BigIntegerField(_("total"))
    spend_minor = models.BigIntegerField(_("spend that counts"))
    points_paid_minor = models.BigIntegerField(_("paid with points"), default=0)
    points = models.BigIntegerField(_("points awarded"), default=0)
    version = models.ForeignKey(
        "programs.ProgrammeVersion",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
        verbose_name=_("terms"),
        help_text=_("Empty for history that earned nothing."),
    )
    tier_code = models.CharField(_("tier before the order"), max_length=40, blank=True)
    reasons = models.JSONField(_("reasons"), default=list)
    actor = models.CharField(_("actor"), max_length=60, blank=True)
    refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    refunded_spend_minor = models.BigIntegerField(_("refunded spend"), default=0)
    clawed_points = models.BigIntegerField(_("points taken back"), default=0)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "source", "external_id"], name="one_purchase_per_order_number"
            ),
            models.CheckConstraint(condition=models.Q(total_minor__gt=0), name="purchase_total_positive"),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__gte=0, refunded_minor__lte=models.F("total_minor")),
                name="refunds_within_the_purchase",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "occurred_at"], name="purchase_of_member"),
            models.Index(fields=["merchant", "-occurred_at", "-id"], name="purchase_of_merchant"),
        ]

    def __str__(self) -> str:
        return self.external_id


class PurchaseLine(models.Model):
    """One line with its stored award: ``points_exact`` is an exact fraction as text ("29997/200")."""

    purchase = models.ForeignKey(
        Purchase,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="lines",
        verbose_name=_("purchase"),
    )
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind, default=LineKind.GOODS)
    category = models.CharField(_("category"), max_length=60, blank=True)
    name = models.CharField(_("product"), max_length=120, blank=True)
    sku = models.CharField(_("product code"), max_length=64, blank=True, default="", db_default="")
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    amount_minor = models.BigIntegerField(_("amount"))
    base_minor = models.BigIntegerField(_("base"), default=0)
    points_exact = models.CharField(_("points, exact"), max_length=64, default="0")

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["purchase", "position"], name="line_position_per_purchase"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="line_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.purchase_id}/{self.position}"


class PaidAs(models.TextChoices):
    """How the money of a refund went back. Points are taken back alike (RULES 31)."""

    CASH = "cash", _("Money")
    STORE_CREDIT = "store_credit", _("Store credit")


class Refund(models.Model):
    """Goods or money brought back, whole or in part."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    purchase = models.ForeignKey(Purchase, models.PROTECT, related_name="refunds", verbose_name=_("purchase"))
    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("refund number"), max_length=64)
    occurred_at = models.DateTimeField(_("time"))
    business_date = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    amount_minor = models.BigIntegerField(_("amount"))
    spend_minor = models.BigIntegerField(_("spend taken off"), default=0)
    clawback_points = models.BigIntegerField(_("points to take back"), default=0)
    pending_points = models.BigIntegerField(_("of these, points that still waited"), default=0)
    returned_points = models.BigIntegerField(_("spent points given back"), default=0)
    shortfall_points = models.BigIntegerField(_("points that were gone"), default=0)
    withheld_minor = models.BigIntegerField(_("withheld from the refund"), default=0)
    policy = models.CharField(_("policy"), max_length=14)
    paid_as = models.CharField(_("paid back as"), max_length=12, choices=PaidAs, default=PaidAs.CASH)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "source", "external_id"], name="one_refund_per_number"
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_amount_positive"),
        ]

    def __str__(self) -> str:
        return self.external_id


class RefundLine(models.Model):
    """How much of which line came back (an amount-only refund is spread over all of them)."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    line = models.ForeignKey(PurchaseLine, models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField(_("amount"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["refund", "line"], name="one_refund_line_per_line")]

    def __str__(self) -> str:
        return f"{self.refund_id}/{self.line_id}"
