"""What belongs to a version: tiers, earning rules and rewards, known to the books by a stable ``code``."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.languages import in_language
from programs.errors import VersionPublished
from programs.models.versions import ProgrammeVersion
from programs.terms import PURCHASE


class DraftPart(models.Model):
    """What belongs to a version, and stays as it is once that is published."""

    version: models.ForeignKey[Any, ProgrammeVersion]
    version_id: int

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a part of a draft; parts of a published version are never written again."""
        self._refuse_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Take a part out of a draft; parts of a published version stay."""
        self._refuse_published()
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        """Refuse to touch a published version."""
        if self.version_id and self.version.is_published:
            raise ValidationError(VersionPublished.message)

    def _refuse_published(self) -> None:
        if ProgrammeVersion.objects.published().filter(pk=self.version_id).exists():
            raise VersionPublished


class VersionPart(DraftPart):
    """What tiers, rules and rewards share: a stable code and two names."""

    code = models.SlugField(_("code"), max_length=40)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self, "name")


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
    STAMP = "stamp", _("Stamps on a punch card")
    BADGE = "badge", _("Badge")
    VOUCHER = "voucher", _("Reward voucher")


NO_CODES: Final = models.Value([], models.JSONField())
"""What the database itself writes: the release before still adds rules while this one is put in place."""


class EarnRule(VersionPart):
    """If a customer does this, give that. Empty conditions mean "always".

    ``days_of_week`` counts Monday as 0; branches, categories, channels, tiers, products, occasions, segments
    and plans are lists of codes. ``trigger`` is a purchase or the name of an event (``programs.triggers``).
    ``target`` is the code of the card, badge or reward that it gives, ``count`` how many stamps.
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
    trigger = models.SlugField(_("set off by"), max_length=40, default=PURCHASE, db_default=PURCHASE)
    products = models.JSONField(_("products"), default=list, db_default=NO_CODES, blank=True)
    occasions = models.JSONField(_("occasions"), default=list, db_default=NO_CODES, blank=True)
    segments = models.JSONField(_("segments"), default=list, db_default=NO_CODES, blank=True)
    plans = models.JSONField(_("membership plans"), default=list, db_default=NO_CODES, blank=True)
    nth_purchase = models.PositiveSmallIntegerField(_("nth purchase"), null=True, blank=True)
    nth_repeats = models.BooleanField(_("and every further one"), default=True, db_default=True)
    target = models.SlugField(
        _("card, badge or reward"), max_length=40, blank=True, default="", db_default=""
    )
    count = models.PositiveSmallIntegerField(_("stamps"), default=1, db_default=1)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ["priority", "id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="rule_code_per_version")]


class CapScope(models.TextChoices):
    """Whose points a cap counts."""

    MEMBER = "member", _("Each member")
    ALL = "all", _("All members together")


class CapPeriod(models.TextChoices):
    """Over which time a cap counts, by the calendar of the merchant's zone; weeks begin on Sunday."""

    ORDER = "order", pgettext_lazy("period", "Order")
    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")
    EVER = "ever", _("Ever")


class EarnCap(DraftPart):
    """The most points that a rule (or, where ``rule`` is empty, all of them) gives (RULES 10)."""

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="caps", verbose_name=_("version")
    )
    scope = models.CharField(_("for"), max_length=6, choices=CapScope, default=CapScope.MEMBER)
    rule = models.CharField(_("rule"), max_length=40, blank=True)
    period = models.CharField(_("per"), max_length=5, choices=CapPeriod, default=CapPeriod.DAY)
    points = models.PositiveIntegerField(_("at most"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("cap")
        verbose_name_plural = _("caps and budgets")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "scope", "rule", "period"], name="one_cap_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.points} / {self.get_period_display()}"
