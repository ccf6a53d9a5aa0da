"""RULES 31, 36, 39, 40, 42 and 47 through the API: stamps, challenges, badges, vouchers."""

import pytest
import time_machine

from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import Shop
from tests.ledger.collected import open_collecting_shop

pytestmark = pytest.mark.postgres


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    return open_collecting_shop(
        challenges=[
            {"kind": "milestone", "counts": "spend", "target": 200_00, "badge": "regular"},
            {"code": "reviewer", "counts": "event", "event": "review", "target": 2, "points": 30},
        ]
    )


def test_rule_36_nine_orders_a_voucher_and_the_tenth_begins_anew(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    answers = [buy(api, "10", number=number, order=f"A-{visit}") for visit in range(10)]
    assert [answer["stamps"][0]["count"] for answer in answers] == [1, 2, 3, 4, 5, 6, 7, 8, 0, 1]
    (voucher,) = answers[8]["vouchers"]
    assert (voucher["reward"], voucher["name"], voucher["because"]) == ("coffee", "Coffee", "coffee-card")
    held = api.get(f"members/{number}/cards")
    (card,) = held["cards"]
    assert (card["count"], card["target"], card["reached"], card["owed"]) == (1, 9, 1, 0)
    assert [one["code"] for one in held["vouchers"]] == [voucher["code"]]
    used = api.post(f"redemptions/{voucher['code']}/use", {}, 200, once="u-1")
    assert (used["state"], used["points"]) == ("used", 0)
    assert api.get(f"members/{number}/cards")["vouchers"] == []


def test_rule_31_ten_loops_leave_nothing_on_the_card(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    for loop in range(10):
        buy(api, "150", number=number, order=f"A-{loop}")
        said = {"refund": f"R-{loop}", "order": f"A-{loop}", "amount": "150"}
        gone = api.post("refunds", said)
        assert (gone["stamps"][0]["got"], gone["goals"][0]["count"]) == (-1, 0)
    held = api.get(f"members/{number}/cards")
    assert [line["count"] for line in (*held["cards"], *held["challenges"])] == [0, 0, 0]
    assert (held["badges"], held["vouchers"]) == ([], [])


def test_rule_40_a_milestone_gives_its_badge_once(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    won = [buy(api, "150", number=number, order=f"A-{visit}")["badges"] for visit in range(4)]
    assert won == [[], [{"code": "regular", "name": "Regular"}], [], []]
    (badge,) = api.get(f"members/{number}/cards")["badges"]
    assert (badge["code"], badge["won_on"], badge["because"]) == ("regular", "2026-11-15", "dare")


def test_an_event_counts_and_its_prize_is_points(api: Caller, shop: Shop) -> None:
    said = {"event": "review", "member": shop.member.number}
    assert api.post("events", said | {"id": "E-1"})["goals"][0]["count"] == 1
    second = api.post("events", said | {"id": "E-2"})
    assert (second["points"], second["goals"][0]["reached"]) == (30, 1)
    assert second["reasons"][-1]["text"] == "You reached “Name”: 30 points"
    assert api.post("events", said | {"id": "E-2"}) == second


def test_a_quote_says_what_it_would_bring_without_a_code(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    for visit in range(8):
        buy(api, "10", number=number, order=f"A-{visit}")
    for signed in (False, True):
        quoted = api.post("purchases/quote", {"member": number, "amount": "10", "sign": signed}, 200)
        assert (quoted["stamps"][0]["reached"], quoted["vouchers"][0]["code"]) == (1, "")
    token = quoted["token"]
    assert buy(api, "10", number=number, order="A-9", quote=token)["vouchers"][0]["code"]


def test_who_only_knows_a_number_sees_no_code(api: Caller, till: Caller, shop: Shop) -> None:
    number = shop.member.number
    for visit in range(9):
        buy(api, "10", number=number, order=f"A-{visit}")
    (voucher,) = till.get(f"members/{number}/cards")["vouchers"]
    assert (voucher["code"], voucher["reward"]) == ("", "coffee")
