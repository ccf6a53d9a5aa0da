"""RULES 37 through the API: a trial, fees, cancelling, refunds, and what is told of all that."""

from typing import Any

import pytest
import time_machine

from programs.publishing import publish
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.subscribed import double_for_holders, sell


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    shop = open_shop("oasis", "0501234567", live=False)
    sell(shop.version, free_shipping=True, discount_percent=5)
    double_for_holders(shop.version)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return shop


@pytest.fixture
def at(shop: Shop) -> str:
    """The member's memberships."""
    return f"members/{shop.member.number}/memberships"


def fee(payment: str = "F-1", **said: Any) -> dict[str, Any]:
    return {"plan": "plus", "payment": payment, "amount": "29.00"} | said


def test_the_programme_tells_its_plans(api: Caller) -> None:
    (plan,) = api.get("programme")["plans"]
    assert plan == {
        "code": "plus", "name": "Plus", "price": "29.00", "period": "month", "trial_days": 14,
        "grace_days": 7, "discount_percent": 5, "free_shipping": True,
        "perks": ["5% off every order", "Free shipping"],
        "text": "Plus: 29.00 SAR a month. 5% off every order. Free shipping. The first 14 days are free. "
        "If a renewal is not paid, the benefits last 7 more days",
    }  # fmt: skip


def test_rule_37_a_trial_then_a_fee_then_a_goodbye(api: Caller, at: str, shop: Shop) -> None:
    begun = api.post(at, {"plan": "plus"}, once="t-1")
    assert (begun["state"], begun["trial_until"]) == ("trial", "2026-11-29")
    assert api.post(at, {"plan": "plus"}, once="t-1") == begun
    assert buy(api, "100", number=shop.member.number)["points"] == 200
    paid = api.post(f"{at}/payments", fee())
    assert (paid["state"], paid["paid_through"], paid["points"]) == ("active", "2026-12-29", 0)
    assert api.post(f"{at}/payments", fee()) == paid
    gone = api.post(f"{at}/cancel", {}, 200, once="c-1")
    assert (gone["is_cancelled"], gone["paid_through"]) == (True, "2026-12-29")
    held = api.get(at)
    assert (held["plan"], held["state"], held["paid_through"]) == ("plus", "active", "2026-12-29")
    assert held["grace_until"] == "2026-12-29", "who cancelled has no grace"
    assert held["meter"] | {"first_day": "", "last_day": ""} == {
        "first_day": "", "last_day": "", "paid": "29.00", "saved": "5.00", "points": 100,
        "points_worth": "5.00", "vouchers": "0.00", "perks": "0.00",
    }  # fmt: skip
    assert [one["payment"] for one in held["fees"]] == ["F-1"]


def test_rule_37_a_refunded_fee_ends_it(api: Caller, at: str, shop: Shop) -> None:
    api.post(f"{at}/payments", fee())
    back = api.post(f"{at}/refunds", {"refund": "R-1", "payment": "F-1"})
    assert back["state"] == "ended"
    assert buy(api, "100", number=shop.member.number)["points"] == 100
    assert api.get(at)["meter"]["paid"] == "0.00"


def test_who_never_held_one(api: Caller, at: str) -> None:
    held = api.get(at)
    assert (held["plan"], held["state"], held["meter"], held["fees"]) == ("", "ended", None, [])


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        ("", {"plan": "gold"}, 422, "plan_not_sold", "/plan"),
        ("/payments", fee(plan="gold"), 422, "plan_not_sold", "/plan"),
        ("/payments", fee(amount="28.99"), 422, "wrong_fee", "/amount"),
        ("/payments", fee(method="online"), 422, "invalid_choice", "/method"),
        ("/payments", fee(occurred_at="2030-01-01T00:00:00Z"), 422, "in_the_future", "/occurred_at"),
        ("/refunds", {"refund": "R-1", "payment": "F-9"}, 404, "not_found", "/payment"),
        ("/cancel", {}, 409, "no_membership", None),
    ],
)
def test_what_cannot_be_is_refused(
    api: Caller, at: str, path: str, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    refused = api.post(at + path, body, status, once="x-1")
    assert refused["code"] == code
    if field:
        assert refused["errors"][0]["field"] == field


def test_a_fee_said_twice_in_two_ways_is_a_conflict(api: Caller, at: str) -> None:
    api.post(f"{at}/payments", fee())
    assert api.post(f"{at}/payments", fee(method="transfer"), 409)["code"] == "key_conflict"
    api.post(f"{at}/refunds", {"refund": "R-1", "payment": "F-1"})
    assert api.post(f"{at}/refunds", {"refund": "R-2", "payment": "F-1"}, 409)["code"] == "fee_given_back"
