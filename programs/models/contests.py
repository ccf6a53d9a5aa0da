"""Contests between members within a window of days, and what their first places win."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programs.models.goals import GoalPart
from programs.models.parts import DraftPart
from programs.models.versions import ProgrammeVersion

MOST_PLACES = 1_000


class ContestCounts(models.TextChoices):
    """What ranks members."""

    POINTS = "points", _("Points earned with purchases")
    SPEND = "spend", _("Money spent")
    VISIT = "visit", _("Visits")
    ITEM = "item", _("Items bought")
    STAMP = "stamp", _("Stamps collected")
    EVENT = "event", _("Events")


class Contest(GoalPart):
    """A contest from its first to its last day: who collects most of what it ``counts`` stands first.

    Who collected less than ``minimum`` (in the unit of what counts) does not take part; ``by_joining`` leaves
    out who did not join. Places stand for good ``checked_days`` after the last day. ``event`` is the name of
    the events it counts.
    """

    reward_days = None  # prizes have their own

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="contests", verbose_name=_("version")
    )
    counts = models.CharField(_("counts"), max_length=6, choices=ContestCounts, default=ContestCounts.POINTS)
    event = models.SlugField(_("event"), max_length=40, blank=True)
    minimum = models.PositiveBigIntegerField(
        _("least to take part"), default=1, validators=[MinValueValidator(1)]
    )
    by_joining = models.BooleanField(_("members have to join"), default=False)
    checked_days = models.PositiveSmallIntegerField(
        _("days until places stand"),
        default=14,
        validators=[MaxValueValidator(90)],
        help_text=_("What is returned until then is taken off. Later returns change nothing."),
    )

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="contest_code_per_version")]


class ContestPrize(DraftPart):
    """What the places from ``first_place`` to ``last_place`` of a contest (its code) win each."""

    version = models.ForeignKey(
        ProgrammeVersion, models.PROTECT, related_name="contest_prizes", verbose_name=_("version")
    )
    contest = models.SlugField(_("contest"), max_length=40)
    first_place = models.PositiveSmallIntegerField(
        _("from place"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )
    last_place = models.PositiveSmallIntegerField(
        _("to place"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_PLACES)]
    )
    points = models.PositiveIntegerField(_("points"), default=0)
    badge = models.SlugField(_("badge"), max_length=40, blank=True)
    reward = models.SlugField(_("reward"), max_length=40, blank=True)
    reward_days = models.PositiveSmallIntegerField(
        _("days the reward lives"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_("Leave empty for the reward's own time."),
    )

    class Meta:
        verbose_name = _("prize of a contest")
        verbose_name_plural = _("prizes of contests")
        ordering = ["contest", "first_place", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_place__gte=F("first_place")), name="contest_prize_places_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contest} {self.first_place}–{self.last_place}"
