"""Sales without a customer through the API: told once, read, taken back, and printed with the way to join."""

from typing import Any

import pytest

from ledger.claims.claiming import claim
from ledger.claims.zatca import written
from ledger.models import Purchase, UnclaimedOrder
from tests.api.conftest import Caller
from tests.cast import NOW, Cast, Shop

pytestmark = pytest.mark.django_db
SALE = {"order": "R-1", "amount": "115.00", "occurred_at": "2026-11-15T10:00:00+03:00"}
VAT = "310122393500003"


def shown(till: Caller, **more: Any) -> Any:
    return till.post("receipts", SALE | more)


def test_a_sale_is_kept_and_its_slip_invites_in_both_languages(till: Caller, shop: Shop) -> None:
    told = shown(till)
    assert (told["order"], told["state"], told["amount"], told["points"]) == ("R-1", "open", "115.00", 115)
    assert told["join_url"].endswith("/m/oasis/")
    assert told["receipt_lines"]["en"] == [
        "This receipt is worth 115 points",
        f"Join and collect: {told['join_url']}",
    ]
    assert "115" in told["receipt_lines"]["ar"][0]
    assert till.get("receipts/R-1") == told
    assert not Purchase.objects.exists()


def test_rule_14_and_15_the_same_sale_is_one_and_another_under_its_number_is_refused(till: Caller) -> None:
    first = till.send("post", "receipts", SALE)
    again = till.send("post", "receipts", SALE | {"amount": "115.0"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert till.post("receipts", SALE | {"amount": "116.00"}, 409)["code"] == "key_conflict"
    assert UnclaimedOrder.objects.get().total_minor == 115_00


def test_a_customer_found_later_has_it_and_nobody_else_can(till: Caller, shop: Shop) -> None:
    shown(till)
    till.post("purchases", SALE | {"member": shop.member.number})
    assert Purchase.objects.get().points == 115
    assert till.post("receipts", SALE | {"order": "R-2"})["state"] == "open"
    till.post("purchases", SALE | {"order": "R-3", "member": shop.member.number})
    assert till.post("receipts", SALE | {"order": "R-3"}, 409)["code"] == "key_conflict"


def test_what_came_back_cannot_be_claimed_and_what_was_claimed_is_refunded_instead(
    till: Caller, shop: Shop
) -> None:
    shop.merchant.vat_number = VAT
    shop.merchant.save()
    shown(till), shown(till, order="R-2", amount="20.00")
    assert till.post("receipts/R-2/cancel", {}, 200)["state"] == "cancelled"
    assert till.post("receipts/R-2/cancel", {}, 200)["state"] == "cancelled"
    shop.member.merchant.refresh_from_db()
    paper = written("Oasis", VAT, "2026-11-15T10:00:00+03:00", "115.00", "15.00")
    claim(member=shop.member, text=paper, actor="test", now=NOW)
    assert till.get("receipts/R-1")["state"] == "claimed"
    assert till.post("receipts/R-1/cancel", {}, 409)["code"] == "conflict"
    back = till.post("refunds", {"refund": "B-1", "order": "R-1", "amount": "115.00"})
    assert back["points"] == -115


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"amount": "0"}, "invalid", "/amount"),
        ({"amount": "-1"}, "amount_negative", "/amount"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "before_time", "/occurred_at"),
        ({"occurred_at": "2970-01-01T00:00:00Z"}, "in_the_future", "/occurred_at"),
        ({"currency": "USD"}, "wrong_currency", "/currency"),
        ({"order": ""}, "blank", "/order"),
        ({"member": "M-1"}, "unknown_field", "/member"),
        ({"lines": [{"amount": "1"}]}, "one_of", "/amount"),
    ],
)
def test_what_cannot_be_sold_is_refused_by_its_field(
    till: Caller, wrong: dict[str, Any], code: str, field: str
) -> None:
    problem = till.post("receipts", SALE | wrong, 422)
    assert [problem["code"], *(one["field"] for one in problem["errors"][:1])] == [code, field]
    assert not UnclaimedOrder.objects.exists()


def test_a_rivals_key_sees_and_takes_back_nothing(till: Caller, stage: Cast) -> None:
    shown(till)
    theirs = Caller(stage.rival.key())
    theirs.get("receipts/R-1", 404)
    theirs.post("receipts/R-1/cancel", {}, 404)
    assert UnclaimedOrder.objects.get().cancelled_at is None


def test_a_code_brings_its_lines_and_what_is_left_in_both_languages(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    api.post("purchases", SALE | {"amount": "1240.00", "member": number})
    code = api.post("redemptions", {"member": number, "points": 1000}, once="c-1")
    lines = code["receipt_lines"]["en"]
    assert lines[1] == f"Code {code['code']}: Ready to use"
    assert lines[2].startswith("To be used by")
    assert lines[3:] == ["Your balance: 240 points, worth 12.00 SAR", "Spend 260.00 SAR more to reach Silver"]
    used = api.post(f"redemptions/{code['code']}/use", {}, 200, once="u-1")["receipt_lines"]
    assert used["en"][1:3] == [f"Code {code['code']}: Used", "Your balance: 240 points, worth 12.00 SAR"]
    assert "240" in used["ar"][2]
    assert "SAR" not in used["ar"][2]
