"""What an event that is no purchase earns, and why: a review, a check-in, a bag brought back. Pure.

Any word may name an event (``programs.triggers``). It gives fixed points: tiers multiply purchases alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from programs.capping import ZERO, uses_of, within_all, within_rules
from programs.conditions import holds
from programs.occasions import Days
from programs.rules import Award, MemberState, facts_of
from programs.telling import NOTHING, cut_reasons, gained, told
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that is no purchase, as the rules see it: a review, a check-in, anything with a name."""

    name: str
    occurred_local: datetime
    amount_minor: int = 0
    branch: str = ""
    channel: str = ""
    occasions: tuple[Days, ...] = ()


def award_event(happening: Happening, member: MemberState, terms: Terms) -> Award:
    """What an event earns ``member``: the fixed points of every rule it sets off, within their caps."""
    earned = _award_event(happening, member, terms)
    if not (member.plan and terms.plan_rules):
        return earned
    without = _award_event(happening, replace(member, plan=""), terms)
    gave = gained(member.plan, earned.points - without.points, terms)
    return replace(earned, reasons=(*earned.reasons, *gave))


def _award_event(happening: Happening, member: MemberState, terms: Terms) -> Award:
    place = (happening.branch, happening.channel, happening.occasions)
    facts = facts_of(happening.occurred_local, happening.amount_minor, *place, member=member, terms=terms)
    rules = [rule for rule in terms.event_rules.get(happening.name, ()) if holds(rule.conditions, facts)]

    def price(closed: frozenset[str]) -> list[Fraction]:
        return [Fraction(rule.points) if rule.code not in closed else ZERO for rule in rules]

    capped = [rule for rule in rules if rule.code in terms.caps_of]
    left = within_all(within_rules(price, capped, terms, member.used), terms, member.used)
    given = [rule for rule, points in zip(rules, left.lines, strict=True) if points]
    named = [told(terms.reasons[rule.code], rule.code, facts, terms) for rule in given]
    named += cut_reasons(left, terms) or ([] if given else [NOTHING])
    return Award(left.points, 0, 0, (), tuple(named), uses=uses_of(left, terms))
