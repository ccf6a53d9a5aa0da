"""The member's tier on their page: what it gives, what is missing, the same figure wherever it is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction

from campaigns.models import Message, Recipe, RecipeKind
from campaigns.planning import plan
from campaigns.recipes import install_recipes
from ledger.bulk.sweeping import evaluate_tiers
from programs.models import ProgrammeVersion, TierPerk
from programs.publishing import publish
from tests.api.conftest import Caller
from tests.cast import FOUNDED, Shop, open_shop
from tests.portal.conftest import Buy, Visitor, words

PERKS: tuple[dict[str, Any], ...] = (
    {"code": "delivery", "tier": "silver", "kind": "free_shipping", "name_ar": "توصيل مجاني",
     "name_en": "Free delivery", "min_order_minor": 100_00},
    {"code": "delivery-gold", "tier": "gold", "kind": "free_shipping", "name_ar": "توصيل مجاني",
     "name_en": "Free delivery", "min_order_minor": 100_00},
    {"code": "national-day", "tier": "gold", "kind": "extra_discount", "name_ar": "خصم المناسبات",
     "name_en": "Occasion discount", "percent": 10, "occasions": ["national-day"]},
    {"code": "hotline", "tier": "gold", "kind": "priority_support", "name_ar": "أولوية الخدمة",
     "name_en": "Priority support"},
)  # fmt: skip


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    """A shop whose tiers have perks."""
    opened = open_shop("oasis", "0501234567", live=False)
    TierPerk.objects.bulk_create(TierPerk(version=opened.version, **perk) for perk in PERKS)
    publish(version=opened.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    install_recipes(merchant=opened.merchant, now=FOUNDED)
    return opened


def test_rule_34_the_page_the_api_and_the_message_tell_one_figure(
    member: Visitor, buy: Buy, clock: time_machine.Traveller, shop: Shop
) -> None:
    buy(1600_00, at=datetime(2026, 1, 10, 9, tzinfo=UTC))  # Silver until 10 January 2027
    buy(1350_00, at=datetime(2026, 6, 1, 9, tzinfo=UTC))  # what the renewal will see
    keep = Recipe.objects.get(merchant=shop.merchant, kind=RecipeKind.KEEP_TIER)
    clock.move_to(datetime(2026, 12, 11, 20, 59, tzinfo=UTC))
    assert plan(recipe=keep, now=datetime(2026, 12, 11, 20, 59, tzinfo=UTC)) == 0
    clock.move_to(datetime(2026, 12, 11, 21, 0, tzinfo=UTC))  # thirty days before 11 January
    assert plan(recipe=keep, now=datetime(2026, 12, 11, 21, 0, tzinfo=UTC)) > 0
    assert plan(recipe=keep, now=datetime(2026, 12, 12, 21, 0, tzinfo=UTC)) == 0
    (told,) = Message.objects.filter(recipe=keep, channel="inbox")
    member.enter()
    assert "Spend 150 SAR more by 10 January 2027 to keep Silver" in words(member.get())
    tier = Caller(shop.key()).get(f"members/{shop.member.number}/balance")["tier"]
    assert (tier["until"], tier["to_keep"]) == ("2027-01-10", "150.00")
    assert tier["to_keep_text"] == "Spend 150 SAR more by 10 January 2027 to keep Silver"
    assert (told.context["missing_minor"], told.context["date"]) == (15_000, "2027-01-10")
    for paid, after in ((150_00, "silver"), (149_99, "bronze")):
        with transaction.atomic():
            buy(paid, at=datetime(2027, 1, 10, 20, 59, tzinfo=UTC))
            evaluate_tiers(now=datetime(2027, 1, 10, 21, 0, tzinfo=UTC))
            shop.member.balance.refresh_from_db()
            assert shop.member.balance.tier_code == after
            transaction.set_rollback(True)


def test_a_member_reads_what_the_level_gives_and_what_the_next_one_adds(member: Visitor, buy: Buy) -> None:
    said = words(member.get())
    assert "What Silver adds Free delivery, from 100 SAR on" in said
    assert "Spend 1,500 SAR more to reach Silver" in said
    buy(1600_00)
    said = words(member.get())
    assert "Your level: Silver Free delivery, from 100 SAR on" in said
    adds = "What Gold adds Occasion discount: 10% off, during National Day Priority support"
    assert adds in said
    assert "Spend 2,400 SAR more by 14 November 2027 to reach Gold" in said
    assert "Free delivery, from 100 SAR on" in words(member.get("terms/"))


def test_perks_read_arabic_in_arabic(member: Visitor, buy: Buy) -> None:
    buy(1600_00)
    member.post("language/", language="ar")
    said = words(member.get())
    assert "خصم المناسبات: خصم 10%" in said
    assert "اليوم الوطني" in said


@pytest.mark.parametrize(
    ("amount", "day", "off"),
    [("99.95", "2026-09-23", "10.00"), ("99.94", "2026-09-23", "9.99"), ("99.95", "2026-09-24", None)],
)
def test_a_quote_tells_the_till_what_to_take_off(
    member: Visitor,
    buy: Buy,
    shop: Shop,
    clock: time_machine.Traveller,
    amount: str,
    day: str,
    off: str | None,
) -> None:
    buy(4200_00, at=datetime(2026, 9, 1, 9, tzinfo=UTC))
    clock.move_to(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    asked = {"member": shop.member.number, "amount": amount}
    quoted = Caller(shop.key()).post("purchases/quote", asked, 200)
    said = {perk["code"]: perk["off"] for perk in quoted["perks"]}
    assert said == ({"national-day": off} if off else {})
    assert quoted["tier_perks"] == ["delivery-gold", "national-day", "hotline"]
    bought = Caller(shop.key()).post(
        "purchases", {**asked, "order": "P-1", "occurred_at": f"{day}T12:00:00Z"}
    )
    assert bought["perks"] == quoted["perks"]


def test_the_programme_tells_its_tiers_with_their_perks(shop: Shop) -> None:
    told = Caller(shop.key()).get("programme")
    assert (told["tiers_count"], told["tiers_window"]) == ("spend", "trailing_12")
    gold = told["tiers"][-1]
    assert (gold["from_spend"], gold["from_count"]) == ("4000.00", None)
    assert [perk["text"] for perk in gold["perks"]] == [
        "Free delivery, from 100 SAR on",
        "Occasion discount: 10% off, during National Day",
        "Priority support",
    ]


def test_a_copied_draft_keeps_its_perks(shop: Shop) -> None:
    from programs.publishing import draft_of

    draft = draft_of(programme=shop.version.programme)
    assert isinstance(draft, ProgrammeVersion)
    assert list(draft.perks.values_list("code", flat=True)) == [perk["code"] for perk in PERKS]


@pytest.mark.parametrize(
    ("basis", "threshold", "reach", "least"),
    [
        ("points", 1_500, "Earn 1,500 points more with purchases to reach Silver", "1500"),
        ("visits", 3, "3 visits more to reach Silver", "3"),
    ],
)
def test_figures_carry_the_unit_that_tiers_count(
    db: None, clock: time_machine.Traveller, basis: str, threshold: int, reach: str, least: str
) -> None:
    opened = open_shop("pearl", "0501234567", live=False, tier_basis=basis)
    opened.version.tiers.filter(code="silver").update(threshold_minor=threshold)
    opened.version.tiers.filter(code="gold").update(threshold_minor=threshold * 3)
    publish(version=opened.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    visitor = Visitor(opened)
    visitor.enter()
    visitor.post("language/", language="en")
    assert reach in words(visitor.get())
    tier = Caller(opened.key()).get(f"members/{opened.member.number}/balance")["tier"]
    assert (tier["counts"], tier["next"]["missing"], tier["next"]["text"]) == (basis, least, reach)
    silver = Caller(opened.key()).get("programme")["tiers"][1]
    assert (silver["from_spend"], silver["from_count"]) == (None, threshold)
