"""The hot tables carry no foreign keys: the proof finds what names nobody."""

import pytest
from django.db import connection

from ledger.models import Lot, Purchase
from ledger.proving.verifying import differences
from tests.cast import open_shop
from tests.ledger.books import Books


def found(books: Books) -> list[str]:
    return [str(difference) for difference in differences(books.member.merchant_id)]


@pytest.mark.parametrize(
    ("table", "column"), [("ledger_purchaseline", "purchase_id"), ("ledger_lotuse", "lot_id")]
)
def test_rule_43_a_row_that_names_nothing_is_found(db: None, table: str, column: str) -> None:
    books = Books(open_shop("oasis", "0501234567").member)
    books.earn(1000)
    books.issue(500)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} LIMIT 1")
        names = [described[0] for described in cursor.description]
        values = dict(zip(names, cursor.fetchone(), strict=True)) | {"id": 900_001, column: 900_002}
        marks = ", ".join(["%s"] * len(values))
        cursor.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
    assert any(f"{column}: " in text and "900002" in text for text in found(books))


def test_rule_43_a_lot_of_another_merchants_member_is_found(db: None) -> None:
    books, rival = Books(open_shop("oasis", "0501234567").member), open_shop("mirage", "0507654321")
    books.earn(1000)
    lot = Lot.objects.get()
    Lot.objects.create(
        merchant=rival.merchant, member=books.member, movement=lot.movement, points=5, remaining=5,
        earned_at=lot.earned_at, expires_on=lot.expires_on,
    )  # fmt: skip
    texts = [str(difference) for difference in differences(rival.merchant.pk)]
    assert any(text.startswith("link, member_id: lot") for text in texts)
    assert Purchase.objects.count() == 1
