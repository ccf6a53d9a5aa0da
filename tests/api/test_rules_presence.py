"""RULES C 19 through the API: a till spends only for a member who is there."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.presence import token_of
from accounts.signing_in import destination_of, request_code
from tests.api.selling import balance, buy
from tests.cast import NOW, Cast, Shop
from tests.portal import carrier


@pytest.fixture
def number(shop: Shop, api: Any) -> str:
    buy(api, "600", number=shop.member.number)
    return shop.member.number


@pytest.fixture
def phone(settings: LazySettings) -> list[tuple[str, str]]:
    """What the member's phone receives."""
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    carrier.kept.clear()
    return carrier.kept


def test_rule_19_the_rotating_qr_lets_a_till_spend(till: Any, shop: Shop, number: str) -> None:
    shown = token_of(shop.member, now=NOW)
    assert shown.startswith(f"{number}.")
    got = till.post("redemptions", {"shown": shown, "points": 500}, once="k")
    assert (got["points"], got["member"]) == (500, number)
    assert balance(till, number)["available"] == 100


@pytest.mark.parametrize("seconds", [0, 29])
def test_rule_19_the_qr_lives_half_a_minute_to_a_minute(
    till: Any, shop: Shop, number: str, clock: Any, seconds: int
) -> None:
    shown = token_of(shop.member, now=NOW - timedelta(seconds=seconds))
    clock.move_to(NOW + timedelta(seconds=29))
    till.post("redemptions", {"shown": shown.lower(), "points": 500}, once="k")


def test_rule_19_an_old_a_forged_and_anothers_qr_spend_nothing(
    till: Any, stage: Cast, shop: Shop, number: str, clock: Any
) -> None:
    old, theirs = token_of(shop.member, now=NOW), token_of(stage.rival.member, now=NOW)
    mark = theirs.partition(".")[2]
    for shown in (theirs, "M-2222222.222222222222", "nonsense"):
        till.post("redemptions", {"shown": shown, "points": 500}, 404, once="k")
    refused = till.post("redemptions", {"shown": f"{number}.{mark}", "points": 500}, 403, once="k")
    assert (refused["code"], refused["errors"][0]["field"]) == ("not_shown", "/shown")
    clock.shift(61)
    assert till.post("redemptions", {"shown": old, "points": 500}, 403, once="k")["code"] == "not_shown"
    assert till.post("redemptions", {"shown": number, "points": 500}, 403, once="k")["code"] == "not_shown"
    assert balance(till, number)["available"] == 600


def test_rule_19_the_qr_counts_once(api: Any, till: Any, stage: Cast, shop: Shop, number: str) -> None:
    buy(api, "2000", number=number)
    said = {"shown": token_of(shop.member, now=NOW), "points": 500}
    short = till.post("redemptions", said | {"points": 499}, 422, once="a")  # refused: the scan stays good
    assert short["code"] != "not_shown"
    first = till.post("redemptions", said, once="b")
    assert till.post("redemptions", said, once="b")["code"] == first["code"]
    for caller in (till, api):
        assert caller.post("redemptions", said, 403, once="c")["code"] == "not_shown"
    assert balance(till, number)["available"] == 2100


def test_rule_19_a_retry_a_minute_later_has_the_first_answer(
    till: Any, shop: Shop, number: str, clock: Any
) -> None:
    said = {"shown": token_of(shop.member, now=NOW), "points": 500}
    first = till.post("redemptions", said, once="k")
    clock.shift(120)
    assert till.post("redemptions", said, once="k")["code"] == first["code"]
    assert till.post("redemptions", said | {"points": 501}, 409, once="k")["code"] == "key_conflict"


def test_rule_19_a_one_time_code_lets_a_till_spend_once(
    till: Any, number: str, phone: list[tuple[str, str]]
) -> None:
    sent = till.post(f"members/{number}/one-time-codes", {})
    assert sent == {"member": number, "sent_to": "+966•••••567"}
    ((_destination, code),) = phone
    wrong = "000000" if code != "000000" else "111111"
    refused = till.post("redemptions", {"member": number, "one_time_code": wrong}, 422, once="a")
    assert refused["code"] == "wrong_code"
    got = till.post("redemptions", {"member": number, "one_time_code": code, "points": 500}, once="b")
    assert got["points"] == 500
    assert (
        till.post("redemptions", {"member": number, "one_time_code": code}, 422, once="c")["code"]
        == "code_over"
    )


def test_rule_19_a_sign_in_code_is_no_spending_code(
    till: Any, shop: Shop, number: str, phone: list[tuple[str, str]]
) -> None:
    at = destination_of("0501234567", shop.merchant)
    request_code(merchant=shop.merchant, destination=at, asker="test", now=NOW)
    ((_destination, code),) = phone
    till.post("redemptions", {"member": number, "one_time_code": code, "points": 500}, 422, once="a")


def test_rule_19_who_cannot_be_reached_is_said_so(
    till: Any, shop: Shop, number: str, settings: LazySettings
) -> None:
    settings.PHONE_CODE_CARRIER = ""
    assert till.post(f"members/{number}/one-time-codes", {}, 503)["code"] == "undelivered"


def test_rule_19_a_shops_own_server_issues_for_members_it_signed_in(api: Any, number: str) -> None:
    assert api.post("redemptions", {"member": number, "points": 500}, once="k")["points"] == 500
