"""What orders count for tiers, as the database works it out and for a row at hand (RULES 33)."""

from collections.abc import Mapping
from typing import Final

from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.expressions import Combinable

from ledger.models import Purchase
from programs.terms import TierBasis
from programs.tiering import counted

NET: Final[Mapping[TierBasis, Combinable]] = {
    "spend": F("spend_minor") - F("refunded_spend_minor"),
    "points": F("points") - F("clawed_points"),
    "visits": Case(
        When(spend_minor__gt=F("refunded_spend_minor"), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    ),
}
"""Of a purchase, less what came back of it; the same as ``programs.tiering.counted``."""


def count_of(purchase: Purchase, basis: TierBasis, *, spend_minor: int = 0, points: int = 0) -> int:
    """What ``purchase`` counts, once a further refund has taken this much off its spend and its points."""
    return counted(
        basis,
        spend_minor=purchase.spend_minor - purchase.refunded_spend_minor - spend_minor,
        points=purchase.points - purchase.clawed_points - points,
    )
