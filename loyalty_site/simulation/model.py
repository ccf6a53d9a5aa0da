"""The rules restated, as plainly as they can be: lists, loops, everything recomputed from the facts. Pure.

Written from the rules and from nothing else, so that a mistake in the books cannot be repeated here: no
planner, no purse and no calendar of theirs is used. ``Model`` keeps the facts that were accepted; every
question replays them from the first.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from loyalty_site.simulation.cards import Card, Code, Lot, Order, Waiting, first
from loyalty_site.simulation.facts import (
    BLOCK,
    BLOCK_MINOR,
    CLAIM_DAYS,
    CODE_MINUTES,
    TIERS,
    Answer,
    Fact,
    Refused,
    Terms,
    day_of,
    months_later,
    morning_after,
    shares,
)


class World:
    """Everything that is so after some facts; ``apply`` adds one more or raises ``Refused``."""

    def __init__(self, terms: Terms, members: int) -> None:
        self.terms = terms
        self.cards = [Card() for _member in range(members)]
        self.orders: dict[str, Order] = {}
        self.codes: dict[str, Code] = {}
        self.opened = 0

    def apply(self, fact: Fact) -> Answer:
        """Do what the fact says."""
        card = self.cards[fact.member]
        due = {each: self.open(card, fact.now) for each, card in enumerate(self.cards) if fact.concerns(each)}
        self.opened = due.get(fact.member, 0)
        answer: Answer = getattr(self, fact.what)(fact, card)
        card.bury(fact.now)
        return replace(answer, available=card.available(fact.now), owed=card.owed)

    # A, B. Earning

    def buy(self, fact: Fact, card: Card) -> Answer:
        """An order: priced by the tier held before it, at its own date (RULES 1-7, 13)."""
        if fact.at > fact.now + timedelta(minutes=5):
            raise Refused("in_the_future")
        codes = [self.code(name, fact.member) for name in fact.codes]
        self.renew(fact.member, fact.at)
        goods = [amount if kind == "goods" else 0 for amount, kind, _category in fact.lines]
        paid = sum(code.value for code in codes)
        if paid > sum(goods) or (self.terms.cap_minor is not None and paid > self.terms.cap_minor):
            raise Refused("discount_too_large")
        for code in codes:
            self.close_code(code, "used", fact.now)
        earns = fact.award or (fact.award is None and fact.at >= fact.now - timedelta(days=CLAIM_DAYS))
        factor = TIERS[card.tier_at(fact.at)][1]
        exact = [
            Fraction(base - off, 100)
            * max(factor, Fraction(self.terms.coffee if category == "coffee" else 0))
            * earns
            for base, off, (_amount, _kind, category) in zip(
                goods, shares(paid, goods), fact.lines, strict=True
            )
        ]
        award = int(sum(exact))
        used = [part for code in codes for part in code.taken]
        nothing = [0] * len(fact.lines)
        self.orders[fact.key] = Order(fact.member, fact.at, fact.lines, exact, award, nothing, used)
        if award:
            self.award(card, fact, award)
        self.lift(fact.member, fact.at)
        return Answer(points=award, value=paid)

    def award(self, card: Card, fact: Fact, points: int) -> None:
        """Points are there at once or wait for a day or the delivery, and live from then on (RULES 11)."""
        opens = None if self.terms.hold == -1 else day_of(fact.at) + timedelta(days=self.terms.hold)
        if opens is None or opens > max(day_of(fact.now), day_of(fact.at)):
            card.waiting.append(Waiting(fact.key, points, opens))
        else:
            card.credit(Lot(points, points, fact.at, self.last_day(opens), fact.key))

    def open(self, card: Card, now: datetime, order: str = "") -> int:
        """Points that waited for a day that has come, or for this order, are there; returns how many."""
        points = 0
        for each in list(card.waiting):
            at = morning_after(each.opens - timedelta(days=1)) if each.opens else now
            if at <= now and (each.opens or each.order == order):
                card.waiting.remove(each)
                card.credit(Lot(each.left, each.left, at, self.last_day(day_of(at)), each.order))
                points += each.left
        return points

    def deliver(self, fact: Fact, card: Card) -> Answer:
        """What an order's points waited for has happened; twice is no more than once."""
        order = self.orders.get(fact.order)
        if order is None or order.member != fact.member:
            raise Refused("not_found")
        if fact.at < order.at:
            raise Refused("before_purchase")
        return Answer(points=self.opened + self.open(card, fact.now, fact.order))

    def last_day(self, day: date) -> date | None:
        """The last day of points earned on a day (RULES 22)."""
        if self.terms.months is None:
            return None
        last = months_later(day, self.terms.months)
        if self.terms.rounding:
            month = (last.month - 1) // self.terms.rounding * self.terms.rounding + self.terms.rounding
            last = months_later(date(last.year, month, 1), 1) - timedelta(days=1)
        return last

    # C. Redeeming

    def issue(self, fact: Fact, card: Card) -> Answer:
        """Points are set aside in whole blocks (RULES 16-19)."""
        card.bury(fact.now)
        there, limits = card.available(fact.now), [fact.order_minor, self.terms.cap_minor]
        most = min([there // BLOCK, *(limit // BLOCK_MINOR for limit in limits if limit is not None)])
        points = most * BLOCK if fact.points is None else fact.points
        if fact.points is None and not points:
            raise Refused("nothing_to_redeem" if there < BLOCK else "discount_too_large")
        if points < BLOCK:
            raise Refused("nothing_to_redeem")
        if points % BLOCK:
            raise Refused("not_whole_blocks")
        value = points // BLOCK * BLOCK_MINOR
        if any(limit is not None and value > limit for limit in limits):
            raise Refused("discount_too_large")
        if points > there:
            raise Refused("not_enough_points")
        until = fact.now + timedelta(minutes=fact.minutes or CODE_MINUTES)
        self.codes[fact.key] = Code(fact.member, points, value, until, card.take(points))
        return Answer(points=-points, value=value)

    def close(self, fact: Fact, card: Card) -> Answer:
        """A code is used, or its points go back."""
        code = self.code(fact.code, fact.member)
        return Answer(points=self.close_code(code, fact.outcome, fact.now), value=code.value)

    def code(self, name: str, member: int) -> Code:
        """A member's own code."""
        code = self.codes.get(name)
        if code is None or code.member != member:
            raise Refused("not_found")
        return code

    def close_code(self, code: Code, outcome: str, now: datetime) -> int:
        """End a code; returns the points that went back: to their lots, or as grace (RULES 19, 29)."""
        if code.state != "reserved" or (outcome == "used" and now >= code.until):
            raise Refused("code_spent")
        code.state = outcome
        if outcome == "used":
            return 0
        self.cards[code.member].give_back(code.taken, now)
        return code.points

    # D. Expiry

    def night(self, fact: Fact, card: Card) -> Answer:
        """Lots die, codes run out, tiers come up for renewal, for everybody."""
        for member, each in enumerate(self.cards):
            each.bury(fact.now)
            for code in self.codes.values():
                if code.member == member and code.state == "reserved" and code.until <= fact.now:
                    self.close_code(code, "expired", fact.now)
            each.bury(fact.now)
            self.renew(member, fact.now)
        return Answer()

    # E. Refunds

    def refund(self, fact: Fact, card: Card) -> Answer:
        """Something came back: points are taken by what is still kept (RULES 28, 30)."""
        if fact.at > fact.now + timedelta(minutes=5):
            raise Refused("in_the_future")
        order = self.orders.get(fact.order)
        if order is None or order.member != fact.member:
            raise Refused("not_found")
        card.bury(fact.now)
        left = [line[0] - back for line, back in zip(order.lines, order.back, strict=True)]
        parts = [dict(fact.lines).get(place, 0) for place in range(1, len(left) + 1)]
        if not fact.lines:
            if fact.amount > sum(left):
                raise Refused("over_refund")
            parts = shares(fact.amount, left)
        if any(part > rest for part, rest in zip(parts, left, strict=True)):
            raise Refused("over_refund")
        with_it, at = self.history(fact.member, fact), self.instant(card, fact)
        order.back = [before + part for before, part in zip(order.back, parts, strict=True)]
        self.return_spent(card, order, fact.now)
        claw, order.clawed = self.due(order), order.clawed + self.due(order)
        waited = self.cancel(card, fact.order, claw)
        missing = claw - waited - sum(part for _lot, part in card.take(claw - waited, fact.order))
        if self.terms.policy == "allow_negative":
            card.owed += missing
        withheld = (
            min(missing * BLOCK_MINOR // BLOCK, sum(parts)) if self.terms.policy == "deduct_cash" else 0
        )
        if order.goods(parts):
            self.unlift(card, fact, with_it, at)
        borne = 0 if self.terms.policy == "allow_negative" else missing
        return Answer(-(claw - borne), value=sum(parts), shortfall=missing, withheld=withheld)

    @staticmethod
    def due(order: Order) -> int:
        """Points to take back now: the award less what the kept part is worth, less what was taken (28)."""
        kept = sum(
            exact * (Fraction(line[0] - back, line[0]) if line[0] else 1)
            for exact, line, back in zip(order.exact, order.lines, order.back, strict=True)
        )
        return max(0, order.award - int(kept) - order.clawed)

    @staticmethod
    def cancel(card: Card, order: str, points: int) -> int:
        """Points that still wait are taken first, and nothing else is touched for them (RULES 11)."""
        gone = 0
        for each in [each for each in card.waiting if each.order == order]:
            gone = min(each.left, points)
            each.left -= gone
            if not each.left:
                card.waiting.remove(each)
        return gone

    @staticmethod
    def return_spent(card: Card, order: Order, now: datetime) -> None:
        """Points spent on what came back return in proportion, to their own lots (RULES 29)."""
        spent, goods = sum(points for _lot, points in order.paid), order.goods()
        if not spent:
            return
        order.returned = order.returned or [0] * len(order.paid)
        points = spent * order.goods(order.back) // goods - sum(order.returned)
        parts = shares(
            points, [taken - back for (_lot, taken), back in zip(order.paid, order.returned, strict=True)]
        )
        order.returned = [back + part for back, part in zip(order.returned, parts, strict=True)]
        card.give_back([(lot, part) for (lot, _taken), part in zip(order.paid, parts, strict=True)], now)
        card.bury(now)

    # F. Tiers

    def spent(self, member: int, day: date, until: datetime) -> int:
        """Net spend of the twelve months that end with ``day`` (RULES 33)."""
        since = months_later(day, -12)
        mine = (order for order in self.orders.values() if order.member == member)
        return sum(order.net for order in mine if day_of(order.at) > since and order.at <= until)

    def lift(self, member: int, since: datetime, until: datetime | None = None) -> None:
        """Upgrades are dated at the order that reached them; a late order may lift later ones (4, 5, 13)."""
        card = self.cards[member]
        orders = sorted(order.at for order in self.orders.values() if order.member == member)
        for moment in (at for at in orders if at >= since and (until is None or at <= until)):
            reached = self.reached(self.spent(member, day_of(moment), moment))
            if reached > card.tier_at(moment):
                card.start(moment, reached)

    @staticmethod
    def reached(minor: int) -> int:
        """The highest tier that so much spend reaches."""
        return max(tier for tier, (threshold, _factor) in enumerate(TIERS) if minor >= threshold)

    def renew(self, member: int, until: datetime) -> None:
        """A year that ended: the tier is kept if it was earned again, else it falls (RULES 33)."""
        card = self.cards[member]
        while ended := next(card.ended(until), None):
            tier, end = ended
            reached = self.reached(self.spent(member, day_of(end) - timedelta(days=1), end))
            floor = tier - 1 if self.terms.renewal == "one_down" else 0
            card.start(end, max(reached, floor))

    @staticmethod
    def instant(card: Card, fact: Fact) -> datetime:
        """When a refund ends a tier: at its own instant, or now when the tier has changed since."""
        return fact.now if any(mark[0] > fact.at for mark in card.tiers) else fact.at

    def history(self, member: int, fact: Fact) -> list[tuple[datetime, int, datetime | None]]:
        """The tiers as they would be, had the orders come in order and their spend been what it is now."""
        until, again = self.instant(self.cards[member], fact), World(self.terms, len(self.cards))
        mine = sorted((order.at, key) for key, order in self.orders.items() if order.member == member)
        for at, key in mine:
            if at <= until:
                again.orders[key] = self.orders[key]
        for at, _key in mine:
            if at <= until:
                again.renew(member, at)
                again.lift(member, at, at)
        again.renew(member, until)
        return again.cards[member].tiers

    def unlift(self, card: Card, fact: Fact, with_it: list[Any], at: datetime) -> None:
        """An upgrade that would not have been reached without the refunded amount ends (RULES 32)."""
        if not card.tiers:
            return
        self.renew(fact.member, at)
        without = sorted(self.history(fact.member, fact), key=first)
        reached = ([0] + [mark[1] for mark in without])[-1]
        before = ([0] + [mark[1] for mark in sorted(with_it, key=first)])[-1]
        if reached < before and reached < card.tier_at(at):
            card.start(at, reached)
            if reached:
                card.tiers[-1] = (at, reached, without[-1][2])

    # H. Books

    def adjust(self, fact: Fact, card: Card) -> Answer:
        """Points given or taken by hand (RULES 44)."""
        card.bury(fact.now)
        if -fact.points > card.available(fact.now):
            raise Refused("not_enough_points")
        if fact.points > 0:
            card.credit(Lot(fact.points, fact.points, fact.at, self.last_day(day_of(fact.at))))
        else:
            card.take(-fact.points)
        return Answer(points=fact.points)


class Model:
    """The facts that were accepted, in the order of posting, and the answers they had."""

    def __init__(self, terms: Terms, members: int) -> None:
        self.terms, self.members = terms, members
        self.facts: list[Fact] = []
        self.answers: dict[tuple[str, str], tuple[tuple[Any, ...], Answer]] = {}

    def world(self) -> World:
        """Everything as it stands, from the first fact on."""
        world = World(self.terms, self.members)
        for fact in self.facts:
            world.apply(fact)
        return world

    def tell(self, fact: Fact) -> Answer:
        """The answer to a fact, which is kept unless it is refused or was known (RULES 14, 15)."""
        known = self.answers.get((fact.what, fact.key))
        if known is not None:
            if known[0] != fact.body:
                raise Refused("key_conflict")
            return replace(known[1], repeated=True)
        answer = self.world().apply(fact)
        self.facts.append(fact)
        if fact.what != "night":
            self.answers[fact.what, fact.key] = (fact.body, answer)
        return answer
