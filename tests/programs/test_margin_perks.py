"""What perks cost at worst reaches the margin guard: a discount for Gold comes on top of points (RULES 8)."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from programs.margin_guard import assess
from programs.margin_panel import panel_of
from programs.models import TierPerk
from programs.validation import validate
from tests.cast import Shop, open_shop

NOW = datetime(2026, 11, 15, 9, tzinfo=UTC)
GOLD = {"code": "eid", "tier": "gold", "kind": "extra_discount", "name_ar": "خصم العيد", "name_en": "Eid"}


@pytest.fixture
def draft(db: None) -> Shop:
    """A shop whose programme is still being written."""
    return open_shop("oasis", "0501234567", live=False)


def rates(shop: Shop) -> dict[str, Fraction]:
    """The worst rate of every tier."""
    assessed = assess(shop.version, now=NOW)
    assert assessed is not None
    worst: dict[str, Fraction] = {}
    for one in assessed.guard.combinations:
        worst[one.tier.code] = max(one.rate, worst.get(one.tier.code, Fraction(0)))
    return worst


@pytest.mark.parametrize("occasions", [[], ["eid-al-fitr"]])
def test_rule_08_ten_percent_off_for_gold_raises_golds_rate_by_ten_percent(
    draft: Shop, occasions: list[str]
) -> None:
    before = rates(draft)
    TierPerk.objects.create(version=draft.version, percent=10, occasions=occasions, **GOLD)
    after = rates(draft)
    assert after["gold"] == before["gold"] + Fraction(1, 10)
    assert {code: after[code] for code in ("bronze", "silver")} == {
        code: before[code] for code in ("bronze", "silver")
    }


def test_rule_08_an_amount_off_is_counted_at_the_smallest_order(draft: Shop) -> None:
    before = rates(draft)
    TierPerk.objects.create(version=draft.version, amount_minor=20_00, min_order_minor=400_00, **GOLD)
    assert rates(draft)["gold"] == before["gold"] + Fraction(20, 400)


@pytest.mark.parametrize(
    ("perk", "field"),
    [
        ({**GOLD, "tier": "diamond", "percent": 5}, "tier"),
        (GOLD, "percent"),
        ({**GOLD, "percent": 5, "amount_minor": 100}, "amount_minor"),
        ({**GOLD, "percent": 101}, "percent"),
        ({**GOLD, "percent": 5, "occasions": ["picnic"]}, "occasions"),
        ({**GOLD, "kind": "free_shipping", "percent": 5}, "percent"),
        ({**GOLD, "kind": "priority_support", "amount_minor": 5}, "amount_minor"),
        ({**GOLD, "kind": "early_access", "occasions": ["eid-al-fitr"]}, "occasions"),
        ({**GOLD, "name_en": "", "percent": 5}, "name_en"),
    ],
)
def test_a_perk_that_gives_nothing_is_refused(draft: Shop, perk: dict[str, Any], field: str) -> None:
    assert validate(draft.version) == []
    TierPerk.objects.create(version=draft.version, **perk)
    assert [problem.field for problem in validate(draft.version)] == [f"tierperk.eid.{field}"]


def test_a_higher_tier_that_gives_less_is_warned_of_and_allowed(draft: Shop) -> None:
    TierPerk.objects.create(version=draft.version, percent=5, **GOLD)
    silver = GOLD | {"code": "silver-eid", "tier": "silver"}
    TierPerk.objects.create(version=draft.version, percent=8, **silver)
    assert validate(draft.version) == []
    notes = panel_of(draft.version, now=NOW).notes
    assert any("Extra discount" in note or "خصم إضافي" in note for note in notes)


@pytest.mark.parametrize(("basis", "threshold"), [("visits", 20_000), ("points", 10**12)])
def test_a_tier_that_nobody_could_reach_is_refused(db: None, basis: str, threshold: int) -> None:
    shop = open_shop("oasis", "0501234567", live=False, tier_basis=basis)
    shop.version.tiers.filter(code="silver").update(threshold_minor=3)
    shop.version.tiers.filter(code="gold").update(threshold_minor=threshold)
    assert [problem.field for problem in validate(shop.version)] == ["tier.gold.threshold_minor"]
