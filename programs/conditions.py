"""Whether what a rule asks is so. Pure: the facts are given, the answer is yes or no."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from programs.asked import Conditions
from programs.calendars import nearest_birthday
from programs.occasions import Days

NO_BIRTHDAY_BONUS_AFTER_CHANGE = timedelta(days=365)
"""How long a birth date changed after a bonus earns none (RULES 9)."""


@dataclass(slots=True)
class Facts:
    """What conditions are asked of: an order or an event, and the member as they stood before it.

    ``local`` is wall-clock time in the merchant's zone, ``nth`` the number of this order among the member's,
    ``birthday`` the nearest open one as (its year, days away), ``occasions`` the days that stand around it.
    """

    local: datetime
    base_minor: int = 0
    tier: str = ""
    branch: str = ""
    channel: str = ""
    nth: int = 1
    plan: str = ""
    segments: frozenset[str] = frozenset()
    occasions: tuple[Days, ...] = ()
    birthday: tuple[int, int] | None = None


def holds(asked: Conditions, facts: Facts) -> bool:
    """Whether everything asked of the order, the member and the moment holds."""
    return (
        facts.base_minor >= asked.min_amount_minor
        and (not asked.birthday or _in_window(asked, facts.birthday))
        and (not asked.tiers or facts.tier in asked.tiers)
        and (not asked.branches or facts.branch in asked.branches)
        and (not asked.channels or facts.channel in asked.channels)
        and (not asked.segments or not asked.segments.isdisjoint(facts.segments))
        and (not asked.plans or facts.plan in asked.plans)
        and (not asked.nth_purchase or _is_nth(asked, facts.nth))
        and _open_at(asked, facts)
    )


def occasion_held(asked: Conditions, facts: Facts) -> Days | None:
    """The occasion on whose days the moment falls, the first of those asked for."""
    day = window_day(asked, facts.local)
    found = (days for days in facts.occasions if days.code in asked.occasions and day and days.holds(day))
    return next(found, None)


def open_birthday(
    birthday: date | None, changed_on: date | None, uses: tuple[tuple[int, date], ...], today: date
) -> tuple[int, int] | None:
    """The nearest birthday and its distance in days, unless its bonus is used or barred (RULES 9)."""
    if birthday is None:
        return None
    year, days = nearest_birthday(birthday, today)
    if any(used_year == year for used_year, _ in uses):
        return None
    if (
        changed_on is not None
        and today < changed_on + NO_BIRTHDAY_BONUS_AFTER_CHANGE
        and any(used_on <= changed_on for _, used_on in uses)
    ):
        return None
    return year, days


def _is_nth(asked: Conditions, number: int) -> bool:
    if asked.nth_repeats:
        return number % asked.nth_purchase == 0
    return number == asked.nth_purchase


def _open_at(asked: Conditions, facts: Facts) -> bool:
    """Whether the day and the hour are the rule's."""
    day = window_day(asked, facts.local)
    return (
        day is not None
        and (not asked.days_of_week or day.weekday() in asked.days_of_week)
        and (asked.starts_on is None or day >= asked.starts_on)
        and (asked.ends_on is None or day <= asked.ends_on)
        and (not asked.occasions or occasion_held(asked, facts) is not None)
    )


def window_day(asked: Conditions, moment: datetime) -> date | None:
    """The day whose hours hold ``moment``, or ``None`` outside them.

    Hours that wrap midnight belong to the day they opened on: Thursday 22:00-02:00 holds at
    01:00 on Friday, by Thursday's date and weekday. A closing time of 00:00 is the day's end.
    """
    day, now = moment.date(), moment.time()
    opens, closes = asked.from_time or time.min, asked.to_time or time.min
    if opens < closes:
        return day if opens <= now < closes else None
    if now >= opens:
        return day
    return day - timedelta(days=1) if now < closes else None


def _in_window(asked: Conditions, birthday: tuple[int, int] | None) -> bool:
    return birthday is not None and birthday[1] <= asked.birthday_window_days
