"""The append-only tables refuse, in the database itself."""

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.guards import check_guards, install_guards, missing_guards
from ledger.models import LotUse, Movement
from tests.ledger.books import Books


@pytest.mark.parametrize("table", ["ledger_movement", "ledger_lotuse"])
@pytest.mark.parametrize("act", ["UPDATE {} SET points = points + 1", "DELETE FROM {}"])
def test_movements_and_uses_refuse_to_change(books: Books, table: str, act: str) -> None:
    books.earn(500)
    books.issue(500)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(table))
    assert (Movement.objects.count(), LotUse.objects.count()) == (2, 1)


def test_installing_again_changes_nothing_and_a_missing_guard_is_reported(db: None) -> None:
    install_guards(connection)
    assert missing_guards(connection) == []
    on = "ON ledger_movement" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER ledger_movement_refuses_update {on}")
    (error,) = check_guards(databases=["default"])
    assert "ledger_movement_refuses_update" in error.msg
    install_guards(connection)
    assert check_guards(databases=["default"]) == []


def test_postgresql_refuses_truncate(books: Books) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE ledger_movement CASCADE")
