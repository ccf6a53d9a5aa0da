"""One person's life under one scenario: the house's own rules, tiers and clawbacks, in the books' order.

No arithmetic of its own: an order is priced by ``programs.rules.award``, tiers are moved by
``ledger.tier_life``, a refund takes back by ``programs.clawing``. What is left here is remembering.
"""

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from analytics.rewind.collecting import Collection, Prize
from analytics.rewind.facts import Bought, BroughtAlong, Person, Returned, Scenario
from ledger.models import TierPeriod
from ledger.pending import opens_on
from ledger.quoted import award_from_json, goals_from_json
from ledger.reading.for_rules import segments_at
from ledger.spending import Spending, Spent
from ledger.tier_life import TierLife
from programs import goals
from programs.calendars import business_date, last_spendable_day, period_start, start_of_day_instant
from programs.capping import tightest
from programs.clawing import KeptLine, clawback
from programs.goals import Bought as Line
from programs.memberships import held_at
from programs.occasions import days_in_force
from programs.rules import Award, LineAward, MemberState, Order, award, facts_of
from programs.terms import CapKey, Terms, TierBasis
from programs.tiering import counted

ZERO: Final = Fraction(0)
Running = tuple[str, str, date]
"""A cap's rule and period, and the first day of that."""


@dataclass(slots=True)
class Kept:
    """An award that a refund may meet, with what came back of each line so far."""

    order: Bought
    award: Award
    last_day: date | None
    uses: tuple[tuple[CapKey, date, int], ...]
    refunded: list[int]
    clawed: int = 0
    goods_back: int = 0

    def counts(self, basis: TierBasis, *, goods: int = 0, back: int = 0) -> int:
        """What is left of it for tiers, once a further refund took this much off its goods and points."""
        spend_minor = self.award.base_minor - self.goods_back - goods
        return counted(basis, spend_minor=spend_minor, points=self.award.points - self.clawed - back)


@dataclass(frozen=True, slots=True)
class Moved:
    """Points that a purchase gave (or a refund took: negative), which live until ``last_day``."""

    points: int
    issued_on: date
    last_day: date | None


@dataclass(slots=True)
class Life:
    """The member under the scenario; ``budgets`` is what all members share."""

    person: Person
    scenario: Scenario
    zone: str
    budgets: Counter[Running]
    spendings: defaultdict[TierBasis, Spending] = field(default_factory=lambda: defaultdict(Spending))
    periods: tuple[TierPeriod, ...] = ()
    swept_on: date = date.min
    birthday_uses: tuple[tuple[int, date], ...] = ()
    orders: list[datetime] = field(default_factory=list)
    uses: Counter[Running] = field(default_factory=Counter)
    kept: dict[int, Kept] = field(default_factory=dict)
    collection: Collection = field(default_factory=Collection)
    prizes: list[Prize] = field(default_factory=list)
    """What the last fact gave or took back beside its own points."""

    def buy(self, bought: Bought) -> Moved:
        """Price the order at the tier held before it, then let it move the tiers (RULES 4)."""
        terms = self.scenario.promises.nearest(bought.at)
        if terms is None:
            return Moved(0, bought.day, None)
        tiers = self._tiers(terms, bought.told_at)
        tiers.renew(bought.at)
        tier_code = tiers.held_at(bought.at)
        earned = self._priced(bought, terms, tier_code)
        tiers.spend(self._spent(bought, terms.tier_basis, earned.base_minor, earned.points))
        self._settle(tiers)
        for basis in self.scenario.bases:
            self.spendings[basis].add(self._spent(bought, basis, earned.base_minor, earned.points))
        if terms.goals and bought.earns:
            self._collect(bought, earned, terms, tier_code)
        uses = self._use(bought, earned)
        if earned.birthday_year is not None and bought.earns:
            self._use_birthday(earned.birthday_year, bought.day)
        if terms.counts_orders:
            insort(self.orders, bought.at)
        last_day = _last_day(terms, bought.day) if earned.points else None
        if bought.is_refunded:
            self.kept[bought.pk] = Kept(bought, earned, last_day, uses, [0] * len(bought.order.lines))
        return Moved(earned.points, bought.day, last_day)

    def bring_back(self, returned: Returned) -> Moved | None:
        """Take back what the returned part had earned, and the tier it carried; None: not in this replay."""
        kept = self.kept.get(returned.purchase)
        terms = self.scenario.promises.nearest(returned.at)
        if kept is None or terms is None:
            return None
        lines, bought = kept.order.order.lines, kept.order
        parts = [returned.parts.get(place, 0) for place in range(len(lines))]
        back = clawback(kept.award.points, _kept_lines(kept, parts), kept.clawed)
        kept.refunded = [before + part for before, part in zip(kept.refunded, parts, strict=True)]
        self._give_caps_back(kept, back)
        goods = sum(part for part, line in zip(parts, lines, strict=True) if line.kind == "goods")
        self._take_off(kept, goods, back, returned, terms)
        kept.clawed += back
        kept.goods_back += goods
        if terms.counts_orders and sum(kept.refunded) == sum(line.amount_minor for line in lines):
            self.orders = [at for at in self.orders if at != bought.at]
        then = self.scenario.promises.nearest(bought.at)
        if then is not None and then.goals:
            self.prizes = list(self.collection.bring_back(bought.pk, _left(kept), then))
            self._give_prizes_back(then)
        return Moved(-back, bought.day, kept.last_day)

    def open(self, brought: BroughtAlong) -> None:
        """Start in the tier brought along, where this programme knows it."""
        terms = self.scenario.promises.nearest(brought.at)
        if terms is not None and brought.tier_code in terms.tier_by_code:
            tiers = self._tiers(terms, brought.told_at)
            tiers.open(brought.tier_code, brought.at, brought.until)
            self._settle(tiers)

    def tier_at(self, moment: datetime) -> str:
        """The tier held at ``moment``, renewed up to then; nothing where there is no programme."""
        terms = self.scenario.promises.nearest(moment)
        if terms is None:
            return ""
        tiers = self._life(terms)
        tiers.renew(moment)
        return tiers.held_at(moment)

    def _tiers(self, terms: Terms, told_at: datetime) -> TierLife:
        """The tiers as the night before left them: years that were over by then are closed already."""
        night = business_date(told_at, self.zone)
        if self.periods and self.swept_on < night and self.swept_on != date.min:
            midnight = start_of_day_instant(night, self.zone)
            then = self.scenario.promises.nearest(midnight) or terms
            tiers = self._life(then)
            tiers.renew(midnight)
            self._settle(tiers)
        self.swept_on = max(self.swept_on, night)
        return self._life(terms)

    def _life(self, terms: Terms) -> TierLife:
        return TierLife(self.person.pk, self.periods, self.spendings[terms.tier_basis], terms)

    def _spent(self, bought: Bought, basis: TierBasis, spend_minor: int, points: int) -> Spent:
        """What the order counts for tiers."""
        return Spent(bought.at, bought.day, counted(basis, spend_minor=spend_minor, points=points))

    def _settle(self, tiers: TierLife) -> None:
        for period, ends_at in tiers.shortened:
            period.ends_at = ends_at
        if tiers.added:
            self.periods = tiers.periods

    def _collect(self, bought: Bought, earned: Award, terms: Terms, tier_code: str) -> None:
        """Move cards and challenges on, as the books do with the order's own facts."""
        if not self.scenario.remembers and not bought.counts:
            return
        order, state = self._order(bought, terms), self._state(bought, terms, tier_code)
        place = (order.branch, order.channel, order.occasions)
        facts = facts_of(order.occurred_local, earned.paid_base_minor, *place, member=state, terms=terms)
        prize = Prize(0, "", bought.day, lives_to(terms, bought.day), bought.counts)
        quoted = self._quoted(bought)
        promised = goals_from_json(quoted) if "goals" in quoted else None
        self.prizes = list(
            self.collection.buy(
                bought.pk,
                _lines(bought, earned),
                facts,
                terms,
                prize,
                self._cut(bought, earned, terms),
                promised,
            )
        )
        if facts.birthday and any(
            goal.conditions.birthday and goals.counted(goal, _lines(bought, earned), facts)
            for goal in terms.goals
        ):
            self._use_birthday(facts.birthday[0], bought.day)
        if not bought.is_refunded:
            self.collection.forget(bought.pk)

    def _priced(self, bought: Bought, terms: Terms, tier_code: str) -> Award:
        if not bought.earns or not (bought.counts or self.scenario.remembers):
            return _nothing(bought)
        if quoted := self._quoted(bought):
            return award_from_json(quoted)
        return award(self._order(bought, terms), self._state(bought, terms, tier_code), terms)

    def _quoted(self, bought: Bought) -> Mapping[str, Any]:
        """What a signed quote says that the order brings; nothing where none is honoured."""
        return bought.quoted or {} if self.scenario.is_today else {}

    def _cut(self, bought: Bought, earned: Award, terms: Terms) -> Callable[[int], int]:
        """What the caps of all rules leave of a prize after the order's award, as in the books (RULES 10)."""
        taken = Counter(dict(earned.uses))
        taken.update({cap.key: earned.points for cap in terms.caps_of.get("", ()) if cap.period == "order"})

        def cut(points: int) -> int:
            caps = terms.caps_of.get("", ())
            if not caps or not points:
                return points
            used = Counter(self._used(terms, bought.day))
            used.update(taken)
            allowed = min(points, max(0, tightest(caps, used)[1]))
            for cap in caps:
                if cap.period == "order":
                    taken[cap.key] += allowed
                else:
                    self._sums(cap.key)[cap.rule, cap.period, period_start(bought.day, cap.period)] += allowed
            return allowed

        return cut

    def _give_prizes_back(self, terms: Terms) -> None:
        """Give the caps back what prizes took that are not earned any more."""
        for prize in self.prizes:
            for cap in terms.caps_of.get("", ()) if prize.points else ():
                if cap.period != "order":
                    starts_on = period_start(prize.given_on, cap.period)
                    self._sums(cap.key)[cap.rule, cap.period, starts_on] -= prize.points

    def _order(self, bought: Bought, terms: Terms) -> Order:
        if not terms.occasions:
            return bought.order
        days = days_in_force(terms.occasions, bought.day, self.scenario.occasions, bought.at)
        return replace(bought.order, occasions=tuple(days))

    def _state(self, bought: Bought, terms: Terms, tier_code: str) -> MemberState:
        person = self.person
        return MemberState(
            *(tier_code, person.birthday, person.birthday_changed_on, self.birthday_uses),
            segments=segments_at(person.segments, bought.at) if person.segments else frozenset(),
            plan=held.plan if (held := held_at(person.plans, bought.at, self.zone)) else "",
            orders=bisect_right(self.orders, bought.at),
            used=self._used(terms, bought.day) if terms.caps else {},
        )

    def _used(self, terms: Terms, day: date) -> Mapping[CapKey, int]:
        return {
            cap.key: self._sums(cap.key)[cap.rule, cap.period, period_start(day, cap.period)]
            for cap in terms.caps
        }

    def _sums(self, key: CapKey) -> Counter[Running]:
        return self.budgets if key[0] == "all" else self.uses

    def _use(self, bought: Bought, earned: Award) -> tuple[tuple[CapKey, date, int], ...]:
        """Take from the caps what the award takes."""
        uses = tuple((key, period_start(bought.day, key[2]), points) for key, points in earned.uses)
        for key, starts_on, points in uses:
            self._sums(key)[key[1], key[2], starts_on] += points
        return uses

    def _use_birthday(self, year: int, day: date) -> None:
        if all(used != year for used, _day in self.birthday_uses):
            self.birthday_uses += ((year, day),)

    def _give_caps_back(self, kept: Kept, back: int) -> None:
        """Give the caps back their share of what the refund takes, as the books do (RULES 10)."""
        points, after = kept.award.points, kept.clawed + back
        for key, starts_on, used in kept.uses:
            given = used * after // points - used * kept.clawed // points
            self._sums(key)[key[1], key[2], starts_on] -= given

    def _take_off(self, kept: Kept, goods: int, back: int, returned: Returned, terms: Terms) -> None:
        """Take what came back off what the order counts, and end the tier that it had carried."""
        bought = kept.order
        for basis in self.scenario.bases:
            lost = kept.counts(basis) - kept.counts(basis, goods=goods, back=back)
            if not lost:
                continue
            gone = Spent(bought.at, bought.day, -lost)
            tiers = self._tiers(terms, returned.told_at)
            if basis != terms.tier_basis or not self.periods:
                self.spendings[basis].add(gone)
                continue
            tiers.take_off(gone, returned.at, returned.told_at)
            self._settle(tiers)


def _nothing(bought: Bought) -> Award:
    """The spend counts, the points do not."""
    lines = tuple(LineAward(0, ZERO, ZERO, ()) for _line in bought.order.lines)
    return Award(0, bought.goods_minor, 0, lines, ())


def _kept_lines(kept: Kept, parts: list[int]) -> list[KeptLine]:
    lines = zip(kept.award.lines, kept.order.order.lines, kept.refunded, parts, strict=True)
    return [KeptLine(earned.exact, line.amount_minor, before, part) for earned, line, before, part in lines]


def _lines(bought: Bought, earned: Award) -> list[Line]:
    """The order's lines as cards and challenges count them."""
    lines = zip(bought.order.lines, earned.lines, strict=True)
    return [Line(its.base_minor, line.quantity, line.category, line.sku, its.exact) for line, its in lines]


def _left(kept: Kept) -> list[Line]:
    """The same lines with what is kept of each."""
    lines = zip(kept.order.order.lines, _lines(kept.order, kept.award), kept.refunded, strict=True)
    return [goals.kept(its, line.amount_minor, refunded) for line, its, refunded in lines]


def _last_day(terms: Terms, day: date) -> date | None:
    """The last day of points earned on ``day``; those that wait for an event live from that day on."""
    return lives_to(terms, opens_on(terms, day) or day)


def lives_to(terms: Terms, day: date) -> date | None:
    """The last day of points that can be spent from ``day`` on."""
    if terms.expiry_months is None:
        return None
    return last_spendable_day(day, terms.expiry_months, terms.expiry_rounding)
