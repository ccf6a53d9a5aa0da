"""Which rules of a programme can hold at one instant for one line of one order. Pure.

Every condition is a dimension of its own (the instant, the branch, the channel, the line …), and each place
in a dimension lets some rules hold. What can meet is their product, kept as bit masks, of which
equal ones count once. A dimension that we cannot tell apart from outside (segments, occasions that wander
through the year, the nth purchase) has two places: none of its rules, or any of them.

No more than ``MOST`` places are kept: beyond that neighbours are laid together as "each of these may hold",
which can only overstate what is earned. So the work is at most ``MOST``² per dimension, for any rules.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, time
from typing import Final, NamedTuple

from programs.asked import Conditions
from programs.terms import RuleTerms

MOST: Final = 256
A_WEEK_AND_A_DAY: Final = 8
ANY_DAY: Final = date(2024, 1, 1)
"""Where days are looked at that no date bounds."""


class Met(NamedTuple):
    """Rules that can hold together, as bits in the order of the rules: ``may`` hold, and ``must`` hold."""

    may: int
    must: int


def surely(mask: int) -> Met:
    """Exactly these rules hold."""
    return Met(mask, mask)


def together(first: Collection[Met], second: Collection[Met]) -> list[Met]:
    """Every way in which a place of the one meets a place of the other."""
    return few({Met(one.may & two.may, one.must & two.must) for one in first for two in second})


def few(places: Iterable[Met], most: int = MOST) -> list[Met]:
    """At most ``most`` of them: laid together they say more may hold, and less must."""
    known = sorted(set(places))
    size = -(-len(known) // most)
    if size <= 1:
        return known
    return [_laid_together(known[start : start + size]) for start in range(0, len(known), size)]


def of_orders(rules: Sequence[RuleTerms], since: date | None) -> list[Met]:
    """What can hold of one order, whatever its tier, amount and lines; from the day ``since`` on."""
    asked = [rule.conditions for rule in rules]
    places = few(_instants(asked, since))
    for dimension in (
        _by_code(asked, lambda one: one.branches),
        _by_code(asked, lambda one: one.channels),
        _by_code(asked, lambda one: one.plans),
        _birthdays(asked),
        *(_freely(asked, free) for free in FREE),
    ):
        places = together(places, dimension)
    return places


def of_tier(rules: Sequence[RuleTerms], tier: str) -> Met:
    """What can hold for a member of this tier."""
    asked = (rule.conditions.tiers for rule in rules)
    return surely(_mask(not tiers or tier in tiers for tiers in asked))


def of_amount(rules: Sequence[RuleTerms], amount_minor: int) -> Met:
    """What can hold for an order of this amount."""
    return surely(_mask(rule.conditions.min_amount_minor <= amount_minor for rule in rules))


def of_lines(rules: Sequence[RuleTerms], category: str) -> list[Met]:
    """What can hold for a line of this category, product by product.

    Points given once per order need only a line of a halala to be carried by: they ask nothing of the others.
    """
    asked = [Conditions() if rule.kind == "fixed" else rule.conditions for rule in rules]
    here = surely(_mask(not one.categories or category in one.categories for one in asked))
    return together([here], _by_code(asked, lambda one: one.products))


def _laid_together(places: Sequence[Met]) -> Met:
    may, must = 0, -1
    for place in places:
        may, must = may | place.may, must & place.must
    return Met(may, must)


def _mask(holds: Iterable[bool]) -> int:
    return sum(1 << place for place, does in enumerate(holds) if does)


FREE: Final[tuple[Callable[[Conditions], object], ...]] = (
    lambda asked: asked.segments,
    lambda asked: asked.occasions,
    lambda asked: asked.nth_purchase,
)
"""Conditions that any number of rules may meet at once, as far as the terms alone can tell."""


def _freely(asked: Sequence[Conditions], free: Callable[[Conditions], object]) -> list[Met]:
    plain = _mask(not free(one) for one in asked)
    every = _mask(True for _one in asked)
    return [surely(plain), Met(every, plain)] if plain != every else [surely(every)]


def _by_code(asked: Sequence[Conditions], codes: Callable[[Conditions], frozenset[str]]) -> list[Met]:
    """One place per code that a rule names, and one for all the others."""
    named = frozenset[str]().union(*(codes(one) for one in asked))
    places = {_mask(not codes(one) for one in asked)}
    places |= {_mask(not codes(one) or code in codes(one) for one in asked) for code in named}
    return few(map(surely, places))


def _birthdays(asked: Sequence[Conditions]) -> list[Met]:
    """No birthday near, or one that is as many days away as one of the windows is wide."""
    places = {_mask(not one.birthday for one in asked)}
    for days in {one.birthday_window_days for one in asked if one.birthday}:
        places.add(_mask(not one.birthday or one.birthday_window_days >= days for one in asked))
    return few(map(surely, places))


def _instants(asked: Sequence[Conditions], since: date | None) -> Iterator[Met]:
    """What can hold at one instant: by its own day, or by the day before where hours wrap midnight."""
    days = {(_on(asked, day), _on(asked, _moved(day, -1))) for day in _days(asked, since)}
    hours = {_at(asked, hour) for hour in _hours(asked)}
    for today, yesterday in days:
        for own, wrapped in hours:
            yield surely((today & own) | (yesterday & wrapped))


def _days(asked: Sequence[Conditions], since: date | None) -> Iterator[date]:
    """Eight days from each on which a rule begins or is over, the day after it, and from the first of all."""
    bounds = {one.starts_on for one in asked if one.starts_on}
    bounds |= {_moved(one.ends_on, 1) for one in asked if one.ends_on}
    first = since or _moved(min(bounds, default=ANY_DAY), -A_WEEK_AND_A_DAY)
    for turn in {first, *bounds, *(_moved(day, 1) for day in bounds)}:
        week = (_moved(turn, number) for number in range(A_WEEK_AND_A_DAY))
        yield from (day for day in week if since is None or day >= since)


def _moved(day: date, days: int) -> date:
    """So many days later or earlier, within what a calendar holds."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _on(asked: Sequence[Conditions], day: date) -> int:
    """The rules whose dates and weekdays hold this day."""
    return _mask(
        (not one.days_of_week or day.weekday() in one.days_of_week)
        and (one.starts_on is None or day >= one.starts_on)
        and (one.ends_on is None or day <= one.ends_on)
        for one in asked
    )


def _hours(asked: Sequence[Conditions]) -> set[time]:
    """Every time of day at which some rule opens or closes."""
    return {time.min, *(hour for one in asked for hour in (one.from_time, one.to_time) if hour is not None)}


def _at(asked: Sequence[Conditions], hour: time) -> tuple[int, int]:
    """The rules open at this time of day: by the day itself, and by the day before."""
    bounds = [(one.from_time or time.min, one.to_time or time.min) for one in asked]
    own = _mask(hour >= opens and (opens >= closes or hour < closes) for opens, closes in bounds)
    return own, _mask(closes <= opens and hour < closes and hour < opens for opens, closes in bounds)
