"""What may happen next in a story, made up from what there is and, now and then, from what is not. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar

from loyalty_site.simulation.facts import UNKEYED, Fact, Terms, day_of
from loyalty_site.simulation.model import Model, World

MEMBERS: Final = 3
START: Final = datetime.fromisoformat("2026-01-25T09:00:00+00:00")
BIRTHS: Final = (None, date(1990, 1, 28), date(1992, 2, 29), date(1985, 1, 20))
Row = TypeVar("Row")


def some_terms(dice: Random) -> Terms:
    """Terms of a programme."""
    pick = dice.choice
    return Terms(
        policy=pick(("allow_negative", "allow_negative", "clamp", "deduct_cash")),
        months=pick((1, 1, 3, 12, 12, None)),
        rounding=pick((0, 0, 0, 1, 3, 12)),
        cap_minor=pick((None, None, 5000)),
        renewal=pick(("one_down", "recompute")),
        hold=pick((0, 0, 0, 14, -1)),
        coffee=pick((1, 2)),
        block_minor=pick((2500, 2500, 2000)),
        gift=pick((700, 700, 300)),
        gift_tiers=pick(((), (), ("silver", "gold"))),
        daily=pick((None, None, 150)),
    )


class Meetings:
    """Makes up facts; what was told so far decides what may come."""

    def __init__(self, seed: int) -> None:
        self.dice, self.now = Random(seed), START  # noqa: S311 (no secret)
        self.terms = some_terms(self.dice)
        self.births = tuple(self.dice.choice(BIRTHS) for _member in range(MEMBERS))
        self.model = Model(self.terms, self.births)
        self.waiting: list[Fact] = []
        self.told: list[Fact] = []
        self.numbers = 0

    @property
    def world(self) -> World:
        """How things stand."""
        return self.model.world

    def fact(
        self, what: str, /, *, member: int | None = None, at: datetime | None = None, **said: Any
    ) -> Fact:
        """A fact with a key of its own."""
        self.numbers += 1
        who = self.dice.randrange(MEMBERS) if member is None else member
        return Fact(what, who, at or self.now, self.now, f"{what}-{self.numbers}", tuple(said.items()))

    def somebody(self, member: int) -> int:
        """The member, one of their records, or now and then somebody else."""
        if self.dice.random() < 0.05:
            return self.dice.randrange(MEMBERS)
        return self.dice.choice(self.world.family(member))

    def recent(self, rows: dict[str, Row], most: int = 4) -> tuple[str, Row] | None:
        """One of the last few."""
        return self.dice.choice(list(rows.items())[-most:]) if rows else None

    # Orders

    def buy(self) -> Fact:
        """An order of one to three lines; now and then late, with a code, or told to earn."""
        kinds = ("goods", "goods", "goods", "shipping", "gift_card", "tip")
        lines = tuple(
            (self.amount(), self.dice.choice(kinds), self.dice.choice(("", "", "coffee")))
            for _line in range(self.dice.choice((1, 1, 2, 3)))
        )
        member, at, award = self.dice.randrange(MEMBERS), self.now, None
        if self.dice.random() < 0.2:
            days = self.dice.choice((0, 2, 29, 30, 31, 90, 380))
            at -= timedelta(days=days, minutes=self.dice.randint(0, 999))
            award = self.dice.choice((None, None, True, False))
        elif self.dice.random() < 0.1:
            at += timedelta(minutes=self.dice.choice((1, 5, 6, 90)))
        codes = self.open_codes(member) if self.dice.random() < 0.4 else ()
        quiet = not codes and self.dice.random() < 0.2 and self.world.heads[member] == member
        return self.fact(
            "buy", member=member, at=at, lines=lines, codes=codes, award=award, quote="", quiet=quiet
        )

    def open_codes(self, member: int) -> tuple[str, ...]:
        """A code of the member's that is still reserved, if there is one."""
        codes = self.world.codes.items()
        mine = [
            name for name, code in codes if self.world.same(code.member, member) and code.state == "reserved"
        ]
        return tuple(mine[:1])

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

    def sign(self) -> Fact:
        """A quote that the shop may hold us to."""
        order = dict(self.buy().said) | {"quiet": False, "award": None}
        return self.fact("sign", **order)

    def take_at_word(self) -> Fact | None:
        """The order that was quoted, soon, late, or with other lines."""
        found = self.recent(self.world.quotes, 2)
        if found is None:
            return None
        name, quote = found
        if quote.until <= self.now and self.dice.random() < 0.8:
            return None
        lines = quote.lines if self.dice.random() < 0.9 else quote.lines[:1] + quote.lines
        said: dict[str, Any] = {
            "lines": lines,
            "codes": quote.codes,
            "award": None,
            "quote": name,
            "quiet": False,
        }
        return self.fact("buy", member=self.somebody(quote.member), **said)

    def refund(self) -> Fact | None:
        """Part of an order, the rest of it, a line of it, or more than there is."""
        found = self.recent(self.world.orders)
        if found is None:
            return None
        key, order = found
        left = [line[0] - back for line, back in zip(order.lines, order.back, strict=True)]
        said: dict[str, Any] = {"order": key, "amount": None, "lines": ()}
        place, whole = self.dice.randrange(len(left)), sum(left)
        if self.dice.random() < 0.3 and left[place]:
            part = self.dice.choice((left[place], self.dice.randint(1, left[place] + 1)))
            said["lines"] = ((place + 1, part),)
        else:
            amounts = (whole, whole, self.dice.randint(1, whole + 2), whole // 3)
            said["amount"] = max(1, self.dice.choice(amounts))
        told_late = timedelta(days=self.dice.choice((0, 0, 0, 0, 3)))
        at = max(order.at, self.now - told_late)
        return self.fact("refund", member=self.somebody(order.member), at=at, **said)

    def deliver(self) -> Fact | None:
        """An order was delivered, which its points may have waited for."""
        found = self.recent(self.world.orders)
        return self.fact("deliver", member=self.somebody(found[1].member), order=found[0]) if found else None

    # Codes

    def issue(self) -> Fact:
        """Points are set aside, for money off or for a gift; sometimes more than there are."""
        gift = self.dice.random() < 0.25
        points = None if gift else self.dice.choice((None, None, None, 500, 500, 1000, 499, 750))
        order_minor = None if gift else self.dice.choice((None, None, 2499, 3000, 40_000))
        minutes = self.dice.choice((None, 60 * 24 * 40, 60 * 24 * 200))
        said: dict[str, Any] = {
            "points": points,
            "order_minor": order_minor,
            "gift": gift,
            "minutes": minutes,
        }
        return self.fact("issue", member=self.rich(), **said)

    def rich(self) -> int:
        """Mostly a member who has something to spend, and by whichever record."""
        there = [card.available(self.world.today(self.now)) for card in self.world.cards]
        if self.dice.random() < 0.2:
            return self.dice.randrange(MEMBERS)
        return self.somebody(there.index(max(there)))

    def close(self) -> Fact | None:
        """A code is used or cancelled, by its owner or by somebody else."""
        found = self.recent(self.world.codes, 3)
        if found is None:
            return None
        outcome = self.dice.choice(("used", "cancelled", "cancelled"))
        return self.fact("close", member=self.somebody(found[1].member), code=found[0], outcome=outcome)

    # People

    def adjust(self) -> Fact:
        """A few points by hand, or so many that somebody else is asked."""
        points = self.dice.choice((-1, 1, 1)) * self.dice.choice((1, 40, 500, 900, 1000, 1500))
        return self.fact("adjust", points=points, by=self.dice.randrange(2))

    def decide(self) -> Fact | None:
        """A request is answered, by the one who asked or by the other."""
        found = self.recent(self.world.requests, 2)
        if found is None:
            return None
        by, yes = self.dice.randrange(2), self.dice.random() < 0.8
        return self.fact("decide", member=found[1].fact.member, request=found[0], by=by, yes=yes)

    def opening(self) -> Fact:
        """A balance from another system."""
        today, days = day_of(self.now), self.dice.choice((0, 3, 40, 300))
        earned = self.dice.choice((None, today, today - timedelta(days=days)))
        last = self.dice.choice((None, None, today + timedelta(days=days), today - timedelta(days=1)))
        if last is not None and earned is not None and last < earned:
            last = None
        tier = self.dice.choice((0, 0, 1, 2))
        until = self.dice.choice((None, today + timedelta(days=days), today - timedelta(days=1)))
        points = self.dice.choice((1, 700, 2500))
        said: dict[str, Any] = {
            "points": points,
            "earned": earned,
            "last": last,
            "tier": tier,
            "until": until if tier else None,
        }
        return self.fact("opening", **said, bulk=self.dice.random() < 0.3)

    def merge(self) -> Fact:
        """Two records are one person's."""
        absorbed = self.dice.randrange(MEMBERS)
        return self.fact("merge", member=(absorbed + self.dice.choice((1, 2))) % MEMBERS, absorbed=absorbed)

    def unmerge(self) -> Fact | None:
        """A merge was a mistake."""
        found = self.recent(self.world.merges, 2)
        if found is None:
            return None
        member = self.dice.randrange(MEMBERS) if self.dice.random() < 0.05 else found[1].survivor
        return self.fact("unmerge", member=member, merge=found[0])

    def erase(self) -> Fact | None:
        """A member wants to be forgotten."""
        return self.fact("erase") if self.dice.random() < 0.3 else None

    # The programme

    def publish(self) -> Fact:
        """New terms, at once or after some days, which may be too soon for what they take."""
        days = self.dice.choice((0, 0, 1, 29, 30, 31))
        starts = self.now + timedelta(days=days, minutes=self.dice.choice((0, 0, -1, 60)))
        return self.fact("publish", member=0, terms=some_terms(self.dice), starts=starts)

    def switch(self) -> Fact:
        """A pause begins or ends; now and then the programme is wound up."""
        if self.dice.random() < 0.1:
            return self.fact("wind_up", member=0)
        if self.world.state == "closing" and self.dice.random() < 0.7:
            return self.fact("reopen", member=0)
        if self.world.state == "paused":
            return self.fact("resume" if self.dice.random() < 0.95 else "pause", member=0)
        return self.fact("pause" if self.dice.random() < 0.9 else "resume", member=0)

    def notice(self) -> Fact | None:
        """An alert about points of somebody reached nobody."""
        days = [(lot.owner, lot.last) for lot in self.world.lots() if lot.left and lot.last]
        if not days:
            return None
        member, day = self.dice.choice(days)
        return self.fact("notice", member=member, day=day)

    def night(self) -> Fact:
        """What time alone does."""
        return self.fact("night", member=0)

    # Again

    def again(self) -> Fact | None:
        """Something comes a second time, now, by whichever record."""
        said = [fact for fact in self.told if fact.what not in UNKEYED]
        if not said:
            return None
        fact = self.dice.choice(said[-6:])
        return replace(fact, now=self.now)

    def conflict(self) -> Fact | None:
        """The key of something else."""
        fact = self.again()
        return replace(fact, member=(fact.member + 1) % MEMBERS) if fact else None


KINDS: Final[dict[Callable[[Meetings], Fact | None], int]] = {
    Meetings.buy: 30,
    Meetings.offline: 5,
    Meetings.arrive: 5,
    Meetings.sign: 5,
    Meetings.take_at_word: 7,
    Meetings.refund: 18,
    Meetings.deliver: 6,
    Meetings.issue: 14,
    Meetings.close: 12,
    Meetings.adjust: 6,
    Meetings.decide: 3,
    Meetings.opening: 6,
    Meetings.merge: 7,
    Meetings.unmerge: 9,
    Meetings.erase: 1,
    Meetings.publish: 3,
    Meetings.switch: 6,
    Meetings.notice: 5,
    Meetings.night: 12,
    Meetings.again: 6,
    Meetings.conflict: 2,
}
