"""Shops whose programme has caps, occasions or events: the blueprint with more beside it."""

from typing import Any

from programs.models import EarnCap, EarnRule, ProgrammeVersion
from programs.publishing import publish
from tests.cast import FOUNDED, Shop, open_shop


def open_with(
    slug: str = "oasis",
    phone: str = "0501234567",
    *,
    rules: list[dict[str, Any]] | None = None,
    caps: list[dict[str, Any]] | None = None,
    **terms: Any,
) -> Shop:
    """Open a shop with further ``rules`` and ``caps``; nothing is asked of a rule but its difference."""
    shop = open_shop(slug, phone, live=False, **terms)
    for rule in rules or ():
        add_rule(shop.version, **rule)
    for cap in caps or ():
        EarnCap.objects.create(version=shop.version, **cap)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return shop


def add_rule(version: ProgrammeVersion, **rule: Any) -> EarnRule:
    """Add a rule that doubles unless it says otherwise."""
    names = {"code": "extra", "name_ar": "إضافي", "name_en": "Extra", "factor": 2, "kind": "multiplier"}
    return EarnRule.objects.create(version=version, **(names | rule))
