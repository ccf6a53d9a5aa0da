"""What can be collected towards, won and given, as plain values of one published version. Pure.

Units: the target of money spent is in minor units; that of a streak is a number of days, weeks or months.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from programs.asked import ALWAYS, Conditions
from programs.calendars import BEGINNING

GoalKind = Literal["card", "challenge", "rule", "contest"]
Counts = Literal["visit", "item", "spend", "event", "points", "stamp"]
Streak = Literal["", "day", "week", "month"]
Shape = Literal["card", "challenge", "milestone", "streak", "rule", "contest"]


@dataclass(frozen=True, slots=True)
class GoalTerms:
    """A punch card, or a challenge, milestone or streak: ``target`` of what it ``counts`` gives the prizes.

    A rule that gives stamps, a badge or a voucher is one too: it is reached each time it applies. A contest
    (``programs.contests``) only collects; its ``target`` is the least that takes part.

    ``since`` is the day from which a challenge counts what it counts, where an earlier version counted
    something else under its code. ``most`` is what one visit moves it on at most, ``most_a_day`` what one day
    does, ``event`` the name of the events it counts. Prizes are ``points``, a ``badge``, a ``reward`` that
    lives ``reward_days`` (None: the reward's own time) and ``stamps`` on a ``card``.
    """

    kind: GoalKind
    code: str
    name_ar: str
    name_en: str
    target: int
    counts: Counts = "visit"
    shape: Shape = "card"
    event: str = ""
    streak: Streak = ""
    repeats: bool = True
    most: int | None = None
    most_a_day: int | None = None
    since: date | None = None
    conditions: Conditions = ALWAYS
    points: int = 0
    badge: str = ""
    reward: str = ""
    reward_days: int | None = None
    card: str = ""
    stamps: int = 0

    @property
    def starts_on(self) -> date:
        """The day from which it counts: what is held again on other days begins at nothing."""
        begins = self.conditions.starts_on if self.kind in {"challenge", "contest"} else None
        return max(begins or BEGINNING, self.since or BEGINNING)


@dataclass(frozen=True, slots=True)
class BadgeTerms:
    """A badge: ``picture`` is its own one (a file's name), ``icon`` the name of one among ours."""

    code: str
    name_ar: str
    name_en: str
    description_ar: str = ""
    description_en: str = ""
    icon: str = "star"
    picture: str = ""
    picture_alt_ar: str = ""
    picture_alt_en: str = ""


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """A reward as it is given free; its fields are those of ``programs.models.Reward``."""

    code: str
    name_ar: str
    name_en: str
    code_minutes: int
    cost_minor: int | None = None
    kind: str = ""
    value_minor: int = 0
    feature: str = ""
    lasts_days: int | None = None
    stock: int | None = None
