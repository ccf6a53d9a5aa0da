"""Occasions of the year, and on which days they fall: Ramadan, the Eids, national days. Pure.

What is known here are the calendar's own days (Umm al-Qura for Hijri months). The moon may say otherwise, so
a merchant may set other days; what was set is a dated value (:class:`Set`), and an order goes by the days
that stood when it was made. One occurrence is named by its year: the Hijri year for Hijri occasions, for
Ramadan comes twice in some of ours.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from hijridate import Gregorian, Hijri

HIJRI_YEARS: Final = range(1343, 1500)
"""The years that the Umm al-Qura tables know."""
FRIDAY: Final = 4


@dataclass(frozen=True, slots=True)
class Days:
    """One occurrence of an occasion: the first and the last day, both included."""

    code: str
    year: int
    first: date
    last: date

    @property
    def name(self) -> str:
        """How the books name it: "ramadan/1448"."""
        return f"{self.code}/{self.year}"

    def holds(self, day: date) -> bool:
        """Whether ``day`` is one of them."""
        return self.first <= day <= self.last


class Set(NamedTuple):
    """Other days, as a merchant set them ``at`` an instant."""

    days: Days
    at: datetime


class Occasion(NamedTuple):
    """An occasion everybody knows; ``fall`` tells the first and the last day in a year."""

    code: str
    name_ar: str
    name_en: str
    is_hijri: bool
    fall: Callable[[int], tuple[date, date]]


def _hijri(month: int, first: int, last: int | None) -> Callable[[int], tuple[date, date]]:
    """Days of a Hijri month; ``last`` None = its end."""

    def fall(year: int) -> tuple[date, date]:
        begins = Hijri(year, month, 1)
        start = begins.to_gregorian()
        opening = date(start.year, start.month, start.day)
        length = last or begins.month_length()
        return opening + timedelta(days=first - 1), opening + timedelta(days=length - 1)

    return fall


def _fixed(month: int, day: int) -> Callable[[int], tuple[date, date]]:
    def fall(year: int) -> tuple[date, date]:
        return date(year, month, day), date(year, month, day)

    return fall


def _white_friday(year: int) -> tuple[date, date]:
    """The Friday after November's fourth Thursday, and the weekend with it."""
    first = date(year, 11, 1)
    thursday = first + timedelta(days=(FRIDAY - 1 - first.weekday()) % 7 + 21)
    return thursday + timedelta(days=1), thursday + timedelta(days=3)


KNOWN: Final[Mapping[str, Occasion]] = {
    occasion.code: occasion
    for occasion in (
        Occasion("ramadan", "رمضان", "Ramadan", is_hijri=True, fall=_hijri(9, 1, None)),
        Occasion("eid-al-fitr", "عيد الفطر", "Eid al-Fitr", is_hijri=True, fall=_hijri(10, 1, 4)),
        Occasion("eid-al-adha", "عيد الأضحى", "Eid al-Adha", is_hijri=True, fall=_hijri(12, 10, 13)),
        Occasion("founding-day", "يوم التأسيس", "Founding Day", is_hijri=False, fall=_fixed(2, 22)),
        Occasion("flag-day", "يوم العلم", "Flag Day", is_hijri=False, fall=_fixed(3, 11)),
        Occasion("mothers-day", "يوم الأم", "Mother's Day", is_hijri=False, fall=_fixed(3, 21)),
        Occasion("national-day", "اليوم الوطني", "National Day", is_hijri=False, fall=_fixed(9, 23)),
        Occasion("white-friday", "الجمعة البيضاء", "White Friday", is_hijri=False, fall=_white_friday),
    )
}
"""The occasions of a shop in Saudi Arabia, in the order of their year; a merchant may add others."""


@lru_cache(maxsize=512)
def calendar_days(code: str, year: int) -> Days:
    """The days of one occurrence by the calendar. Raises ``KeyError`` for an occasion nobody knows."""
    return Days(code, year, *KNOWN[code].fall(year))


def in_years_around(code: str, day: date) -> Iterator[Days]:
    """The occurrences by the calendar from the year before ``day`` to the year after; of others none."""
    occasion = KNOWN.get(code)
    if occasion is None:
        return
    if not occasion.is_hijri:
        yield from (calendar_days(code, day.year + step) for step in (-1, 0, 1))
        return
    years = _hijri_year(day)
    yield from (calendar_days(code, years + step) for step in (-1, 0, 1) if years + step in HIJRI_YEARS)


@lru_cache(maxsize=512)
def _hijri_year(day: date) -> int:
    try:
        return int(Gregorian.fromdate(day).to_hijri().year)
    except OverflowError:
        return 0


def days_in_force(codes: Collection[str], day: date, others: Iterable[Set], at: datetime) -> list[Days]:
    """Every occurrence of ``codes`` around ``day``, by the days that stood at the instant ``at``.

    Of what was set for one occurrence up to then the newest stands; what was never set is the calendar's.
    """
    standing = {(known.code, known.year): known for code in codes for known in in_years_around(code, day)}
    for one in sorted(others, key=lambda one: one.at):
        if one.at <= at and one.days.code in codes:
            standing[one.days.code, one.days.year] = one.days
    return sorted(standing.values(), key=lambda days: (days.first, days.code))


def coming(codes: Collection[str], day: date, others: Iterable[Set], at: datetime) -> list[Days]:
    """The next occurrence of each of ``codes`` that is not over on ``day``, the nearest first."""
    found: dict[str, Days] = {}
    for days in days_in_force(codes, day, others, at):
        if days.last >= day:
            found.setdefault(days.code, days)
    return list(found.values())


def days_between(
    codes: Collection[str], first: date, last: date, others: Iterable[Set], at: datetime
) -> Iterator[date]:
    """Every day from ``first`` to ``last`` that one of ``codes`` holds, in no particular order."""
    known = list(others)
    years = (date(year, 7, 1) for year in range(first.year, last.year + 1))
    ranges = set(chain.from_iterable(days_in_force(codes, middle, known, at) for middle in years))
    for days in ranges:
        opens, closes = max(first, days.first), min(last, days.last)
        yield from (opens + timedelta(days=step) for step in range((closes - opens).days + 1))
