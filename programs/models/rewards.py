"""What points buy, and what is given away: the rewards of a version."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from programs.models.parts import NO_CODES, VersionPart
from programs.models.pictured import Pictured
from programs.models.versions import ProgrammeVersion


class RewardKind(models.TextChoices):
    """What a reward is. The worth of the first and of gift cards is money; upgrades last for some days."""

    MONEY_OFF = "money_off", _("Money off an order")
    PRODUCT = "product", _("Free product")
    SERVICE = "service", _("Free service")
    SESSION = "session", _("Free session")
    GIFT_CARD = "gift_card", _("Gift card")
    UPGRADE = "upgrade", _("Upgrade for a while")
    EVENT_PLACE = "event_place", _("Place at an event")
    PARTNER = "partner", _("Partner's offer")


class LimitPeriod(models.TextChoices):
    """Over which time a member's limit counts, by the calendar of the merchant's zone."""

    EVER = "ever", _("Ever")
    YEAR = "year", _("Year")
    MONTH = "month", _("Month")
    DAY = "day", _("Day")


class Reward(Pictured, VersionPart):
    """Something a member can have for points, or (``points`` = 0) only as a gift of the programme.

    ``value_minor`` is the face value of money off and of a gift card. ``stock`` is how many there are in all,
    known by the code across versions (None: no end of them); ``member_limit`` how many one member may have
    in each ``limit_period``. It can be had from ``starts_on`` to ``ends_on``, in the hours given, and
    ``early_days`` before that by the tiers and plans named. ``feature`` is the word for what an upgrade
    opens, ``lasts_days`` how long that or a gift card lasts (None: a gift card without end).
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="rewards", verbose_name=_("version")
    )
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=RewardKind,
        default=RewardKind.PRODUCT,
        db_default=RewardKind.PRODUCT.value,
    )
    description_ar = models.CharField(_("description in Arabic"), max_length=240, blank=True)
    description_en = models.CharField(_("description in English"), max_length=240, blank=True)
    points = models.PositiveIntegerField(
        _("points"), help_text=_("0: not sold, only given by a rule or by hand.")
    )
    cost_minor = models.PositiveIntegerField(_("cost to the shop"), null=True, blank=True)
    value_minor = models.PositiveIntegerField(
        _("face value"), default=0, db_default=0, help_text=_("Of money off and of gift cards.")
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="", db_default="")
    sku = models.CharField(_("product number"), max_length=64, blank=True, default="", db_default="")
    code_minutes = models.PositiveIntegerField(
        _("minutes its code lives"), default=7 * 24 * 60, validators=[MinValueValidator(1)]
    )
    feature = models.SlugField(
        _("what it opens"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_("One word that your app knows, such as premium."),
    )
    lasts_days = models.PositiveSmallIntegerField(_("days it lasts"), null=True, blank=True)
    stock = models.PositiveIntegerField(_("stock"), null=True, blank=True)
    member_limit = models.PositiveSmallIntegerField(_("at most for each member"), null=True, blank=True)
    limit_period = models.CharField(
        _("per"),
        max_length=5,
        choices=LimitPeriod,
        default=LimitPeriod.EVER,
        db_default=LimitPeriod.EVER.value,
    )
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    from_time = models.TimeField(_("from"), null=True, blank=True)
    to_time = models.TimeField(_("to"), null=True, blank=True)
    tiers = models.JSONField(_("only for tiers"), default=list, blank=True)
    segments = models.JSONField(_("segments"), default=list, db_default=NO_CODES, blank=True)
    early_days = models.PositiveSmallIntegerField(_("days of early access"), default=0, db_default=0)
    early_tiers = models.JSONField(_("early for tiers"), default=list, db_default=NO_CODES, blank=True)
    early_plans = models.JSONField(_("early for plans"), default=list, db_default=NO_CODES, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["points", "id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="reward_code_per_version")]

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self, "description")
