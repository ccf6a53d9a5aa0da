"""What a paid membership gives its holders with a sale, at worst, as the margin guard counts it.

The fee is not set against it: who buys for a thousand riyals a month has the same fee as who buys once, so
no fee bounds the rate of an order. Points that only holders earn are counted by the guard itself, through
the condition ``plans``. Free shipping has no bound that the terms know (what a parcel costs is not written
there), so it is told on the page and not counted.
"""

from collections.abc import Iterator
from fractions import Fraction

from programs.extras import Extra
from programs.models import ProgrammeVersion
from programs.parts_read import active


def plan_extras(version: ProgrammeVersion) -> Iterator[Extra]:
    """The dearest holder's discount of a version, as a rate of the price with VAT.

    A member holds one plan at a time, so discounts of several plans never add up.
    """
    plans = (plan for plan in active(version.plans) if plan.discount_percent > 0)
    plan = max(plans, key=lambda one: one.discount_percent, default=None)
    if plan is not None:
        rate = Fraction(plan.discount_percent, 100)
        yield Extra(f"plan.{plan.code}", plan.name_ar, plan.name_en, rate=rate)
