"""The rules of refunds restated: what was earned goes, what was spent returns (RULES E). Pure."""

from datetime import datetime

from loyalty_site.simulation.cards import Order
from loyalty_site.simulation.earning import Earning
from loyalty_site.simulation.facts import BLOCK, Answer, Fact, Refused, shares


class Refunding(Earning):
    """Refunds of an amount or of lines."""

    def refund(self, fact: Fact, member: int) -> Answer:
        """Something came back: points are taken by what is still kept (RULES 28, 30)."""
        order = self.orders.get(fact.order)
        if order is None or not self.same(order.member, member):
            raise Refused("not_found")
        self.bury(member, fact.now)
        card, terms = self.cards[member], self.terms_at(fact.at)
        parts, before = self.parts(fact, order), self.spend(member)
        order.back = [back + part for back, part in zip(order.back, parts, strict=True)]
        self.return_spent(member, order, fact.now)
        claw = self.due(order)
        order.clawed += claw
        waited = self.cancel(card, fact.order, claw)
        missing = claw - waited - sum(part for _lot, part in card.take(claw - waited, fact.order))
        card.owed += missing if terms.policy == "allow_negative" else 0
        withheld = min(missing * terms.block_minor // BLOCK, sum(parts))
        if order.goods(parts):
            card.tiers.take_off(before, self.spend(member), fact.at, fact.now, terms.renewal)
        return Answer(
            points=-(claw if terms.policy == "allow_negative" else claw - missing),
            value=sum(parts),
            shortfall=missing,
            withheld=withheld if terms.policy == "deduct_cash" else 0,
        )

    @staticmethod
    def parts(fact: Fact, order: Order) -> list[int]:
        """What comes back of each line; an amount alone is spread over what is left of all."""
        left = [line[0] - back for line, back in zip(order.lines, order.back, strict=True)]
        parts = [dict(fact.lines).get(place, 0) for place in range(1, len(left) + 1)]
        if not fact.lines:
            if fact.amount > sum(left):
                raise Refused("over_refund")
            parts = shares(fact.amount, left)
        if any(part > rest for part, rest in zip(parts, left, strict=True)):
            raise Refused("over_refund")
        return parts

    @staticmethod
    def due(order: Order) -> int:
        """Points to take back now: the award less what the kept part is worth, less what was taken (28)."""
        kept = [
            exact * (line[0] - back) / line[0] if line[0] else exact
            for exact, line, back in zip(order.exact, order.lines, order.back, strict=True)
        ]
        return max(0, order.award - int(sum(kept)) - order.clawed)

    def return_spent(self, member: int, order: Order, now: datetime) -> None:
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
        returning = [(lot, part) for (lot, _taken), part in zip(order.paid, parts, strict=True)]
        self.give_back(member, returning, now)
        self.bury(member, now)
