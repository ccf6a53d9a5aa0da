"""Facts in, sums out: every scenario lives through the same purchases, one after another."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from analytics.rewind.contests import Places, standing_first
from analytics.rewind.facts import Bought, BroughtAlong, Decision, Fact, Person, Returned, Scenario
from analytics.rewind.lives import Life, Moved, Running
from analytics.rewind.sums import ScenarioSums, ShopSums


class Standing(NamedTuple):
    """Where one member ends under one scenario: points of the months asked about, less what went back.

    ``vouchers`` are the rewards given free in them, by code.
    """

    points: int
    tier: str
    vouchers: Counter[str]


@dataclass(slots=True)
class Replay:
    """People and scenarios; ``take`` a fact after the other, then ``close``."""

    people: Mapping[int, Person]
    scenarios: Sequence[Scenario]
    zone: str
    first_day: date
    shop: ShopSums = field(default_factory=ShopSums)
    sums: list[ScenarioSums] = field(init=False)
    spent: Counter[int] = field(default_factory=Counter)
    _points: list[Counter[int]] = field(init=False)
    _vouchers: list[defaultdict[int, Counter[str]]] = field(init=False)
    _budgets: list[Counter[Running]] = field(init=False)
    _lives: dict[int, list[Life]] = field(default_factory=dict)
    _sold: dict[int, Bought] = field(default_factory=dict)
    _due: list[tuple[int, Decision]] = field(init=False)
    places: list[Places] = field(init=False)
    """Under each scenario: who stands first in its contests among these people, once they are decided."""

    def __post_init__(self) -> None:
        self.sums = [ScenarioSums() for _one in self.scenarios]
        self._points = [Counter() for _one in self.scenarios]
        self._vouchers = [defaultdict(Counter) for _one in self.scenarios]
        self._budgets = [Counter() for _one in self.scenarios]
        self.places = [{} for _one in self.scenarios]
        coming = [(place, one) for place, each in enumerate(self.scenarios) for one in each.decisions]
        self._due = sorted(coming, key=lambda one: one[1].at, reverse=True)

    def take(self, fact: Fact) -> list[int]:
        """Let every scenario live through it; what a counted purchase earned under each."""
        self._decide(fact.told_at)
        lives = self._lives.get(fact.person) or self._born(fact.person)
        if isinstance(fact, Bought):
            return self._buy(fact, lives)
        if isinstance(fact, Returned):
            self._bring_back(fact, lives)
        else:
            self._open(fact, lives)
        return []

    def close(self, moment: datetime) -> Iterator[tuple[int, list[Standing]]]:
        """Every member who bought in these months, and where they stand under each scenario at ``moment``.

        Who may win a contest that is decided in them is among these, whenever they bought.
        """
        self._decide()
        shown = {
            *self.spent,
            *(one.person for each in self.places for first in each.values() for one in first),
        }
        for pk, lives in self._lives.items():
            held = [life.tier_at(moment) for life in lives]
            for sums, tier in zip(self.sums, held, strict=True):
                sums.tiers[tier] += 1
            if pk in shown:
                points = [mine[pk] for mine in self._points]
                vouchers = [mine.get(pk, Counter()) for mine in self._vouchers]
                yield pk, [Standing(*one) for one in zip(points, held, vouchers, strict=True)]

    def _born(self, pk: int) -> list[Life]:
        lives = [
            Life(self.people[pk], scenario, self.zone, budgets)
            for scenario, budgets in zip(self.scenarios, self._budgets, strict=True)
        ]
        self._lives[pk] = lives
        return lives

    def _buy(self, bought: Bought, lives: list[Life]) -> list[int]:
        earned = [life.buy(bought) for life in lives]
        self._give(bought.person, lives, bought.day)
        if not bought.counts:
            return []
        self._sell(bought)
        for place, moved in enumerate(earned):
            self._move(place, bought.person, moved, bought.day)
        sums = self.sums[0]
        sums.differs += self.scenarios[0].is_today and earned[0].points != bought.booked
        return [moved.points for moved in earned]

    def _sell(self, bought: Bought) -> None:
        """Count the order among the shop's own figures."""
        month = bought.day
        for line in bought.order.lines:
            if line.kind == "goods":
                self.shop.sold(month, line.category, line.amount_minor)
        self.shop.ordered(month, bought.booked, earns=bought.earns)
        self.spent[bought.person] += bought.goods_minor
        if bought.is_refunded:
            self._sold[bought.pk] = bought

    def _bring_back(self, returned: Returned, lives: list[Life]) -> None:
        back = [life.bring_back(returned) for life in lives]
        self._give(returned.person, lives, returned.day)
        sold = self._sold.get(returned.purchase)
        if sold is None:
            return
        for place, moved in enumerate(back):
            if moved is not None:
                self._move(place, returned.person, moved, returned.day)
        for number, amount_minor in returned.parts.items():
            line = sold.order.lines[number]
            if line.kind == "goods":
                self.shop.sold(returned.day, line.category, -amount_minor)
                self.spent[returned.person] -= amount_minor

    def _give(self, person: int, lives: list[Life], day: date) -> None:
        """Count what the fact reached, or took back, of cards and challenges."""
        for place, life in enumerate(lives):
            prizes, life.prizes = life.prizes, []
            for prize in prizes:
                if not prize.counts:
                    continue
                points = prize.sign * prize.points
                self._move(place, person, Moved(points, prize.given_on, prize.last_day), day)
                if prize.reward:
                    self.sums[place].gave(prize.reward, day, prize.sign)
                    self._vouchers[place][person][prize.reward] += prize.sign

    def _decide(self, moment: datetime | None = None) -> None:
        """Let the contests whose instant comes before ``moment`` (None: all) be decided by what was told."""
        while self._due and (moment is None or self._due[-1][1].at < moment):
            place, decision = self._due.pop()
            people = ((lives[place].person, lives[place].collection) for lives in self._lives.values())
            self.places[place][decision.key] = standing_first(decision, people)

    def _open(self, brought: BroughtAlong, lives: list[Life]) -> None:
        for life in lives:
            life.open(brought)

    def _move(self, place: int, person: int, moved: Moved, day: date) -> None:
        self.sums[place].moved(moved, day)
        self._points[place][person] += moved.points


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """As the books heard of them; of one instant purchases first, as they were numbered."""
    return sorted(facts, key=turn)


def turn(fact: Fact) -> tuple[datetime, int, int]:
    """The place of a fact in the order of a replay."""
    if isinstance(fact, BroughtAlong):
        return fact.told_at, 0, 0
    return fact.told_at, 1 if isinstance(fact, Bought) else 2, fact.pk
