"""What the fee of a paid membership earns, where its plan says that it does. Pure.

As much as goods of that price would by the plain rule and the tier: rules that ask for something, and
caps, are about purchases.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from programs.asked import Conditions
from programs.rules import Award, MemberState, Order, OrderLine, award
from programs.terms import Terms

NOTHING_ASKED = Conditions()


def fee_award(amount_minor: int, tier_code: str, paid_at: datetime, terms: Terms) -> Award:
    """The award of a fee of ``amount_minor``."""
    plain = tuple(rule for rule in terms.base_rules if rule.conditions == NOTHING_ASKED)
    order = Order((OrderLine(amount_minor),), paid_at.astimezone(ZoneInfo(terms.zone)))
    return award(order, MemberState(tier_code), replace(terms, rules=plain, caps=()))
