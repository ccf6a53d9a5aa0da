"""What members collect towards: punch cards and challenges, and the badges they can win."""

from typing import Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.languages import in_language
from programs.models.parts import VersionPart
from programs.models.pictured import Pictured
from programs.models.versions import ProgrammeVersion

STAMPS: Final = 9
"""How many stamps a card asks for, unless the shop says otherwise (RULES 36)."""


class GoalCounts(models.TextChoices):
    """What moves a card or a challenge on."""

    VISIT = "visit", _("Visits")
    ITEM = "item", _("Items bought")
    SPEND = "spend", _("Money spent")
    EVENT = "event", _("Events")


class ChallengeKind(models.TextChoices):
    """How a challenge is reached: within its time, once in a life, or by coming without a gap."""

    CHALLENGE = "challenge", _("Challenge")
    MILESTONE = "milestone", _("Milestone")
    STREAK = "streak", _("Streak")


class StreakPeriod(models.TextChoices):
    """What may not be left out in a streak."""

    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


class GoalPart(VersionPart):
    """What cards and challenges share: what counts, and when. Empty conditions mean "always".

    The lists hold codes, as those of a rule do; categories and products say which lines of an order count.
    ``most_per_visit`` is the most that one order (or event) moves it on, ``most_per_day`` the most that all
    of a day do (None: no limit).
    """

    description_ar = models.CharField(_("description in Arabic"), max_length=240, blank=True)
    description_en = models.CharField(_("description in English"), max_length=240, blank=True)
    most_per_visit = models.PositiveIntegerField(
        _("at most in one visit"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    most_per_day = models.PositiveIntegerField(
        _("at most in one day"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    min_amount_minor = models.PositiveIntegerField(_("minimum amount"), default=0)
    days_of_week = models.JSONField(_("days of the week"), default=list, blank=True)
    from_time = models.TimeField(_("from"), null=True, blank=True)
    to_time = models.TimeField(_("to"), null=True, blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    branches = models.JSONField(_("branches"), default=list, blank=True)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    products = models.JSONField(_("products"), default=list, blank=True)
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    segments = models.JSONField(_("segments"), default=list, blank=True)
    plans = models.JSONField(_("membership plans"), default=list, blank=True)
    occasions = models.JSONField(_("occasions"), default=list, blank=True)
    reward_days = models.PositiveSmallIntegerField(
        _("days the reward lives"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Leave empty for the reward's own time."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self, "description")


class Card(GoalPart):
    """A punch card: so many ``stamps`` give one ``reward`` (its code), and the next one begins a new card.

    It counts visits or items.
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="cards", verbose_name=_("version")
    )
    stamps = models.PositiveSmallIntegerField(
        _("stamps on the card"), default=STAMPS, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    counts = models.CharField(
        _("one stamp for each"),
        max_length=5,
        choices=[(one.value, one.label) for one in (GoalCounts.VISIT, GoalCounts.ITEM)],
        default=GoalCounts.VISIT,
    )
    reward = models.SlugField(_("reward"), max_length=40)

    class Meta:
        verbose_name = _("punch card")
        verbose_name_plural = _("punch cards")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="card_code_per_version")]


class Challenge(GoalPart):
    """A challenge, a milestone or a streak: ``target`` of what it ``counts`` gives the prizes.

    The target of money spent is in minor units, that of a streak in periods without a gap. It ``repeats`` or
    is reached once in its time; a milestone always once. Prizes: points, a badge, a reward (codes), and so
    many ``stamps`` on a ``card``. ``event`` is the name of the events it counts.
    """

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="challenges", verbose_name=_("version")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=ChallengeKind, default=ChallengeKind.CHALLENGE)
    counts = models.CharField(_("counts"), max_length=5, choices=GoalCounts, default=GoalCounts.VISIT)
    event = models.SlugField(_("event"), max_length=40, blank=True)
    period = models.CharField(
        _("without leaving out a"), max_length=5, choices=StreakPeriod, default=StreakPeriod.WEEK
    )
    target = models.PositiveBigIntegerField(_("target"), validators=[MinValueValidator(1)])
    repeats = models.BooleanField(_("again and again"), default=False)
    points = models.PositiveIntegerField(_("points"), default=0)
    badge = models.SlugField(_("badge"), max_length=40, blank=True)
    reward = models.SlugField(_("reward"), max_length=40, blank=True)
    card = models.SlugField(_("punch card"), max_length=40, blank=True)
    stamps = models.PositiveSmallIntegerField(_("stamps"), default=0)

    class Meta:
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="challenge_code_per_version")]


class Badge(Pictured, VersionPart):
    """An honour that a member wins: what it is for, and its own picture or one of our icons."""

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="badges", verbose_name=_("version")
    )
    description_ar = models.CharField(_("description in Arabic"), max_length=240, blank=True)
    description_en = models.CharField(_("description in English"), max_length=240, blank=True)
    icon = models.SlugField(_("icon"), max_length=20, default="star")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="badge_code_per_version")]

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return in_language(self, "description")
