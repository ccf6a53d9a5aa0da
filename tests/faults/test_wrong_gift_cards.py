"""Gift cards that cannot be made, are not there, or hold too little for what they should pay."""

from typing import Any

import pytest

from tests.faults.calls import Row
from tests.faults.desk import Desk, operations_of

GUESSED = "NNNNNNNNNNNN"


def paid(code: str, **said: Any) -> dict[str, Any]:
    """An order of 40 SAR, a part of it paid with a card."""
    return {"amount": "40", "lines": ..., "tenders": [{"type": "gift_card", "code": code, **said}]}


ROWS: list[Row] = [
    ("IssueGiftCard", {"amount": "0"}, "422 invalid /amount"),
    ("IssueGiftCard", {"amount": "-5"}, "422 amount_negative /amount"),
    ("IssueGiftCard", {"amount": ...}, "422 required /amount"),
    ("IssueGiftCard", {"why": "reward"}, "422 invalid_choice /why"),
    ("IssueGiftCard", {"order": ""}, "422 invalid /order"),
    ("IssueGiftCard", {"last_day": "2020-01-01"}, "422 invalid /last_day"),
    ("IssueGiftCard", {"last_day": "soon"}, "422 invalid /last_day"),
    ("IssueGiftCard", {"member": "M-NOBODY7"}, "404 not_found /member"),
    ("IssueGiftCard", {"member": "{rival_member}"}, "404 not_found /member"),
    ("IssueGiftCard", {"member": "{staffer}"}, "403 own_card"),
    ("IssueGiftCard", {"once": "card", "amount": "60", "last_day": ...}, "409 key_conflict /Idempotency-Key"),
    ("IssueGiftCard", {"key": "shop"}, "403 forbidden"),
    ("ReadGiftCard", {"@card": GUESSED}, "404 not_found"),
    ("CancelGiftCard", {"@card": GUESSED}, "404 not_found"),
    ("CancelGiftCard", {"@card": "{over}"}, "409 gift_card_over /code"),
    ("CancelGiftCard", {"key": "till"}, "403 forbidden"),
    ("ReadGiftCards", {"@member": "{rival_member}"}, "404 not_found"),
    ("ReadUpgrades", {"@member": "{rival_member}"}, "404 not_found"),
    ("RecordPurchase", paid(GUESSED), "404 not_found /tenders/0/code"),
    ("RecordPurchase", paid("{over}"), "409 gift_card_over /tenders/0/code"),
    ("RecordPurchase", paid("{card}", amount="40.01"), "422 more_than_due /tenders/0/code"),
    (
        "RecordPurchase",
        paid("{card}", amount="50.01") | {"amount": "90"},
        "422 gift_card_short /tenders/0/code",
    ),
]


@pytest.mark.parametrize("operation", operations_of(ROWS))
def test_what_no_gift_card_can_do_is_refused(desk: Desk, operation: str) -> None:
    desk.look_at(ROWS, operation)
