"""The application's role on PostgreSQL: it works, and changes no fact even where no trigger stands."""

import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from ledger.guards import GUARDED
from tests.cast import open_shop
from tests.ledger.books import Books
from tests.ledger.sealed import by_hand, seal_now, unguarded

pytestmark = pytest.mark.django_db(transaction=True)


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def role() -> Iterator[str]:
    """A fresh role without any right."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles")
    name = f"walaa_app_{os.getpid()}"
    run(f"CREATE ROLE {name} LOGIN")
    yield name
    run("RESET ROLE", f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def refused(statement: str) -> bool:
    try:
        with transaction.atomic():
            run(statement)
    except ProgrammingError as error:
        return "permission denied" in str(error)
    return False


def test_the_role_posts_seals_and_proves_but_changes_no_fact(role: str) -> None:
    books = Books(open_shop("oasis", "0501234567").member)
    call_command("grant_app_role", role, stdout=StringIO())
    call_command("grant_app_role", role, stdout=StringIO())
    run(f"SET ROLE {role}")
    books.buy(160_000, key="A-1")
    code = books.issue(500).code
    books.close(code)
    books.close(books.issue(500).code, "cancelled")
    books.refund("A-1", 10_000)
    seal_now()
    call_command("verify_ledger", stdout=StringIO(), stderr=StringIO())
    run("RESET ROLE")
    with unguarded():
        run(f"SET ROLE {role}")
        answers: dict[str, Any] = {}
        for table, free in GUARDED.items():
            answers[table] = [
                refused(f"DELETE FROM {table}"),
                refused(f"TRUNCATE {table} CASCADE"),
                refused(f"UPDATE {table} SET {'kind = kind' if table == 'ledger_sealentry' else 'id = id'}"),
            ]
            if free:
                assert not refused(f'UPDATE {table} SET "{free[0]}" = "{free[0]}"')
        assert refused("DELETE FROM django_migrations")
        run("RESET ROLE")
    assert answers == {table: [True, True, True] for table in GUARDED}
    by_hand()


@pytest.mark.parametrize("name", ["postgres", "nobody_of_that_name"])
def test_a_role_that_rights_do_not_bind_is_refused(role: str, name: str) -> None:
    with pytest.raises(CommandError, match=name):
        call_command("grant_app_role", name)
