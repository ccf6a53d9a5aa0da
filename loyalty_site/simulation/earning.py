"""The rules of earning restated: orders, quotes, birthdays, points that wait (RULES A). Pure."""

import pickle
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from loyalty_site.simulation.cards import Card, Code, Order, Waiting
from loyalty_site.simulation.facts import (
    CLAIM_DAYS,
    QUOTE_MINUTES,
    TIERS,
    Answer,
    Fact,
    Refused,
    Terms,
    birthday_near,
    day_of,
    morning_after,
    shares,
)
from loyalty_site.simulation.ground import Quote, last_day
from loyalty_site.simulation.redeeming import Redeeming

Priced = tuple[list[Fraction], Terms, int | None]
"""Exact points per line, the terms that gave them, and the year of the birthday whose bonus is in them."""


class Earning(Redeeming):
    """What an order earns and when its points are there."""

    def buy(self, fact: Fact, member: int) -> Answer:
        """An order: priced by the tier held before it, at its date, or as it was quoted (RULES 1-7, 13)."""
        card, codes = self.cards[member], [self.code(name, member) for name in fact.codes]
        quote = self.quoted(fact, member) if fact.quote else None
        terms = self.terms_at(fact.at)
        card.tiers.renew(self.spend(member), fact.at, terms.renewal)
        paid = self.paid(fact, codes, terms)
        exact, terms, birthday = self.honoured(quote, fact) if quote else self.priced(fact, member, paid)
        for code in codes:
            if code.gift:
                raise Refused("reward_unavailable")
            self.close_code(code, "used", fact.now)
        award, used = int(sum(exact)), [part for code in codes for part in code.taken]
        nothing = [0] * len(fact.lines)
        order = Order(member, fact.at, fact.lines, exact, award, nothing, used)
        if terms.daily is not None:
            order.capped_on = quote.day if quote else day_of(fact.at)
        self.orders[fact.key] = order
        if award:
            self.award(member, fact, award, terms)
            self.birthdays += [(member, birthday)] if birthday else []
        card.tiers.lift_later(self.spend(member), fact.at)  # reprices none of the later ones
        return Answer(points=award, value=paid)

    @staticmethod
    def paid(fact: Fact, codes: list[Code], terms: Terms) -> int:
        """What codes take off: never more than the goods or the cap (RULES 17)."""
        paid = sum(code.value for code in codes)
        goods = sum(amount for amount, kind, _category in fact.lines if kind == "goods")
        if paid > goods or (terms.cap_minor is not None and paid > terms.cap_minor):
            raise Refused("discount_too_large")
        return paid

    def priced(self, fact: Fact, member: int, paid: int) -> Priced:
        """What the order earns by the rules: goods less what points paid, times the best factor, per line."""
        card, terms = self.cards[member], self.terms_at(fact.at)
        goods = [amount if kind == "goods" else 0 for amount, kind, _category in fact.lines]
        birthday = self.birthday(member, fact)
        tier = TIERS[card.tiers.at(fact.at)][1]
        exact = [
            Fraction(base - off, 100)
            * max(tier, Fraction(2 if birthday else 0), Fraction(terms.coffee if category == "coffee" else 0))
            * self.earns(fact)
            for base, off, (_amount, _kind, category) in zip(
                goods, shares(paid, goods), fact.lines, strict=True
            )
        ]
        return self.capped(exact, member, fact, terms), terms, birthday

    def capped(self, exact: list[Fraction], member: int, fact: Fact, terms: Terms) -> list[Fraction]:
        """No more than the day leaves, less what open quotes keep; cut from the lines alike (RULES 3, 10)."""
        points = int(sum(exact))
        if terms.daily is None or not points:
            return exact
        day = day_of(fact.at)
        orders = [order for order in self.orders.values() if self.same(order.member, member)]
        used = sum(order.award - order.clawed for order in orders if order.capped_on == day)
        for quote in self.quotes.values():
            keeps = quote.is_open and quote.until > fact.now and quote.terms.daily is not None
            if keeps and quote.day == day and self.same(quote.member, member):
                used += int(sum(quote.exact))
        allowed = min(points, max(0, terms.daily - used))
        return exact if allowed == points else [line * allowed / sum(exact) for line in exact]

    def earns(self, fact: Fact) -> bool:
        """By its own choice, or in the claim window unless the programme had stopped (RULES 13, 26)."""
        if fact.award is not None:
            return bool(fact.award)
        in_window = fact.at >= fact.now - timedelta(days=CLAIM_DAYS)
        stopped = any(at <= fact.at and (until is None or fact.at < until) for at, until in self.stops)
        return in_window and not stopped

    def birthday(self, member: int, fact: Fact) -> int | None:
        """The birthday whose bonus is still to be had: once a year; a quote may keep it (RULES 3, 9)."""
        born = self.cards[member].born
        year = birthday_near(born, day_of(fact.at)) if born else None
        had = {given for who, given in self.birthdays if self.same(who, member)}
        for quote in self.quotes.values():
            if self.same(quote.member, member) and quote.is_open and quote.until > fact.now:
                had.add(quote.birthday or 0)
        return None if year in had else year

    # Quotes

    def sign(self, fact: Fact, member: int) -> Answer:
        """The answer that the order would have now, and the promise to keep to it for some minutes."""
        trial = pickle.loads(pickle.dumps(self))  # noqa: S301 (our own)
        trial.open(member, fact.now)
        answer: Answer = trial.buy(fact, member)
        trial.bury(member, fact.now)
        birthday = self.birthday(member, fact) if answer.points else None
        self.quotes[fact.key] = trial.kept(member, fact, birthday)
        self.cards[member].posted += 1
        card = trial.cards[member]
        return replace(answer, available=card.available(self.today(fact.now)), owed=card.owed)

    def kept(self, member: int, fact: Fact, birthday: int | None) -> Quote:
        """An order that was tried, as a quote."""
        until, exact = fact.now + timedelta(minutes=QUOTE_MINUTES), self.orders[fact.key].exact
        terms = self.terms_at(fact.at)
        return Quote(member, fact.lines, fact.codes, exact, terms, birthday, until, day_of(fact.at))

    def quoted(self, fact: Fact, member: int) -> Quote:
        """The member's own quote."""
        quote = self.quotes.get(fact.quote)
        if quote is None or not self.same(quote.member, member):
            raise Refused("not_found")
        return quote

    @staticmethod
    def honoured(quote: Quote, fact: Fact) -> Priced:
        """A quote holds once, in time, for what it was made for, whatever was published since (RULES 3)."""
        if not quote.is_open or quote.until <= fact.now:
            raise Refused("quote_over")
        if (quote.lines, quote.codes) != (fact.lines, fact.codes):
            raise Refused("quote_mismatch")
        quote.is_open = False
        return quote.exact, quote.terms, quote.birthday

    # Points that wait

    def award(self, member: int, fact: Fact, points: int, terms: Terms) -> None:
        """Points are there at once or wait for a day or the delivery, and live from then on (RULES 11)."""
        opens = None if terms.hold == -1 else day_of(fact.at) + timedelta(days=terms.hold)
        if opens is None or opens > max(day_of(fact.now), day_of(fact.at)):
            self.cards[member].waiting.append(Waiting(fact.key, points, opens, terms))
        else:
            self.put(member, points, fact.at, last_day(terms, opens), fact.now, order=fact.key)

    def open(self, member: int, now: datetime, order: str = "") -> int:
        """Points that waited for a day that has come, or for this order, are there; returns how many."""
        card, points = self.cards[member], 0
        for each in sorted(card.waiting, key=lambda each: bool(each.opens) is False):
            at = morning_after(each.opens - timedelta(days=1)) if each.opens else now
            if at <= now and (each.opens or each.order == order):
                card.waiting.remove(each)
                self.put(member, each.left, at, last_day(each.terms, day_of(at)), now, order=each.order)
                points += each.left
        return points

    def deliver(self, fact: Fact, member: int) -> Answer:
        """What an order's points waited for has happened; twice is no more than once."""
        order = self.orders.get(fact.order)
        if order is None or not self.same(order.member, member):
            raise Refused("not_found")
        if fact.at < order.at:
            raise Refused("before_purchase")
        return Answer(points=self.opened + self.open(member, fact.now, fact.order))

    def cancel(self, card: Card, order: str, points: int) -> int:
        """Points that still wait are taken first, and nothing else is touched for them (RULES 11)."""
        gone = 0
        for each in [each for each in card.waiting if each.order == order]:
            gone = min(each.left, points)
            each.left -= gone
            if not each.left:
                card.waiting.remove(each)
        return gone
