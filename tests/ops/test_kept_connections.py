"""A kept connection is looked at before a request uses it; one that the server ended is opened anew."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from tests import databases

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WHO = "SELECT pg_backend_pid()"


@pytest.fixture
def backend() -> int:
    """The process that serves us (SQLite has none)."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could end")
    connection.ensure_connection()
    return ask_backend()


def ask_backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WHO)
        return int(cursor.fetchone()[0])


def elsewhere() -> psycopg.Connection[tuple[object, ...]]:
    """Another connection to the same database."""
    return psycopg.connect(databases.url())


def a_request_begins() -> None:
    """What Django does before and at a request's first statement, where connections are kept."""
    kept: Any = connection
    kept.health_check_enabled, kept.health_check_done = True, False
    kept.close_if_health_check_failed()


def test_one_that_stands_is_used_again_without_a_statement(backend: int) -> None:
    a_request_begins()
    with elsewhere() as other:
        asked = other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [backend]).fetchone()
    assert asked == (WHO,)
    assert ask_backend() == backend


def test_one_that_the_server_ended_is_opened_anew(backend: int) -> None:
    with elsewhere() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    a_request_begins()
    assert ask_backend() != backend


def test_one_that_was_left_within_a_transaction_is_not_used_again(backend: int) -> None:
    connection.connection.execute("BEGIN")
    assert not connection.is_usable()
    connection.connection.rollback()
    assert connection.is_usable()
