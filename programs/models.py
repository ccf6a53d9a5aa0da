"""Programmes and their immutable versions: what was promised, and from when.

A version is edited while it is a draft and never after it was published; tiers, rules and rewards
belong to a version and carry a stable ``code`` by which the books know them.
"""

from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from accounts.models import Merchant
from programs.errors import VersionPublished


class ProgrammeState(models.TextChoices):
    """The life of a programme."""

    DRAFT = "draft", _("Draft")
    PILOT = "pilot", _("Pilot")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")
    CLOSING = "closing", _("Closing down")
    CLOSED = "closed", _("Closed")


class Stacking(models.TextChoices):
    """How bonuses that meet on one line combine (RULES 7)."""

    BEST_OF = "best_of", _("The best one counts")
    ADD = "add", _("They add up")
    MULTIPLY = "multiply", _("They multiply")


class Rounding(models.TextChoices):
    """To which period's end the last day of a point is moved (RULES 22)."""

    NONE = "none", _("Exact day")
    MONTH = "month", _("End of the month")
    QUARTER = "quarter", _("End of the quarter")
    HALF = "half", _("End of the half-year")
    YEAR = "year", _("End of the year")


class NegativePolicy(models.TextChoices):
    """What a refund does when the points are already gone (RULES 30)."""

    ALLOW_NEGATIVE = "allow_negative", _("The member owes points")
    CLAMP = "clamp", _("The merchant bears the shortfall")
    DEDUCT_CASH = "deduct_cash", _("Withhold from the refund")


class Hold(models.TextChoices):
    """What points wait for before they can be spent (RULES 11)."""

    NONE = "none", _("Nothing: at once")
    DAYS = "days", _("A number of days")
    EVENT = "event", _("An event, such as delivery")


class TierWindow(models.TextChoices):
    """Over which purchases a tier is earned (RULES 33)."""

    TRAILING = "trailing_12", _("The last 12 months")
    CALENDAR = "calendar_year", _("The calendar year")


class TierRenewal(models.TextChoices):
    """What happens when a tier's year ends unearned (RULES 33)."""

    ONE_DOWN = "one_down", _("One tier down")
    RECOMPUTE = "recompute", _("The tier of the spend")


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

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")


class VersionQuerySet(models.QuerySet["ProgrammeVersion"]):
    """Questions about versions."""

    def published(self) -> Self:
        """Those that can no longer be edited."""
        return self.filter(published_at__isnull=False)

    def in_force_at(self, moment: datetime) -> Self:
        """Published versions effective at ``moment``, the newest first."""
        return self.published().filter(effective_from__lte=moment).order_by("-effective_from", "-number")


class ProgrammeVersion(models.Model):
    """The terms from one instant on. Immutable once published; every award names its version."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="versions", verbose_name=_("programme")
    )
    number = models.PositiveIntegerField(_("number"), editable=False)
    effective_from = models.DateTimeField(_("effective from"), null=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_by = models.CharField(_("published by"), max_length=60, blank=True, editable=False)

    block_points = models.PositiveIntegerField(
        _("points in one block"), default=500, validators=[MinValueValidator(1)]
    )
    block_value_minor = models.PositiveIntegerField(
        _("worth of one block"),
        default=2500,
        validators=[MinValueValidator(1)],
    )
    max_redeem_minor = models.PositiveIntegerField(
        _("most a member may pay with points per order"), null=True, blank=True
    )
    code_minutes = models.PositiveIntegerField(
        _("minutes a redemption code lives"), default=15, validators=[MinValueValidator(1)]
    )
    expiry_months = models.PositiveSmallIntegerField(
        _("months a point lives"),
        null=True,
        blank=True,
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Leave empty for points that never expire."),
    )
    expiry_rounding = models.CharField(_("last day"), max_length=8, choices=Rounding, default=Rounding.MONTH)
    claim_window_days = models.PositiveSmallIntegerField(_("days to claim a late purchase"), default=30)
    stacking = models.CharField(
        _("when bonuses meet"), max_length=8, choices=Stacking, default=Stacking.BEST_OF
    )
    negative_policy = models.CharField(
        _("refund of spent points"),
        max_length=14,
        choices=NegativePolicy,
        default=NegativePolicy.ALLOW_NEGATIVE,
    )
    tier_window = models.CharField(
        _("spend counts over"), max_length=14, choices=TierWindow, default=TierWindow.TRAILING
    )
    tier_renewal = models.CharField(
        _("at the end of a tier's year"), max_length=10, choices=TierRenewal, default=TierRenewal.ONE_DOWN
    )
    grace_days = models.PositiveSmallIntegerField(_("days of grace for returned points"), default=30)
    hold = models.CharField(_("points wait for"), max_length=5, choices=Hold, default=Hold.NONE)
    hold_days = models.PositiveSmallIntegerField(
        _("days that points wait"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_("Counted from the day of the purchase; points open at midnight."),
    )
    hold_event = models.SlugField(
        _("event that points wait for"),
        max_length=20,
        default="delivered",
        help_text=_("The word that your shop sends, such as delivered."),
    )
    notice_days = models.PositiveSmallIntegerField(
        _("days of notice before points are worth less"), default=30, validators=[MaxValueValidator(365)]
    )
    closing_days = models.PositiveSmallIntegerField(
        _("days to spend when the programme closes"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
    )
    expected_use_percent = models.PositiveSmallIntegerField(
        _("share of points expected to be used, %"), default=80, validators=[MaxValueValidator(100)]
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="version_number_per_programme"),
            models.UniqueConstraint(
                fields=["programme"], condition=Q(published_at__isnull=True), name="one_draft_per_programme"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a draft; a published version is never written again."""
        self._refuse_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Throw a draft away; a published version stays."""
        self._refuse_published()
        return super().delete(*args, **kwargs)

    @property
    def is_published(self) -> bool:
        """Whether it can no longer be edited."""
        return self.published_at is not None

    def _refuse_published(self) -> None:
        """Ask the database, because this object may be what publishes it."""
        if ProgrammeVersion.objects.published().filter(pk=self.pk).exists():
            raise VersionPublished


class VersionPart(models.Model):
    """What tiers, rules and rewards share: a version, a stable code, two names, and immutability."""

    code = models.SlugField(_("code"), max_length=40)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)

    version: models.ForeignKey[Any, ProgrammeVersion]
    version_id: int

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a part of a draft; parts of a published version are never written again."""
        self._refuse_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Take a part out of a draft; parts of a published version stay."""
        self._refuse_published()
        return super().delete(*args, **kwargs)

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")

    def clean(self) -> None:
        """Refuse to touch a published version."""
        if self.version_id and self.version.is_published:
            raise ValidationError(VersionPublished.message)

    def _refuse_published(self) -> None:
        if ProgrammeVersion.objects.published().filter(pk=self.version_id).exists():
            raise VersionPublished


class Tier(VersionPart):
    """A level reached by spending, with its multiplier."""

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="tiers", verbose_name=_("version")
    )
    threshold_minor = models.PositiveBigIntegerField(_("from a spend of"), default=0)
    multiplier = models.DecimalField(
        _("multiplier"),
        max_digits=6,
        decimal_places=3,
        default=1,
        validators=[MinValueValidator(0.001), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["threshold_minor"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="tier_code_per_version"),
            models.UniqueConstraint(fields=["version", "threshold_minor"], name="tier_threshold_per_version"),
        ]


class RuleKind(models.TextChoices):
    """What a rule gives."""

    PER_AMOUNT = "per_amount", _("Points per amount")
    STEP = "step", _("Points per full step")
    MULTIPLIER = "multiplier", _("Multiplier")
    FIXED = "fixed", _("Fixed points")


class EarnRule(VersionPart):
    """If a customer does this, give that. Empty conditions mean "always".

    ``days_of_week`` counts Monday as 0; branches, categories, channels and tiers are lists of codes.
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="rules", verbose_name=_("version")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=RuleKind)
    priority = models.SmallIntegerField(_("priority"), default=100)
    points = models.PositiveIntegerField(_("points"), default=0)
    per_minor = models.PositiveIntegerField(_("for every"), default=100)
    factor = models.DecimalField(
        _("multiplier"),
        max_digits=6,
        decimal_places=3,
        default=1,
        validators=[MinValueValidator(0.001), MaxValueValidator(100)],
    )
    is_birthday = models.BooleanField(_("around the birthday"), default=False)
    birthday_window_days = models.PositiveSmallIntegerField(_("days around the birthday"), default=7)
    days_of_week = models.JSONField(_("days of the week"), default=list, blank=True)
    from_time = models.TimeField(_("from"), null=True, blank=True)
    to_time = models.TimeField(_("to"), null=True, blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    branches = models.JSONField(_("branches"), default=list, blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    min_amount_minor = models.PositiveIntegerField(_("minimum amount"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ["priority", "id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="rule_code_per_version")]


class Reward(VersionPart):
    """Something a member can have for points."""

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="rewards", verbose_name=_("version")
    )
    description_ar = models.CharField(_("description in Arabic"), max_length=240, blank=True)
    description_en = models.CharField(_("description in English"), max_length=240, blank=True)
    points = models.PositiveIntegerField(_("points"), validators=[MinValueValidator(1)])
    cost_minor = models.PositiveIntegerField(_("cost to the shop"), null=True, blank=True)
    code_minutes = models.PositiveIntegerField(
        _("minutes its code lives"), default=7 * 24 * 60, validators=[MinValueValidator(1)]
    )
    tiers = models.JSONField(_("only for tiers"), default=list, blank=True)
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


class AudienceMember(models.Model):
    """A member's dated place in a named audience (pilot, holdout, segment); filled by analytics."""

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    audience = models.SlugField(_("audience"), max_length=40)
    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="audiences")
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("audience member")
        verbose_name_plural = _("audience members")
        constraints = [
            models.UniqueConstraint(
                fields=["audience", "member"],
                condition=Q(until__isnull=True),
                name="once_in_an_audience_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.audience} · {self.member_id}"
