"""One person's tiers through time, and what they spent, as lists that anybody can follow (RULES F, 42)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import zip_longest

from loyalty_site.simulation.facts import TIERS, day_of, months_later, morning_after

Spend = Sequence[tuple[datetime, int]]
"""What a person spent, less what came back, order by order in the order of time."""


def spent(spend: Spend, day: date, until: datetime) -> int:
    """Net spend of the twelve months that end with ``day`` (RULES 33)."""
    since = months_later(day, -12)
    return sum(net for at, net in spend if day_of(at) > since and at <= until)


def reached(minor: int) -> int:
    """The highest tier that so much spend reaches."""
    return max(tier for tier, (threshold, _factor) in enumerate(TIERS) if minor >= threshold)


def after_a_year(tier: int, spend: Spend, end: datetime, renewal: str) -> int:
    """What follows a tier whose year ended: kept if it was earned again, else it falls (RULES 33)."""
    earned = reached(spent(spend, day_of(end) - timedelta(days=1), end))
    return max(earned, tier - 1 if renewal == "one_down" else 0)


@dataclass
class Mark:
    """A tier from its start to the end of its year.

    ``given`` was not earned here, and stays; ``followed`` says that it began where another's year ended.
    """

    start: datetime
    tier: int
    end: datetime | None
    given: bool = False
    followed: bool = False


@dataclass
class Tiers:
    """The marks of one person, in the order in which they were made."""

    marks: list[Mark] = field(default_factory=list)

    @property
    def in_time(self) -> list[Mark]:
        """The marks in the order of their starts."""
        return sorted(self.marks, key=lambda mark: mark.start)

    @property
    def newest(self) -> int:
        """The tier that started last."""
        return self.in_time[-1].tier if self.marks else 0

    def at(self, moment: datetime) -> int:
        """The tier held at a moment: the one that began last."""
        return ([0] + [mark.tier for mark in self.in_time if mark.start <= moment])[-1]

    def start(self, moment: datetime, tier: int, *, given: bool = False) -> Mark:
        """A tier begins: what was running ends here; it lasts a year, or until what already follows."""
        end = morning_after(months_later(day_of(moment), 12)) if tier else None
        following = min((mark.start for mark in self.marks if mark.start > moment), default=None)
        if following is not None and (end is None or following < end):
            end = following
        for mark in self.marks:
            if mark.start <= moment and (mark.end is None or mark.end > moment):
                mark.end = moment
        self.marks.append(Mark(moment, tier, end, given))
        return self.marks[-1]

    def lift(self, spend: Spend, moment: datetime, *, given: bool = False, followed: bool = False) -> None:
        """Upgrades are dated at the order that reached them (RULES 4, 5)."""
        tier = reached(spent(spend, day_of(moment) - timedelta(days=followed), moment))
        if tier > self.at(moment):
            self.start(moment, tier, given=given)

    def lift_later(self, spend: Spend, since: datetime) -> None:
        """A late order may lift at later ones, and where a tier fell since (RULES 13)."""
        orders = {(at, False) for at, _net in spend if at >= since}
        for at, followed in sorted(orders | {(m.start, m.followed) for m in self.marks if m.start > since}):
            self.lift(spend, at, followed=followed)

    def renew(self, spend: Spend, until: datetime, renewal: str) -> None:
        """Follow every year that ended by a moment with nothing after it."""
        while ended := self.ended(until):
            tier, end = ended
            self.start(end, after_a_year(tier, spend, end, renewal)).followed = True

    def ended(self, until: datetime) -> tuple[int, datetime] | None:
        """The first tier whose year is over with nothing after it, and when."""
        marks = self.in_time
        for mark, after in zip_longest(marks, marks[1:]):
            if mark.end is not None and mark.end <= until and (after is None or mark.end < after.start):
                return mark.tier, mark.end
        return None

    def as_if(self, spend: Spend, until: datetime, renewal: str) -> "Tiers":
        """As they would be, had the orders come in order and their spend been what it is now."""
        again = Tiers()
        for mark in self.in_time:
            if mark.given:
                again.start(mark.start, mark.tier, given=True)
        for at, _net in spend:
            if at <= until:
                again.renew(spend, at, renewal)
                again.lift(spend, at)
        again.renew(spend, until, renewal)
        return again

    def take_off(self, before: Spend, after: Spend, told: datetime, now: datetime, renewal: str) -> None:
        """A refund ends an upgrade that would not have been reached without the amount (RULES 32).

        At its own instant, or now when the tier has changed since.
        """
        if not self.marks:
            return
        at = now if any(mark.start > told for mark in self.marks) else told
        with_it = self.as_if(before, at, renewal)
        self.renew(after, at, renewal)
        without = self.as_if(after, at, renewal)
        tier = without.at(at)
        if tier < with_it.at(at) and tier < self.at(at):
            mark = self.start(at, tier)
            if tier:
                mark.end = without.in_time[-1].end

    def join(self, other: "Tiers", spend: Spend, now: datetime) -> None:
        """Two records become one: the higher of their tiers, or what they spent together (RULES 42)."""
        self.lift(spend, now, given=True)
        if other.at(now) > self.at(now):
            end = [mark.end for mark in other.in_time if mark.start <= now][-1]
            self.start(now, other.at(now), given=True).end = end

    def part(self, tier: int, until: datetime | None, spend: Spend, now: datetime, renewal: str) -> None:
        """A merge is undone: the tier held before it, for as long as it was held then, or what follows it."""
        while until is not None and until <= now:
            tier = after_a_year(tier, spend, until, renewal)
            until = morning_after(months_later(day_of(until), 12)) if tier else None
        if tier != self.at(now):
            self.start(now, tier, given=True).end = until
