"""RULES A through the API: what an order earns, and why."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Member
from programs import lifecycle
from programs.models import RuleKind, Stacking
from tests.api.selling import balance, buy, code_for, new_terms, paid_with
from tests.cast import NOW, Shop

SPEND_FOR = {"bronze": None, "silver": "1500.00", "gold": "4000.00"}


@pytest.fixture
def number(shop: Shop) -> str:
    return shop.member.number


def raise_to(api: Any, number: str, tier: str) -> None:
    """Let the member spend what the tier asks for, without points."""
    if spend := SPEND_FOR[tier]:
        buy(api, spend, number=number, award=False)


@pytest.mark.parametrize(("tier", "points"), [("bronze", 99), ("silver", 124), ("gold", 149)])
def test_rule_01_99_99_earns_by_tier(api: Any, number: str, tier: str, points: int) -> None:
    raise_to(api, number, tier)
    assert buy(api, "99.99", number=number)["points"] == points


def test_rule_01_the_order_is_floored_once(api: Any, number: str) -> None:
    two = buy(api, number=number, lines=[{"amount": "10.50"}, {"amount": "10.50"}])
    assert two["points"] == 21


@pytest.mark.parametrize(("tier", "points"), [("bronze", 5), ("silver", 6), ("gold", 7)])
def test_rule_02_steps_count_on_the_order(api: Any, shop: Shop, number: str, tier: str, points: int) -> None:
    new_terms(shop, only=True, rule={"code": "step", "kind": RuleKind.STEP, "points": 5, "per_minor": 250})
    raise_to(api, number, tier)
    assert buy(api, "3.00", number=number)["points"] == points


@pytest.mark.parametrize("tier", ["bronze", "silver", "gold"])
def test_rule_03_quote_and_award_are_equal(api: Any, till: Any, number: str, tier: str) -> None:
    raise_to(api, number, tier)
    body = {"member": number, "lines": [{"amount": "60.10", "category": "coffee"}, {"amount": "39.95"}]}
    quoted = till.post("purchases/quote", body, 200)
    assert balance(api, number)["available"] == 0  # a quote writes nothing
    awarded = till.post("purchases", body | {"order": "same"})
    assert (quoted.pop("token"), quoted.pop("expires_at")) == (None, None)  # nobody asked for a signed one
    assert {name: awarded[name] for name in quoted} == quoted
    assert quoted["reasons"][0]["text"] == "1 point per 1.00 SAR"


def test_rule_03_a_quote_names_its_rules_in_the_callers_language(shop: Shop, api: Any, number: str) -> None:
    from tests.api.conftest import Caller

    raise_to(api, number, "silver")
    body = {"member": number, "amount": "100"}
    said = [
        reason["text"] for reason in Caller(shop.key(), "ar").post("purchases/quote", body, 200)["reasons"]
    ]
    assert said[1].endswith("×1.25")
    assert all(not text.isascii() for text in said)


def test_rule_04_the_tier_before_prices_the_order(api: Any, number: str) -> None:
    buy(api, "1450.00", number=number, award=False)
    first, second = buy(api, "100", number=number), buy(api, "100", number=number)
    assert (first["points"], second["points"]) == (100, 125)
    assert first["tier"] == {"before": "bronze", "after": "silver"}


def test_rule_05_thresholds_are_exact(api: Any, number: str) -> None:
    assert buy(api, "1499.99", number=number)["tier"]["after"] == "bronze"
    assert balance(api, number)["tier"]["next"]["missing"] == "0.01"
    assert buy(api, "0.01", number=number)["tier"]["after"] == "silver"


def test_rule_05_a_first_order_may_reach_the_top_at_once(api: Any, number: str) -> None:
    from accounts.models import OutboxEvent

    answer = buy(api, "4200", number=number)
    assert answer["points"] == 4200
    assert answer["tier"] == {"before": "bronze", "after": "gold"}
    assert OutboxEvent.objects.filter(topic="tier.changed").count() == 1


def test_rule_06_points_paid_earn_nothing(api: Any, number: str) -> None:
    buy(api, "500", number=number)
    answer = buy(api, "100", number=number, **paid_with(code_for(api, number, 500)))
    assert (answer["points"], answer["paid_with_points"]) == (75, "25.00")


def test_rule_06_only_goods_earn(api: Any, number: str) -> None:
    lines = [
        {"amount": "100"},
        {"amount": "20", "kind": "shipping"},
        {"amount": "50", "kind": "gift_card"},
    ]
    assert buy(api, number=number, lines=lines)["points"] == 100


def test_rule_06_points_are_taken_from_the_goods(api: Any, number: str) -> None:
    buy(api, "500", number=number)
    lines = [{"amount": "60"}, {"amount": "40", "kind": "gift_card"}]
    assert buy(api, number=number, lines=lines, **paid_with(code_for(api, number, 500)))["points"] == 35


@pytest.mark.parametrize(
    ("stacking", "points"), [(Stacking.BEST_OF, 200), (Stacking.ADD, 250), (Stacking.MULTIPLY, 300)]
)
def test_rule_07_bonuses_stack_by_the_policy(
    api: Any, shop: Shop, number: str, stacking: Stacking, points: int
) -> None:
    born_on(shop.member, date(1990, 11, 15))
    new_terms(shop, stacking=stacking)
    raise_to(api, number, "gold")
    assert buy(api, "100", number=number)["points"] == points


def test_rule_07_bonuses_stack_per_line(api: Any, shop: Shop, number: str) -> None:
    new_terms(shop, rule={"code": "coffee", "factor": 2, "categories": ["coffee"]})
    raise_to(api, number, "gold")
    lines = [{"amount": "60", "category": "coffee"}, {"amount": "40"}]
    assert buy(api, number=number, lines=lines)["points"] == 180


def test_rule_09_the_birthday_bonus_comes_once(api: Any, shop: Shop, number: str) -> None:
    born_on(shop.member, date(1990, 11, 22))
    assert [buy(api, "100", number=number)["points"] for _order in range(2)] == [200, 100]


def test_rule_09_the_bonus_ends_with_its_window(api: Any, shop: Shop, number: str) -> None:
    born_on(shop.member, date(1990, 11, 23))
    assert buy(api, "100", number=number)["points"] == 100


def test_rule_09_a_leap_day_is_28_february_in_common_years(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    born_on(shop.member, date(1992, 2, 29))
    clock.move_to("2027-02-21T12:00:00+03:00")
    assert buy(api, "100", number=number)["points"] == 200


def test_rule_09_a_birthday_moved_after_a_bonus_earns_none_for_a_year(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    born_on(shop.member, date(1990, 11, 15))
    assert buy(api, "100", number=number)["points"] == 200
    api.patch(f"members/{number}", {"birthday": "1990-12-25"})
    clock.move_to("2026-12-25T12:00:00+03:00")
    assert buy(api, "100", number=number)["points"] == 100


def test_rule_12_an_order_belongs_to_the_merchants_day(api: Any, number: str, clock: Any) -> None:
    clock.move_to("2027-01-02T12:00:00+03:00")
    buy(api, "100", number=number, occurred_at="2026-12-31T22:30:00Z")
    entry = api.get(f"members/{number}/statement")["results"][0]
    assert entry["day"] == "2027-01-01"
    assert balance(api, number)["next_expiry"]["expires_on"] == "2028-01-01"


def test_rule_13_history_outside_the_window_moves_tiers_and_earns_nothing(api: Any, number: str) -> None:
    late = buy(api, "1500", number=number, occurred_at="2026-09-01T10:00:00+03:00")
    assert (late["points"], late["tier"]["after"]) == (0, "silver")
    assert late["reasons"][0]["code"] == "outside_window"


def test_rule_13_a_late_order_keeps_its_own_date_rule_tier_and_last_day(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    clock.move_to("2026-11-16T09:00:00Z")
    new_terms(shop, rule={"code": "double", "factor": "2"})
    buy(api, "1500", number=number, occurred_at="2026-11-16T09:00:00+03:00")
    late = buy(api, "100", number=number, occurred_at="2026-11-10T10:00:00+03:00")
    assert (late["points"], late["tier"]["after"]) == (100, "silver")  # that day's rule, at that day's tier
    assert {"points": 100, "expires_on": "2027-11-10"} in [
        {name: lot[name] for name in ("points", "expires_on")}
        for lot in api.get(f"members/{number}/points")["lots"]
    ]


def test_rule_13_an_order_of_a_past_pause_earns_nothing(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    programme = shop.version.programme
    lifecycle.pause(programme=programme, now=timezone.now())
    clock.move_to("2026-11-17T09:00:00Z")
    lifecycle.resume(programme=programme, now=timezone.now())
    during = buy(api, "100", number=number, occurred_at="2026-11-16T10:00:00+03:00")
    assert (during["points"], during["reasons"][0]["code"]) == (0, "paused")
    assert buy(api, "100", number=number, occurred_at="2026-11-14T10:00:00+03:00")["points"] == 100
    assert buy(api, "100", number=number)["points"] == 100


def born_on(member: Member, day: date) -> None:
    """Give the member a birthday they have always had."""
    Member.objects.filter(pk=member.pk).update(birthday=day)


def test_now_is_what_the_tests_think_it_is(api: Any, number: str) -> None:
    assert buy(api, "1", number=number)["occurred_at"] == NOW.isoformat().replace("+00:00", "Z")
