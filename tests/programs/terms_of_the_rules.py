"""The programme of the worked examples: Bronze, Silver, Gold; one point per SAR; 500 points = 25 SAR."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from programs.asked import Conditions
from programs.rules import MemberState, Order, OrderLine
from programs.terms import RuleTerms, Terms, TierTerms

TIERS = (
    TierTerms("bronze", "برونزي", "Bronze", 0, Fraction(1)),
    TierTerms("silver", "فضي", "Silver", 150_000, Fraction(5, 4)),
    TierTerms("gold", "ذهبي", "Gold", 400_000, Fraction(3, 2)),
)
PER_SAR = RuleTerms("base", "أساس", "Base", "per_amount", points=1, per_minor=100)
STEP = RuleTerms("step", "خطوات", "Steps", "step", points=5, per_minor=250)
BIRTHDAY = RuleTerms(
    "birthday", "ميلاد", "Birthday", "multiplier", factor=Fraction(2), conditions=Conditions(birthday=True)
)
COFFEE = RuleTerms(
    "coffee",
    "قهوة",
    "Coffee",
    "multiplier",
    factor=Fraction(2),
    conditions=Conditions(categories=frozenset({"coffee"})),
)

TERMS = Terms(version_id=1, currency="SAR", zone="Asia/Riyadh", tiers=TIERS, rules=(PER_SAR,))

BRONZE, SILVER, GOLD = (MemberState(tier_code=tier.code) for tier in TIERS)

NOON = datetime(2026, 7, 1, 12, 0)


def terms(*rules: RuleTerms, **changes: Any) -> Terms:
    """The example programme with ``rules`` beside its base rule."""
    return replace(TERMS, rules=(PER_SAR, *rules), **changes)


def order(*lines: int | OrderLine, at: datetime = NOON, **facts: Any) -> Order:
    """An order of goods, amounts in halalas."""
    goods = tuple(OrderLine(line) if isinstance(line, int) else line for line in lines)
    return Order(lines=goods, occurred_local=at, **facts)
