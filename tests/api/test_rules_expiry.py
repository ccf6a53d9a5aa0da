"""RULES D through the API: the last day counts, month ends clamp, every credit dies once."""

from typing import Any

import pytest

from ledger.models import Movement
from tests.api.selling import balance, buy, new_terms
from tests.cast import Shop


@pytest.fixture
def number(shop: Shop) -> str:
    return shop.member.number


def test_rule_22_the_last_day_counts(api: Any, shop: Shop, number: str, clock: Any) -> None:
    clock.move_to("2027-01-25T12:00:00+03:00")
    new_terms(shop, expiry_months=1)
    buy(api, "600", number=number)
    assert balance(api, number)["next_expiry"] == {"points": 600, "expires_on": "2027-02-25"}
    clock.move_to("2027-02-25T23:59:59+03:00")
    assert balance(api, number)["available"] == 600
    clock.move_to("2027-02-26T00:00:00+03:00")
    assert balance(api, number)["available"] == 0
    refused = api.post("redemptions", {"member": number, "points": 500}, 409, once="k")
    assert (refused["code"], refused["params"]["short"]) == ("not_enough_points", 500)


def test_rule_22_month_ends_clamp(api: Any, shop: Shop, number: str, clock: Any) -> None:
    clock.move_to("2027-01-31T12:00:00+03:00")
    new_terms(shop, expiry_months=1)
    buy(api, "10", number=number)
    assert balance(api, number)["next_expiry"]["expires_on"] == "2027-02-28"


def test_rule_23_lots_live_one_by_one(api: Any, number: str, clock: Any) -> None:
    buy(api, "100", number=number)
    clock.move_to("2027-05-15T12:00:00+03:00")
    buy(api, "50", number=number)
    clock.move_to("2027-11-16T00:00:00+03:00")
    assert balance(api, number)["available"] == 50


def test_rule_24_every_credit_dies_and_is_written_once(api: Any, number: str, clock: Any) -> None:
    buy(api, "100", number=number)
    api.post(f"members/{number}/adjustments", {"points": 40, "reason": "gift"}, once="a")
    clock.move_to("2027-11-16T12:00:00+03:00")
    for order in range(2):
        assert buy(api, "1", number=number)["balance"]["available"] == order + 1
    died = Movement.objects.filter(kind="expire")
    assert [(entry.points, entry.business_date.isoformat()) for entry in died] == [(-140, "2027-11-15")]
    told = [entry["reasons"][0]["code"] for entry in api.get(f"members/{number}/statement")["results"]]
    assert told.count("expired") == 1
