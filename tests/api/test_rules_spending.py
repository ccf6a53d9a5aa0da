"""RULES C through the API: blocks, lots, codes that work once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from ledger.models import Movement
from tests.api.conftest import Caller
from tests.api.selling import balance, buy, code_for, new_terms, paid_with
from tests.cast import Shop, open_shop


@pytest.fixture
def number(shop: Shop) -> str:
    return shop.member.number


def test_rule_16_499_is_one_point_short(api: Any, number: str) -> None:
    buy(api, "499", number=number)
    refused = api.post("redemptions", {"member": number, "points": 500}, 409, once="k")
    assert (refused["code"], refused["params"]["short"]) == ("not_enough_points", 1)
    assert balance(api, number)["spendable"]["short_by"] == 1


def test_rule_16_less_than_a_block_is_refused(api: Any, number: str) -> None:
    buy(api, "499", number=number)
    refused = api.post("redemptions", {"member": number, "points": 499}, 422, once="k")
    assert (refused["code"], refused["params"]["short"]) == ("nothing_to_redeem", 1)


def test_rule_16_spending_is_in_blocks(api: Any, number: str) -> None:
    buy(api, "1240", number=number)
    assert balance(api, number)["spendable"] == {"points": 1000, "value": "50.00", "short_by": 0}
    assert (
        api.post("redemptions", {"member": number, "points": 750}, 422, once="k")["code"]
        == "not_whole_blocks"
    )
    issued = api.post("redemptions", {"member": number}, once="most")
    assert (issued["points"], issued["value"]) == (1000, "50.00")
    assert balance(api, number)["available"] == 240


def test_rule_17_no_more_is_burnt_than_the_order_takes(api: Any, number: str) -> None:
    buy(api, "5000", number=number)
    issued = api.post("redemptions", {"member": number, "order_amount": "30.00"}, once="k")
    assert (issued["points"], issued["value"]) == (500, "25.00")


def test_rule_17_no_more_than_the_cap(api: Any, shop: Shop, number: str) -> None:
    new_terms(shop, max_redeem_minor=5000)
    buy(api, "5000", number=number)
    issued = api.post("redemptions", {"member": number, "order_amount": "400.00"}, once="k")
    assert (issued["points"], issued["value"]) == (1000, "50.00")
    refused = api.post("redemptions", {"member": number, "points": 1500}, 422, once="l")
    assert refused["code"] == "discount_too_large"


def test_rule_17_a_code_cannot_pay_more_than_the_goods(api: Any, number: str) -> None:
    buy(api, "1000", number=number)
    code = code_for(api, number, 1000)
    assert buy(api, "30", number=number, status=422, **paid_with(code))["code"] == "discount_too_large"
    assert api.get(f"redemptions/{code}")["state"] == "reserved"


def test_rule_18_the_lot_that_dies_first_goes_first(api: Any, number: str, clock: Any) -> None:
    api.post(
        f"members/{number}/adjustments", {"points": 300, "reason": "for ever", "expires": False}, once="a"
    )
    buy(api, "300", number=number)
    clock.move_to("2026-11-16T12:00:00+03:00")
    buy(api, "300", number=number, occurred_at="2026-11-14T12:00:00+03:00")
    assert [lot["expires_on"] for lot in balance(api, number)["lots"]] == ["2027-11-14", "2027-11-15", None]
    code_for(api, number, 500)
    lots = [(lot["expires_on"], lot["remaining"]) for lot in balance(api, number)["lots"]]
    assert lots == [("2027-11-15", 100), (None, 300)]
    taken = api.get(f"members/{number}/statement", limit=1)["results"][0]
    assert [(lot["expires_on"], lot["points"]) for lot in taken["lots"]] == [
        ("2027-11-14", 300),
        ("2027-11-15", 200),
    ]


def test_rule_19_cancelling_returns_to_the_same_lots(api: Any, till: Any, number: str) -> None:
    buy(api, "600", number=number)
    before = balance(api, number)["lots"]
    code = code_for(api, number, 500)
    assert till.post(f"redemptions/{code}/cancel", {}, 200, once="c")["state"] == "cancelled"
    assert balance(api, number)["lots"] == before


def test_rule_19_a_used_code_is_neither_used_nor_cancelled_again(api: Any, till: Any, number: str) -> None:
    buy(api, "600", number=number)
    code = code_for(api, number, 500)
    used = till.post(f"redemptions/{code}/use", {"order": "A-7"}, 200, once="u")
    assert (used["state"], used["order"]) == ("used", "A-7")
    assert till.post(f"redemptions/{code}/use", {"order": "A-7"}, 200, once="u") == used
    for verb in ("use", "cancel"):
        assert till.post(f"redemptions/{code}/{verb}", {}, 409, once=f"again-{verb}")["code"] == "code_spent"
    assert balance(api, number)["available"] == 100


def test_rule_19_a_code_runs_out(api: Any, till: Any, number: str, clock: Any) -> None:
    buy(api, "600", number=number)
    code = code_for(api, number, 500)
    clock.shift(15 * 60)
    assert till.post(f"redemptions/{code}/use", {}, 409, once="u")["code"] == "code_spent"


def test_rule_19_a_phone_number_alone_never_spends(api: Any, till: Any, shop: Shop, number: str) -> None:
    buy(api, "600", number=number)
    refused = till.post("redemptions", {"member": number, "points": 500}, 403, once="k")
    assert refused["code"] == "not_shown"
    assert balance(api, number)["available"] == 600


def test_rule_19_a_code_is_read_as_it_is_said(api: Any, till: Any, number: str) -> None:
    buy(api, "600", number=number)
    code = code_for(api, number, 500)
    assert till.get(f"redemptions/{code[:4].lower()}-{code[4:]}")["code"] == code
    assert set(code) <= set("23456789BCDFGHJKMNPQRSTVWXYZ")


def test_rule_19_another_members_code_pays_nothing(api: Any, number: str) -> None:
    buy(api, "600", number=number)
    code = code_for(api, number, 500)
    other = api.post("members", {"phone": "0551112222"})["number"]
    refused = buy(api, "100", number=other, status=404, **paid_with(code))
    assert refused["code"] == "not_found"
    assert api.get(f"redemptions/{code}")["state"] == "reserved"


@pytest.mark.django_db(transaction=True)
def test_rule_20_two_spend_the_same_points_at_once() -> None:
    shop = open_shop("oasis", "0501234567")
    number, key = shop.member.number, shop.key()
    buy(Caller(key), "500", number=number)

    def issue(attempt: int) -> int:
        try:
            body = {"member": number, "points": 500}
            return int(Caller(key).send("post", "redemptions", body, once=f"till-{attempt}").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(issue, range(8)))
    assert statuses == [201] + [409] * 7
    assert balance(Caller(key), number)["available"] == 0
    assert Movement.objects.filter(kind="redeem").count() == 1


def test_rule_21_redeeming_never_lowers_a_tier(api: Any, number: str) -> None:
    buy(api, "1500", number=number)
    code_for(api, number, 1500)
    assert balance(api, number)["tier"]["code"] == "silver"
    assert buy(api, "100", number=number)["points"] == 125


def test_a_reward_is_set_aside_and_handed_over(api: Any, till: Any, number: str) -> None:
    buy(api, "200", number=number)
    reward = next(found for found in api.get(f"members/{number}/rewards")["results"] if found["available"])
    issued = api.post("redemptions", {"member": number, "reward": reward["code"]}, once="k")
    assert (issued["kind"], issued["points"], issued["name"]) == ("reward", reward["points"], reward["name"])
    assert (
        buy(api, "50", number=number, status=422, **paid_with(issued["code"]))["code"] == "reward_unavailable"
    )
    assert till.post(f"redemptions/{issued['code']}/use", {}, 200, once="u")["state"] == "used"
    refused = api.post("redemptions", {"member": number, "reward": "nothing-like-it"}, 422, once="n")
    assert refused["code"] == "reward_unavailable"
