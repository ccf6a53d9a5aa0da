"""RULES E through the API: points go back from the award as it was stored."""

from typing import Any

import pytest

from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.posting import post
from programs.models import NegativePolicy
from tests.api.selling import ORDERS, balance, buy, code_for, new_terms
from tests.cast import NOW, Shop


@pytest.fixture
def number(shop: Shop) -> str:
    return shop.member.number


def refund(api: Any, order: str, amount: str | None = None, *, status: int = 201, **more: Any) -> Any:
    """Send a refund and return the answer."""
    body: dict[str, Any] = {"refund": f"r-{next(ORDERS)}", "order": order} | more
    if amount is not None:
        body["amount"] = amount
    return api.post("refunds", body, status)


def test_rule_28_an_amount_takes_back_its_part(api: Any, number: str) -> None:
    buy(api, "4000", number=number, award=False)
    assert buy(api, "99.99", number=number, order="A-1")["points"] == 149
    assert refund(api, "A-1", "33.33")["points"] == -50


@pytest.mark.parametrize("slices", [["99.99"], ["33.33"] * 3, ["0.01"] * 9 + ["99.90"], ["50.00", "49.99"]])
def test_rule_28_any_slicing_ends_at_the_award(api: Any, number: str, slices: list[str]) -> None:
    buy(api, "4000", number=number, award=False)
    buy(api, "99.99", number=number, order="A-1")
    assert sum(refund(api, "A-1", part)["points"] for part in slices) == -149
    assert refund(api, "A-1", "0.01", status=422)["code"] == "over_refund"
    assert balance(api, number)["available"] == 0


def test_rule_28_lines_remember_what_they_earned(api: Any, shop: Shop, number: str, clock: Any) -> None:
    new_terms(shop, rule={"code": "coffee", "factor": 2, "categories": ["coffee"]})
    lines = [{"amount": "60", "category": "coffee"}, {"amount": "40"}]
    assert buy(api, number=number, order="A-1", lines=lines)["points"] == 160
    clock.shift(60)
    new_terms(shop, rule={"code": "later", "factor": 3})
    assert refund(api, "A-1", lines=[{"position": 1, "amount": "60"}])["points"] == -120
    assert refund(api, "A-1", lines=[{"position": 1, "amount": "0.01"}], status=422)["code"] == "over_refund"
    assert refund(api, "A-1", lines=[{"position": 3, "amount": "1"}], status=422)["code"] == "over_refund"


def test_rule_30_points_that_are_gone_are_owed(api: Any, number: str) -> None:
    buy(api, "500", number=number, order="A-1")
    code_for(api, number, 500)
    answer = refund(api, "A-1", "20")
    assert (answer["points"], answer["points_missing"], answer["withhold"]) == (-20, 20, "0.00")
    assert {name: balance(api, number)[name] for name in ("available", "owed")} == {
        "available": 0,
        "owed": 20,
    }
    paid = buy(api, "50", number=number)
    assert (paid["points"], paid["balance"]["available"], paid["balance"]["owed"]) == (50, 30, 0)


def test_rule_30_clamp_leaves_the_shortfall_to_the_merchant(api: Any, shop: Shop, number: str) -> None:
    new_terms(shop, negative_policy=NegativePolicy.CLAMP)
    buy(api, "500", number=number, order="A-1")
    code_for(api, number, 500)
    answer = refund(api, "A-1", "20")
    assert (answer["points"], answer["points_missing"], answer["balance"]["owed"]) == (0, 20, 0)


def test_rule_30_deduct_cash_says_how_much(api: Any, shop: Shop, number: str) -> None:
    new_terms(shop, negative_policy=NegativePolicy.DEDUCT_CASH)
    buy(api, "500", number=number, order="A-1")
    code_for(api, number, 500)
    answer = refund(api, "A-1", "20")
    assert (answer["withhold"], answer["balance"]["owed"]) == ("1.00", 0)


def test_a_refund_sent_twice_is_one(api: Any, number: str) -> None:
    buy(api, "100", number=number, order="A-1")
    first = refund(api, "A-1", "40", refund="R-1")
    assert refund(api, "A-1", "40.00", refund="R-1") == first
    assert refund(api, "A-1", "41", refund="R-1", status=409)["code"] == "key_conflict"
    assert balance(api, number)["available"] == 60


def test_a_refund_of_nothing_known_is_not_found(api: Any, number: str) -> None:
    assert refund(api, "nowhere", "1", status=404)["code"] == "not_found"


def test_a_sale_of_the_till_is_refunded_by_its_source(api: Any, shop: Shop, number: str) -> None:
    event = PurchaseMade(
        merchant_id=shop.merchant.pk,
        member_id=shop.member.pk,
        occurred_at=NOW,
        source="till",
        key="T-1",
        actor="test",
        lines=(LineItem(10000),),
    )
    post(event, now=NOW)
    refund(api, "T-1", "10", status=404)
    assert refund(api, "T-1", "10", source="till")["points"] == -10


@pytest.mark.parametrize("paid_as", ["cash", "store_credit"])
def test_rule_31_ten_loops_leave_nothing_however_the_money_goes_back(
    api: Any, number: str, paid_as: str
) -> None:
    for loop in range(10):
        buy(api, "149", number=number, order=f"L-{loop}")
        body = {"refund": f"B-{loop}", "order": f"L-{loop}", "amount": "149", "paid_as": paid_as}
        assert api.post("refunds", body)["points"] == -149
    assert (balance(api, number)["available"], balance(api, number)["owed"]) == (0, 0)


def test_rule_29_points_whose_lot_died_meanwhile_come_back_with_one_grace(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    new_terms(shop, expiry_months=1)
    buy(api, "500", number=number)
    code = code_for(api, number, 500)
    buy(api, "100", number=number, order="A-1", tenders=[{"type": "points", "code": code}])
    clock.move_to("2026-12-20T09:00:00Z")
    got = api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "100"})
    assert got["points_returned"] == 500
    lots = api.get(f"members/{number}/points")["lots"]
    assert [(lot["grace"], lot["expires_on"]) for lot in lots] == [(True, "2027-01-19")]


def test_rule_28_expired_points_are_gone_like_spent_ones(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    """A full refund ends at exactly minus the award (docs/decisions/0011); `clamp` is the kinder policy."""
    new_terms(shop, expiry_months=1)
    buy(api, "20", number=number, order="A-1")
    clock.move_to("2026-12-20T09:00:00Z")
    api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "20"})
    assert (balance(api, number)["available"], balance(api, number)["owed"]) == (0, 20)
