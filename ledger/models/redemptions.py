"""Points set aside for something, by a code that works once."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Branch, Member, Merchant


class RedemptionState(models.TextChoices):
    """The life of a code."""

    RESERVED = "reserved", _("Ready to use")
    USED = "used", _("Used")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class RedemptionKind(models.TextChoices):
    """What the points buy: money off an order, a reward of the catalogue, a gift, a place."""

    DISCOUNT = "discount", _("Discount")
    REWARD = "reward", _("Reward")
    DONATION = "donation", _("Gift to a cause")
    PLACE = "place", _("Place at an event")


class RedemptionOrigin(models.TextChoices):
    """What a code was given for: points, or as a gift, which costs none."""

    POINTS = "points", _("Points")
    CARD = "card", _("Punch card")
    CHALLENGE = "challenge", _("Challenge")
    CONTEST = "contest", _("Contest")
    RULE = "rule", _("Rule")
    PLAN = "plan", _("Membership")
    REFERRAL = "referral", _("Referral")
    EVENT = "event", _("Event")
    HAND = "hand", _("By hand")


class Redemption(models.Model):
    """A reservation of points: issued with a code, then used, cancelled or expired (RULES 19).

    What was given as a gift (``origin``) is a voucher: it took no points and returns none.

    Of a reward it keeps what was promised with it: its kind and worth, what an upgrade opens and for how many
    days, and whether it took a piece from the stock, which comes back if the code is not used.
    """

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="+", verbose_name=_("merchant"))
    member = models.ForeignKey(Member, models.PROTECT, related_name="redemptions", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=8, choices=RedemptionKind)
    state = models.CharField(
        _("state"), max_length=9, choices=RedemptionState, default=RedemptionState.RESERVED
    )
    code = models.CharField(_("code"), max_length=12)
    origin = models.CharField(
        _("given for"),
        max_length=9,
        choices=RedemptionOrigin,
        default=RedemptionOrigin.POINTS,
        db_default=RedemptionOrigin.POINTS.value,
    )
    points = models.BigIntegerField(_("points"))
    value_minor = models.BigIntegerField(_("worth"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    reward_code = models.CharField(_("reward"), max_length=40, blank=True)
    reward_kind = models.CharField(_("kind of reward"), max_length=12, blank=True, default="", db_default="")
    feature = models.CharField(_("what it opens"), max_length=40, blank=True, default="", db_default="")
    lasts_days = models.PositiveSmallIntegerField(_("days it lasts"), null=True)
    is_stocked = models.BooleanField(_("taken from the stock"), default=False, db_default=False)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    version = models.ForeignKey(
        "programs.ProgrammeVersion", models.PROTECT, related_name="+", verbose_name=_("terms")
    )
    source = models.CharField(_("source"), max_length=20)
    issued_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("valid until"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.CharField(_("closed by"), max_length=60, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+", verbose_name=_("branch"))
    purchase = models.ForeignKey(
        "ledger.Purchase",
        models.PROTECT,
        null=True,
        related_name="redemptions",
        verbose_name=_("order it paid for"),
    )
    order_ref = models.CharField(_("order number"), max_length=64, blank=True)
    partner = models.ForeignKey(
        "programs.Partner",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("honoured by"),
    )
    partner_minor = models.BigIntegerField(_("owed to the partner"), default=0, db_default=0)

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="redemption_code_per_merchant"),
            models.CheckConstraint(
                condition=Q(points__gt=0) | (Q(points=0) & ~Q(origin="points")),
                name="redemption_points_unless_given",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="reserved"), name="redemption_running_out"),
            models.Index(fields=["member", "-issued_at"], name="redemption_of_member"),
            models.Index(fields=["merchant", "-issued_at"], name="redemption_of_merchant"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """What it buys, in the reader's language."""
        return in_language(self, "name")
