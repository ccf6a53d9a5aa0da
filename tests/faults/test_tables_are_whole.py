"""The tables of refusals leave nothing out: what is new has no rows, and fails here."""

from typing import Any

from django.test import Client

from tests.faults import (
    test_states_of_people,
    test_states_of_programmes,
    test_wrong_by_hand,
    test_wrong_gift_cards,
    test_wrong_giving,
    test_wrong_members,
    test_wrong_purchases,
    test_wrong_receipts,
    test_wrong_redemptions,
    test_wrong_refunds,
    test_wrong_webhooks,
)
from tests.faults.calls import Row
from tests.faults.declared import operations

TOPICS = (
    test_wrong_by_hand, test_wrong_gift_cards, test_wrong_giving, test_wrong_members, test_wrong_purchases,
    test_wrong_receipts, test_wrong_redemptions, test_wrong_refunds, test_wrong_webhooks,
)  # fmt: skip
ABOUT_NOBODY = {
    *("ReadProgramme", "ReadTerms", "ListCauses", "ListEvents", "ListTiers"),
    *("RecordReceipt", "ReadReceipt", "CancelReceipt", "ResetPractice"),
}
ROWS: list[Row] = [row for topic in TOPICS for row in topic.ROWS]


def test_every_operation_is_refused_somewhere() -> None:
    refused = {name.partition(":")[0] for name, _changes, _answer in ROWS}
    assert refused | ABOUT_NOBODY == set(operations())
    stands = {name.partition(":")[0] for name in test_states_of_people.TABLE}
    nobodys = ABOUT_NOBODY | test_states_of_people.MACHINES
    assert stands | set(test_states_of_programmes.TABLE) | nobodys == set(operations())


def test_every_parameter_of_every_operation_is_refused_somewhere(db: None) -> None:
    described = Client().get("/api/schema/?format=json").json()["paths"]
    declared = {
        (found["operationId"][0].upper() + found["operationId"][1:], parameter["name"])
        for methods in described.values()
        for found in methods.values()
        for parameter in found.get("parameters", ())
        if parameter["in"] == "query"
    }
    named = {(name.partition(":")[0], field[1:]) for name, changes, _a in ROWS for field in changes}
    assert declared
    assert not declared - named


def test_no_row_stands_twice() -> None:
    seen: list[Any] = []
    for row in ROWS:
        assert row not in seen, row
        seen.append(row)
