"""Orders and quotes that cannot be: nothing bought, another currency, nobody's code, another's promise."""

from typing import Any

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

ABSENT = "M-NOBODY7"


def paid(*codes: str) -> dict[str, Any]:
    """An order that says it was paid with points of these codes."""
    return {"tenders": [{"type": "points", "code": code} for code in codes]}


WHO = {"external_id": ..., "member": "{member}", "amount": "100"}
"""The member who has the codes buys for 100."""

# What a purchase and its quote refuse alike.
BOTH: list[tuple[dict[str, Any], str]] = [
    ({"amount": "0"}, "422 invalid /amount"),
    ({"amount": "0.00"}, "422 invalid /amount"),
    ({"amount": ...}, "422 one_of /amount"),
    ({"lines": [{"amount": "1"}]}, "422 one_of /amount"),
    ({"amount": ..., "lines": []}, "422 empty /lines"),
    ({"amount": ..., "lines": [{"amount": "0"}]}, "422 invalid /lines"),
    ({"amount": ..., "lines": [{"amount": "1"}, {"amount": "-1"}]}, "422 amount_negative /lines/1/amount"),
    ({"amount": ..., "lines": [{"amount": "1", "quantity": 0}]}, "422 min_value /lines/0/quantity"),
    ({"amount": ..., "lines": [{"amount": "1", "quantity": 100_001}]}, "422 max_value /lines/0/quantity"),
    ({"amount": ..., "lines": [{"amount": "10000000"}] * 2}, "422 amount_too_large /lines"),
    ({"amount": ..., "lines": [{"amount": "1"}] * 501}, "422 max_length /lines"),
    ({"external_id": ...}, "422 one_of /member"),
    ({"member": "{member}"}, "422 one_of /member"),
    ({"external_id": "NOBODY"}, "404 not_found /external_id"),
    ({"external_id": ..., "phone": "0559999997"}, "404 not_found /phone"),
    ({"external_id": ..., "phone": "0507654321"}, "404 not_found /phone"),
    ({"external_id": ..., "member": ABSENT}, "404 not_found /member"),
    ({"external_id": ..., "member": "{rival_member}"}, "404 not_found /member"),
    ({"external_id": ..., "member": "{erased}"}, "404 not_found /member"),
    ({"external_id": ..., "member": "{detached}"}, "404 not_found /member"),
    ({"currency": "USD"}, "422 wrong_currency /currency"),
    ({"currency": "XXX"}, "422 wrong_currency /currency"),
    ({"currency": "KWD"}, "422 wrong_currency /currency"),
    ({"branch": "nowhere"}, "404 not_found /branch"),
    ({"branch": "theirs"}, "404 not_found /branch"),
    ({"channel": "x" * 21}, "422 max_length /channel"),
    ({"tenders": [{"type": "points"}]}, "422 tender_code /tenders/0/code"),
    ({"tenders": [{"type": "cash", "code": "ABC"}]}, "422 tender_code /tenders/0/code"),
    ({"tenders": [{"type": "cash"}] * 21}, "422 max_length /tenders"),
    (WHO | paid("NNNNNNNN"), "404 not_found /tenders/0/code"),
    (WHO | paid("{rival_code}"), "404 not_found /tenders/0/code"),
    ({"amount": "100"} | paid("{code}"), "404 not_found /tenders/0/code"),
    (WHO | paid("{code}", "NNNNNNNN"), "404 not_found /tenders"),
    (WHO | paid("{used}"), "409 code_spent /tenders/0/code"),
    (WHO | paid("{cancelled}"), "409 code_spent /tenders/0/code"),
    (WHO | paid("{reward}"), "422 reward_unavailable /tenders/0/code"),
    (WHO | {"amount": "24.99"} | paid("{code}"), "422 discount_too_large /tenders/0/code"),
]

ALONE: dict[str, Any] = {"order": "N-3", "external_id": "E-1", "amount": "10"}
LONG: dict[str, Any] = {"order": "N-3", "external_id": "E-1", "lines": [{"amount": "1"}] * 500}


def among_many(change: dict[str, Any], answer: str) -> Row:
    """The same order as the only one of many: refused alike, in its place."""
    order = {name: value for name, value in (ALONE | change).items() if value is not ...}
    status, code, field = answer.split(" ")
    return "RecordPurchases: external id", {"orders": [order]}, f"{status} {code} /orders/0{field}"


ROWS: list[Row] = [
    *(among_many(change, answer) for change, answer in BOTH if change.keys().isdisjoint(paid())),
    among_many({"order": "A-1"}, "409 key_conflict /order"),
    among_many({"source": "POS 1"}, "422 invalid /source"),
    among_many({"tenders": [{"type": "points"}]}, "422 tender_code /tenders/0/code"),
    among_many({"quote": "q" * 20}, "422 send_alone /quote"),
    among_many(paid("{code}"), "422 send_alone /tenders"),
    among_many({"tenders": [{"type": "gift_card", "code": "{card}"}]}, "422 send_alone /tenders"),
    ("RecordPurchases", {"orders": []}, "422 empty /orders"),
    ("RecordPurchases", {"orders": [ALONE] * 1001}, "422 max_length /orders"),
    ("RecordPurchases", {"orders": [LONG] * 21}, "422 invalid /orders"),
    ("RecordPurchases", {"key": "read"}, "403 forbidden"),
    *(("RecordPurchase: amount", change, answer) for change, answer in BOTH),
    *(("QuotePurchase: amount", change, answer) for change, answer in BOTH),
    ("RecordPurchase: amount", {"order": "A-1"}, "409 key_conflict /order"),
    ("RecordPurchase: amount", {"order": "x" * 65}, "422 max_length /order"),
    ("RecordPurchase: amount", {"source": "POS 1"}, "422 invalid /source"),
    ("RecordPurchase: amount", {"source": "x" * 17}, "422 max_length /source"),
    ("RecordPurchase: amount", {"award": False, "key": "till"}, "403 forbidden /award"),
    ("RecordPurchase: amount", {"key": "read"}, "403 forbidden"),
    ("RecordPurchase: amount", {"quote": "q" * 20}, "404 not_found /quote"),
    ("RecordPurchase: amount", {"quote": "q" * 33}, "422 max_length /quote"),
    ("RecordPurchase: amount", {"quote": "{token}", "amount": "100"}, "404 not_found /quote"),
    ("RecordPurchase: quoted", {"amount": "101"}, "409 quote_mismatch /quote"),
    ("RecordPurchase: quoted", {"channel": "web"}, "409 quote_mismatch /quote"),
    ("QuotePurchase: amount", {"order": "N-1"}, "422 unknown_field /order"),
    ("QuotePurchase: amount", {"sign": True, "key": "read"}, "403 forbidden /sign"),
    ("ReadPurchase", {"@order": "NOBODY"}, "404 not_found"),
    ("ReadPurchase", {"@order": "B-1"}, "404 not_found"),
    ("ReadPurchase", {"@order": "%00"}, "404 not_found"),
    ("ReadPurchase", {"?source": "till"}, "404 not_found"),
    ("ReadPurchase", {"?source": "\x00"}, "422 control /source"),
    ("ReadPurchase", {"?source": ""}, "422 blank /source"),
    ("ReadPurchase", {"?source": "x" * 21}, "422 max_length /source"),
    ("ReadPurchase", {"?colour": "red"}, "422 unknown_field /colour"),
    ("ListPurchases", {"?member": ABSENT}, "404 not_found /member"),
    ("ListPurchases", {"?member": "{rival_member}"}, "404 not_found /member"),
    ("ListPurchases", {"?member": "x" * 13}, "422 max_length /member"),
    ("ListPurchases", {"?limit": "0"}, "422 min_value /limit"),
    ("ListPurchases", {"?limit": "-1"}, "422 min_value /limit"),
    ("ListPurchases", {"?limit": "201"}, "422 max_value /limit"),
    ("ListPurchases", {"?limit": "1.5"}, "422 invalid /limit"),
    ("ListPurchases", {"?limit": "9" * 1001}, "422 max_string_length /limit"),
    ("ListPurchases", {"?cursor": "x"}, "422 invalid /cursor"),
    ("ListPurchases", {"?cursor": "\x00"}, "422 control /cursor"),
    ("ListPurchases", {"?colour": "red"}, "422 unknown_field /colour"),
    ("ListPurchases", {"key": "till"}, "403 forbidden"),
    ("RecordDelivery", {"@order": "NOBODY"}, "404 not_found"),
    ("RecordDelivery", {"@order": "B-1"}, "404 not_found"),
    ("RecordDelivery", {"source": "till"}, "404 not_found"),
    ("RecordDelivery", {"occurred_at": "2026-11-15T08:59:59Z"}, "422 before_purchase /occurred_at"),
    ("RecordDelivery", {"once": "delivered"}, "409 key_conflict /Idempotency-Key"),
    ("RecordDelivery", {"key": "read"}, "403 forbidden"),
]  # fmt: skip


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_an_order_that_cannot_be_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
