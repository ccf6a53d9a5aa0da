"""What anybody may be promised for a price, whoever they are. Pure."""

from dataclasses import replace
from datetime import datetime

from programs.rules import MemberState, Order, OrderLine, award
from programs.terms import Terms

ORDERS = 1
"""Somebody who bought before: what a first order alone would earn is not promised."""


def plain_points(price_minor: int, *, category: str, local: datetime, terms: Terms) -> int:
    """What goods of this price earn a member of the lowest tier by the base rules alone.

    Bonuses, occasions and caps are left out: they depend on who buys, when, and what they bought before.
    """
    plain = replace(terms, rules=terms.base_rules, caps=(), plans=())
    order = Order((OrderLine(price_minor, category=category),), local)
    return award(order, MemberState(orders=ORDERS), plain).points
