"""Stories from seeds: the same seed always tells the same facts, crash points and duplicates. Pure.

A story is made with the help of the model, so that most of what it tells is possible, and some of it is
just not: what does not exist, belongs to somebody else, comes twice, comes late or says something else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from loyalty_site.simulation.facts import Fact, Refused, Terms
from loyalty_site.simulation.model import Model

START: Final = datetime(2026, 1, 25, 9, 0, tzinfo=UTC)
MEMBERS: Final = 2


@dataclass(frozen=True)
class Step:
    """A fact, and what goes wrong while it is told.

    ``crash`` is the statement at which the connection is lost, before (positive) or after (negative) it ran;
    0 is none.
    """

    fact: Fact
    crash: int = 0


@dataclass(frozen=True)
class Story:
    """Terms, and what happens under them, step by step."""

    seed: int
    terms: Terms
    steps: tuple[Step, ...]


def story(seed: int) -> Story:
    """The story of a seed."""
    return _Teller(seed).tell()


class _Teller:
    """Makes up one story."""

    def __init__(self, seed: int) -> None:
        self.seed, self.dice, self.now = seed, Random(seed), START  # noqa: S311 (no secret)
        pick = self.dice.choice
        self.terms = Terms(
            policy=pick(("allow_negative", "allow_negative", "clamp", "deduct_cash")),
            months=pick((1, 1, 3, 12, 12, None)),
            rounding=pick((0, 0, 0, 1, 3, 12)),
            cap_minor=pick((None, None, 5000)),
            renewal=pick(("one_down", "recompute")),
            hold=pick((0, 0, 0, 14, -1)),
            coffee=pick((1, 2)),
        )
        self.model = Model(self.terms, MEMBERS)
        self.waiting: list[Fact] = []
        self.told: list[Fact] = []
        self.numbers = 0

    def tell(self) -> Story:
        """Every step, each after some time."""
        steps = []
        for _number in range(self.dice.randint(8, 40)):
            self.wait()
            fact = self.dice.choices(list(_KINDS), list(_KINDS.values()))[0](self)
            if fact is None:
                continue
            try:
                self.model.tell(fact)
            except Refused:
                pass
            else:
                self.told.append(fact)
            crash = (
                self.dice.randint(1, 14) * self.dice.choice((1, 1, -1)) if self.dice.random() < 0.25 else 0
            )
            steps.append(Step(fact, crash))
        return Story(self.seed, self.terms, tuple(steps))

    def wait(self) -> None:
        """Time goes on, stands still, leaps, or is set back a little."""
        minutes = self.dice.choice((0, 0, 1, 20, 300, 1440, 1440 * 9, 1440 * 31, 1440 * 31, 1440 * 130))
        self.now += timedelta(minutes=minutes, seconds=self.dice.randint(0, 59))
        if self.dice.random() < 0.05:
            self.now -= timedelta(minutes=self.dice.choice((1, 30, 600, 2880)))

    def fact(
        self, what: str, /, *, member: int | None = None, at: datetime | None = None, **said: Any
    ) -> Fact:
        """A fact with a key of its own."""
        self.numbers += 1
        who = self.dice.randrange(MEMBERS) if member is None else member
        return Fact(what, who, at or self.now, self.now, f"{what}-{self.numbers}", tuple(said.items()))

    def buy(self) -> Fact:
        """An order of one to three lines; now and then late, with a code, or told to earn."""
        kinds = ("goods", "goods", "goods", "shipping", "gift_card", "tip")
        lines = tuple(
            (self.amount(), self.dice.choice(kinds), self.dice.choice(("", "", "coffee")))
            for _line in range(self.dice.choice((1, 1, 2, 3)))
        )
        member, at, award = self.dice.randrange(MEMBERS), self.now, None
        if self.dice.random() < 0.2:
            at -= timedelta(
                days=self.dice.choice((0, 2, 29, 30, 31, 90, 380)), minutes=self.dice.randint(0, 999)
            )
            award = self.dice.choice((None, None, True, False))
        elif self.dice.random() < 0.1:
            at += timedelta(minutes=self.dice.choice((1, 5, 6, 90)))
        open_codes = [
            name for name, code in self.model.world().codes.items()
            if code.member == member and code.state == "reserved"
        ]  # fmt: skip
        codes = tuple(open_codes[:1]) if self.dice.random() < 0.4 else ()
        return self.fact("buy", member=member, at=at, lines=lines, codes=codes, award=award)

    def amount(self) -> int:
        """Minor units: small change, round sums, thresholds of tiers and their neighbours."""
        near = self.dice.choice((100, 2500, 3000, 9999, 50_000, 149_999, 150_000, 400_000))
        return self.dice.choice((self.dice.randint(1, 30_000), near, near, self.dice.randint(1, 700_000)))

    def offline(self) -> None:
        """A till without a network: the order will come later."""
        self.waiting.append(self.buy())

    def arrive(self) -> Fact | None:
        """An order that waited arrives, after others that were made later."""
        if not self.waiting:
            return None
        return replace(self.waiting.pop(self.dice.randrange(len(self.waiting))), now=self.now)

    def refund(self) -> Fact | None:
        """Part of an order, the rest of it, a line of it, or more than there is."""
        orders = list(self.model.world().orders.items())[-4:]
        if not orders:
            return None
        key, order = self.dice.choice(orders)
        left = [line[0] - back for line, back in zip(order.lines, order.back, strict=True)]
        member = order.member if self.dice.random() < 0.95 else 1 - order.member
        said: dict[str, Any] = {"order": key, "amount": None, "lines": ()}
        place = self.dice.randrange(len(left))
        if self.dice.random() < 0.3 and left[place]:
            said["lines"] = (
                (place + 1, self.dice.choice((left[place], self.dice.randint(1, left[place] + 1)))),
            )
        else:
            whole = sum(left)
            said["amount"] = max(
                1, self.dice.choice((whole, whole, self.dice.randint(1, whole + 2), whole // 3))
            )
        told_late = timedelta(days=self.dice.choice((0, 0, 0, 0, 3)))
        return self.fact("refund", member=member, at=max(order.at, self.now - told_late), **said)

    def deliver(self) -> Fact | None:
        """An order was delivered, which its points may have waited for."""
        orders = list(self.model.world().orders.items())[-4:]
        if not orders:
            return None
        key, order = self.dice.choice(orders)
        return self.fact("deliver", member=order.member, order=key)

    def issue(self) -> Fact:
        """Points are set aside; sometimes more than there are."""
        points = self.dice.choice((None, None, 500, 1000, 499, 750))
        order_minor = self.dice.choice((None, None, 2499, 3000, 40_000))
        minutes = self.dice.choice((None, 60 * 24 * 40, 60 * 24 * 200))
        return self.fact("issue", points=points, order_minor=order_minor, minutes=minutes)

    def close(self) -> Fact | None:
        """A code is used or cancelled, by its owner or by somebody else."""
        codes = list(self.model.world().codes.items())[-3:]
        if not codes:
            return None
        name, code = self.dice.choice(codes)
        member = code.member if self.dice.random() < 0.95 else 1 - code.member
        outcome = self.dice.choice(("used", "cancelled", "cancelled"))
        return self.fact("close", member=member, code=name, outcome=outcome)

    def adjust(self) -> Fact:
        """A few points by hand."""
        return self.fact("adjust", points=self.dice.choice((-1, 1)) * self.dice.choice((1, 40, 500, 900)))

    def night(self) -> Fact:
        """What time alone does."""
        return self.fact("night", member=0)

    def again(self) -> Fact | None:
        """Something comes a second time, now."""
        said = [fact for fact in self.told if fact.what != "night"]
        return replace(self.dice.choice(said[-6:]), now=self.now) if said else None

    def conflict(self) -> Fact | None:
        """The key of something else."""
        fact = self.again()
        return replace(fact, member=1 - fact.member) if fact else None


_KINDS: Final[dict[Callable[[_Teller], Fact | None], int]] = {
    _Teller.buy: 30,
    _Teller.offline: 5,
    _Teller.arrive: 5,
    _Teller.refund: 18,
    _Teller.deliver: 6,
    _Teller.issue: 12,
    _Teller.close: 10,
    _Teller.adjust: 6,
    _Teller.night: 12,
    _Teller.again: 6,
    _Teller.conflict: 2,
}
