"""From a row of the programme to what it asks, as the plain value the kernel knows."""

from typing import Any

from programs.asked import Conditions


def conditions_of(row: Any) -> Conditions:
    """The conditions of a rule, a card or a challenge; what a row cannot ask, it does not ask."""
    return Conditions(
        days_of_week=frozenset(row.days_of_week),
        from_time=row.from_time,
        to_time=row.to_time,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        branches=frozenset(row.branches),
        categories=frozenset(row.categories),
        channels=frozenset(row.channels),
        tiers=frozenset(row.tiers),
        min_amount_minor=row.min_amount_minor,
        birthday=getattr(row, "is_birthday", False),
        birthday_window_days=getattr(row, "birthday_window_days", 7),
        products=frozenset(row.products),
        occasions=frozenset(row.occasions),
        segments=frozenset(row.segments),
        plans=frozenset(row.plans),
        nth_purchase=getattr(row, "nth_purchase", None) or 0,
        nth_repeats=getattr(row, "nth_repeats", True),
    )
