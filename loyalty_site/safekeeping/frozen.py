"""One moment of the database, held still for reading while everybody else goes on writing."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction


@contextmanager
def frozen() -> Iterator[str]:
    """Yield the alias of a connection whose reads all see the same moment; it locks nobody out.

    Within a transaction of the caller's, that transaction is the moment.
    """
    if connection.in_atomic_block:
        yield DEFAULT_DB_ALIAS
        return
    alias, own = f"frozen_{secrets.token_hex(4)}", connection.copy()
    own.settings_dict |= {"OPTIONS": options(connection.vendor, own.settings_dict["OPTIONS"])}
    connections[alias] = own
    try:
        with transaction.atomic(using=alias):
            with own.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM django_migrations")  # the moment is the first read's
            yield alias
    finally:
        own.close()
        del connections[alias]


def options(vendor: str, usual: dict[str, Any]) -> dict[str, Any]:
    """The options of a connection that reads one moment for as long as it takes."""
    if vendor == "sqlite":
        return usual | {"transaction_mode": "DEFERRED"}  # a reader of the write-ahead log stops no writer
    from psycopg import IsolationLevel

    return {
        "isolation_level": IsolationLevel.REPEATABLE_READ,
        "options": "-c statement_timeout=0 -c lock_timeout=5000 -c default_transaction_read_only=on",
    }
