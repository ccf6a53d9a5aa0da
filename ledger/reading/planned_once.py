"""Statements that PostgreSQL plans once per connection, and that the driver does not read again.

psycopg reads a statement's marks on every execution unless it is short; a context's statement is not. Given
with PostgreSQL's own marks ($1, $2 …) it is sent as it stands.
"""

from functools import lru_cache
from typing import Any

from psycopg import Connection, RawCursor
from psycopg.types.numeric import Int8


class _Cursor(RawCursor[Any]):
    """Takes a statement in Django's spelling, so that its wrappers and logs understand it."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Execute ``query``; its plan is kept, unless the connection may keep none (a pooler)."""
        keep = self.connection.prepare_threshold is not None
        return super().execute(_own_marks(query), params, prepare=keep)


def cursor(connection: "Connection[Any]") -> "RawCursor[Any]":
    """Return a cursor whose statements are planned once."""
    return _Cursor(connection)


def whole(value: Any) -> Any:
    """Integers of one width: a statement is planned once per combination of types."""
    return Int8(value) if type(value) is int else value


@lru_cache(maxsize=64)
def _own_marks(query: str) -> bytes:
    """The very same bytes every time: their hash is reckoned once, too."""
    first, *rest = query.split("%s")
    return (first + "".join(f"${place}{text}" for place, text in enumerate(rest, start=1))).encode()
