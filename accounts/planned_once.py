"""Statements that PostgreSQL plans once per connection, and that the driver does not read again.

psycopg reads a statement's marks on every execution unless it is short; a context's statement is not. Given
with PostgreSQL's own marks ($1, $2 …), one for each name, it is sent as it stands.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from psycopg import Connection, RawCursor
from psycopg.types.numeric import Int8

NAMED: Final = re.compile(r"%\((\w+)\)s")


class _Cursor(RawCursor[Any]):
    """Takes a statement in Django's spelling, so that its wrappers and logs understand it."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Execute ``query``; its plan is kept, unless the connection may keep none (a pooler)."""
        keep = self.connection.prepare_threshold is not None
        statement, names = _own_marks(query)
        return super().execute(statement, _in_order(params, names), prepare=keep)


def cursor(connection: "Connection[Any]") -> "RawCursor[Any]":
    """Return a cursor whose statements are planned once."""
    return _Cursor(connection)


def _in_order(values: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    """The values in the order of the marks; integers of one width, or each width would be planned apart."""
    found = [values[name] for name in names]
    return [Int8(value) if type(value) is int else value for value in found]


@lru_cache(maxsize=64)
def _own_marks(query: str) -> tuple[bytes, tuple[str, ...]]:
    """The very same bytes every time (their hash is reckoned once, too), and the names of its marks."""
    names = tuple(dict.fromkeys(NAMED.findall(query)))
    return NAMED.sub(lambda mark: f"${names.index(mark[1]) + 1}", query).encode(), names
