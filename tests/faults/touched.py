"""Which tables a piece of work writes to, as the database itself counts it: whatever wrote there, and how."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

WRITING = re.compile(
    r'(?:INSERT(?: OR \w+)? INTO|UPDATE(?: OR \w+)?|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE
)
COUNTED = """
    SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
"""


@contextmanager
def touched() -> Iterator[set[str]]:
    """Fill a set with the tables that are written to meanwhile, be it taken back or not."""
    tables: set[str] = set()
    if connection.vendor == "postgresql":
        before = _counted()
        yield tables
        tables |= {name for name, count in _counted().items() if count != before.get(name, 0)}
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    raw.set_trace_callback(lambda statement: tables.update(WRITING.findall(statement[:200])))
    try:
        yield tables
    finally:
        raw.set_trace_callback(None)


def _counted() -> dict[str, int]:
    """How many rows of each table this transaction wrote so far."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        return dict(cursor.fetchall())
