"""The rules of redeeming restated: points set aside, used, or given back (RULES C). Pure."""

from datetime import datetime, timedelta

from loyalty_site.simulation.cards import Code
from loyalty_site.simulation.facts import (
    BLOCK,
    CODE_MINUTES,
    GIFT_MINUTES,
    NAMES,
    Answer,
    Fact,
    Refused,
)
from loyalty_site.simulation.ground import Ground


class Redeeming(Ground):
    """Codes: for money off in whole blocks, or for a gift by its name."""

    def issue(self, fact: Fact, member: int) -> Answer:
        """Points are set aside, those that die first before the others (RULES 16-19)."""
        self.bury(member, fact.now)
        card, terms = self.cards[member], self.terms_at(fact.now)
        there = card.available(self.today(fact.now))
        if fact.gift:
            if terms.gift_tiers and NAMES[card.tiers.newest] not in terms.gift_tiers:
                raise Refused("reward_unavailable")
            points, value, minutes = terms.gift, 0, GIFT_MINUTES
        else:
            points, minutes = self.blocks(fact, there), CODE_MINUTES
            value = points // BLOCK * terms.block_minor
        if points > there:
            raise Refused("not_enough_points")
        until = fact.now + timedelta(minutes=fact.minutes or minutes)
        self.codes[fact.key] = Code(member, points, value, until, card.take(points), fact.gift)
        return Answer(points=-points, value=value)

    def blocks(self, fact: Fact, there: int) -> int:
        """As many points as were asked for, or the most that the order and the cap allow (RULES 16, 17)."""
        terms = self.terms_at(fact.now)
        limits = [limit for limit in (fact.order_minor, terms.cap_minor) if limit is not None]
        most = min([there // BLOCK, *(limit // terms.block_minor for limit in limits)])
        points: int = most * BLOCK if fact.points is None else fact.points
        if fact.points is None and not points:
            raise Refused("nothing_to_redeem" if there < BLOCK else "discount_too_large")
        if points < BLOCK:
            raise Refused("nothing_to_redeem")
        if points % BLOCK:
            raise Refused("not_whole_blocks")
        if any(points // BLOCK * terms.block_minor > limit for limit in limits):
            raise Refused("discount_too_large")
        return points

    def close(self, fact: Fact, member: int) -> Answer:
        """A code is used, or its points go back."""
        code = self.code(fact.code, member)
        return Answer(points=self.close_code(code, fact.outcome, fact.now), value=code.value)

    def code(self, name: str, member: int) -> Code:
        """A code of the member's own, by whichever of their records."""
        code = self.codes.get(name)
        if code is None or not self.same(code.member, member):
            raise Refused("not_found")
        return code

    def close_code(self, code: Code, outcome: str, now: datetime) -> int:
        """End a code; returns the points that went back: to their lots, or as grace (RULES 19, 29)."""
        if code.state != "reserved" or (outcome == "used" and now >= code.until):
            raise Refused("code_spent")
        code.state = outcome
        if outcome == "used":
            return 0
        self.give_back(self.heads[code.member], code.taken, now)
        return code.points
