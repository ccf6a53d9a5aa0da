"""Days, months and birthdays in a merchant's own zone. Pure: the moment is always given.

Units: instants are UTC-aware ``datetime``; a *business date* is the calendar day in the
merchant's zone. The week starts on Sunday, as in Saudi Arabia.
"""

from calendar import isleap, monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

Rounding = Literal["none", "month", "quarter", "half", "year"]
"""Where a lot's life is rounded up to: the day itself, or the end of its month, quarter, half, year."""

Period = Literal["order", "day", "week", "month", "year", "ever"]
"""Over what caps add up; an order is a period of its own."""
BEGINNING = date(1970, 1, 1)
"""Where the period begins that never ends."""

_MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def local(instant: datetime, zone: str) -> datetime:
    """The wall-clock time of ``instant`` in ``zone``; a naive instant is refused with ``ValueError``."""
    if instant.tzinfo is None:
        raise ValueError("an instant must know its zone")
    return instant.astimezone(ZoneInfo(zone))


def business_date(instant: datetime, zone: str) -> date:
    """The calendar day of ``instant`` in ``zone``: 2026-12-31T22:30Z is 1 January 2027 in Riyadh."""
    return local(instant, zone).date()


def start_of_day_instant(day: date, zone: str) -> datetime:
    """00:00 of ``day`` in ``zone``, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def end_of_day_instant(day: date, zone: str) -> datetime:
    """The first instant *after* ``day`` in ``zone``, in UTC: alive means ``now < end``.

    An exclusive bound leaves no gap between 23:59:59.999999 and midnight.
    """
    return start_of_day_instant(day + timedelta(days=1), zone)


@lru_cache(maxsize=4096)
def add_months(day: date, months: int) -> date:
    """The same day ``months`` later (or earlier), clamped: 31 January + 1 month = 28 February."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))


def last_spendable_day(earned: date, months: int, rounding: Rounding = "none") -> date:
    """The last day points earned on ``earned`` may be spent, that day included (RULES 22)."""
    last = add_months(earned, months)
    if rounding == "none":
        return last
    span = _MONTHS_IN[rounding]
    closing_month = (last.month - 1) // span * span + span
    return date(last.year, closing_month, monthrange(last.year, closing_month)[1])


def trailing_start(day: date, months: int = 12) -> date:
    """First day of the ``months`` that end with ``day``: 1 January 2026 for 31 December 2026."""
    return add_months(day, -months) + timedelta(days=1)


def birthday_in(birthday: date, year: int) -> date:
    """The day ``birthday`` is kept in ``year``: 29 February is 28 February in common years."""
    if birthday.month == 2 and birthday.day == 29 and not isleap(year):
        return date(year, 2, 28)
    return birthday.replace(year=year)


def nearest_birthday(birthday: date, on: date) -> tuple[int, int]:
    """The year of the birthday nearest to ``on`` and the days between them.

    Across new year the answer is the birthday's own year: 2 January 2027 is 3 days from the
    birthday of 2026 for one born on 30 December, so one birthday is one occurrence.
    """
    distances = (
        (abs((on - birthday_in(birthday, year)).days), year) for year in (on.year, on.year - 1, on.year + 1)
    )
    days, year = min(distances)
    return year, days


def birthday_occurrence(birthday: date, on: date, window_days: int) -> int | None:
    """The year of the birthday within ± ``window_days`` of ``on``, else ``None``."""
    year, days = nearest_birthday(birthday, on)
    return year if days <= window_days else None


def period_start(day: date, period: Period) -> date:
    """The first day of the calendar's period that holds ``day``; of all time one and the same day."""
    if period == "week":
        return week_start(day)
    if period == "month":
        return day.replace(day=1)
    if period == "year":
        return day.replace(month=1, day=1)
    return BEGINNING if period == "ever" else day


def week_start(day: date) -> date:
    """The Sunday that opens the week of ``day``."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def week_end(day: date) -> date:
    """The Saturday that closes the week of ``day``."""
    return week_start(day) + timedelta(days=6)
