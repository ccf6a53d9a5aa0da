"""What was bought and brought back, as a replay takes it: plain values, read once for every scenario."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from programs.contests import ContestTerms
from programs.memberships import Holding
from programs.occasions import Set
from programs.queries import Timeline
from programs.rules import Order
from programs.terms import Terms, TierBasis

ContestKey = tuple[str, date]
"""A contest's code and first day."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who bought: one member with every record that was merged into theirs.

    ``left_at`` is when they left the shop, ``joined`` the contests they said they take part in.
    """

    pk: int
    birthday: date | None = None
    birthday_changed_on: date | None = None
    segments: tuple[tuple[str, datetime, datetime | None], ...] = ()
    plans: tuple[Holding, ...] = ()
    left_at: datetime | None = None
    joined: frozenset[ContestKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase. ``told_at`` is when the books heard of it, which is the order of a replay.

    ``earns`` says whether it earns at all, ``booked`` what the books gave, ``quoted`` a signed quote's award
    that the books were held to. ``counts`` is false for what lies before the months that are asked about.
    """

    pk: int
    person: int
    at: datetime
    day: date
    told_at: datetime
    order: Order
    earns: bool
    booked: int
    is_refunded: bool
    counts: bool
    quoted: Mapping[str, Any] | None = None

    @property
    def goods_minor(self) -> int:
        """What counts as spent."""
        return sum(line.amount_minor for line in self.order.lines if line.kind == "goods")


@dataclass(frozen=True, slots=True)
class Returned:
    """A refund: how much of which line of a purchase came back, by the line's place (from 0)."""

    pk: int
    person: int
    purchase: int
    at: datetime
    day: date
    told_at: datetime
    parts: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class BroughtAlong:
    """A tier that somebody brought from another system (RULES 47), kept until ``until``."""

    person: int
    told_at: datetime
    at: datetime
    tier_code: str
    until: datetime | None


Fact = Bought | Returned | BroughtAlong


class Decision(NamedTuple):
    """A contest, decided at an instant by these terms. ``asks_joining``: only who joined is ranked."""

    contest: ContestTerms
    terms: Terms
    at: datetime
    asks_joining: bool

    @property
    def key(self) -> ContestKey:
        """Its code and first day."""
        return self.contest.goal.code, self.contest.first_day


@dataclass(frozen=True, slots=True)
class Scenario:
    """Terms in time. ``is_today``: what the books were held to (signed quotes) holds here too.

    ``decisions`` are the contests that are decided in the months asked about, the first one first.
    """

    promises: Timeline
    is_today: bool = False
    occasions: tuple[Set, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def shares_budgets(self) -> bool:
        """Whether what one member gets hangs on what others got before."""
        return any(cap.scope == "all" for terms in self.promises.terms for cap in terms.caps)

    @property
    def remembers(self) -> bool:
        """Whether what an order earns hangs on what earlier ones earned."""
        return any(
            terms.caps or terms.birthday_rules or terms.goals or terms.tier_basis == "points"
            for terms in self.promises.terms
        )

    @property
    def bases(self) -> frozenset[TierBasis]:
        """Everything that tiers count under some of the terms."""
        return frozenset(terms.tier_basis for terms in self.promises.terms)
