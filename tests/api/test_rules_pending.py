"""RULES A 11 through the API: points that wait are shown apart, cannot be spent, and open once."""

from typing import Any

import pytest

from ledger.models import Refund
from tests.api.selling import balance, buy, new_terms
from tests.cast import Shop


@pytest.fixture
def number(shop: Shop) -> str:
    return shop.member.number


def test_rule_11_points_wait_for_a_day(api: Any, shop: Shop, number: str, clock: Any) -> None:
    new_terms(shop, hold="days", hold_days=14)
    quoted = api.post("purchases/quote", {"member": number, "amount": "500"}, 200)
    got = buy(api, "500", number=number, order="A-1")
    assert got["points"] == quoted["points"] == 500
    assert got["pending"] == quoted["pending"] == {"points": 500, "opens_on": "2026-11-29", "awaits": ""}
    assert got["balance"] == {"available": 0, "owed": 0, "pending": 500, "worth": "0.00"}
    assert got["receipt_lines"]["en"][1] == "To spend from 29 November 2026"
    assert balance(api, number)["waiting"] == [{"points": 500, "opens_on": "2026-11-29", "awaits": ""}]
    assert api.get("purchases/A-1")["points_pending"] == 500
    refused = api.post("redemptions", {"member": number, "points": 500}, 409, once="r-1")
    assert refused["code"] == "not_enough_points"
    clock.move_to("2026-11-28T23:59:59+03:00")
    assert balance(api, number)["available"] == 0
    clock.move_to("2026-11-29T00:00:00+03:00")
    found = balance(api, number)
    assert (found["available"], found["pending"], found["waiting"]) == (500, 0, [])
    assert found["next_expiry"]["expires_on"] == "2027-11-29"
    api.post("redemptions", {"member": number, "points": 500}, once="r-2")
    assert api.get("purchases/A-1")["points_pending"] == 0


def test_rule_11_points_wait_for_a_delivery(api: Any, shop: Shop, number: str) -> None:
    new_terms(shop, hold="event")
    got = buy(api, "120", number=number, order="A-1")
    assert got["pending"] == {"points": 120, "opens_on": None, "awaits": "delivered"}
    assert got["receipt_lines"]["en"][1] == "To spend once the order is delivered"
    opened = api.post("purchases/A-1/delivered", {}, 200, once="d-1")
    assert (opened["points"], opened["balance"]["available"], opened["balance"]["pending"]) == (120, 120, 0)
    again = api.send("post", "purchases/A-1/delivered", {}, once="d-1")
    assert (again.json()["points"], again.headers["Idempotency-Replayed"]) == (120, "true")
    assert api.post("purchases/A-1/delivered", {}, 200, once="d-2")["points"] == 0


def test_rule_11_a_delivery_before_or_without_its_order_is_answered_politely(
    api: Any, shop: Shop, number: str
) -> None:
    new_terms(shop, hold="event")
    assert api.post("purchases/A-1/delivered", {}, 404, once="d-1")["code"] == "not_found"
    buy(api, "120", number=number, order="A-1")
    early = api.post("purchases/A-1/delivered", {"occurred_at": "2026-11-14T09:00:00Z"}, 422, once="d-1")
    assert (early["code"], early["errors"][0]["field"]) == ("before_purchase", "/occurred_at")
    assert api.post("purchases/A-1/delivered", {"event": "picked-up"}, 200, once="d-2")["points"] == 0
    assert api.post("purchases/A-1/delivered", {}, 422)["code"] == "idempotency_key"
    assert api.post("purchases/A-1/delivered", {}, 200, once="d-1")["points"] == 120


def test_rule_11_a_refund_takes_from_what_waits(api: Any, shop: Shop, number: str) -> None:
    new_terms(shop, hold="event")
    buy(api, "99.99", number=number, order="A-1")
    got = api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "33.33", "paid_as": "store_credit"})
    assert (got["points"], got["points_pending"], got["balance"]["pending"]) == (-33, -33, 66)
    assert Refund.objects.get().paid_as == "store_credit"
    assert api.post("purchases/A-1/delivered", {}, 200, once="d-1")["points"] == 66


def test_rule_29_spent_points_return_to_the_member(api: Any, shop: Shop, number: str) -> None:
    buy(api, "500", number=number)
    code = api.post("redemptions", {"member": number, "points": 500}, once="i-1")["code"]
    buy(api, "100", number=number, order="A-1", tenders=[{"type": "points", "code": code}])
    got = api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "50"})
    assert (got["points_returned"], got["points"], got["balance"]["available"]) == (250, -38, 287)
    got = api.post("refunds", {"refund": "R-2", "order": "A-1", "amount": "50"})
    assert (got["points_returned"], got["points"], got["balance"]["available"]) == (250, -37, 500)


def test_rule_32_a_refund_ends_the_tier_it_carried(api: Any, number: str) -> None:
    buy(api, "1500", number=number, order="A-1")
    got = api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "0.01"})
    assert got["tier"] == {"before": "silver", "after": "bronze"}
    assert buy(api, "100", number=number)["points"] == 100
