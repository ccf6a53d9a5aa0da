"""Waiting for SQLite's one write lock: who has waited longer asks more often.

SQLite's own busy handler does the opposite. It sleeps longer the longer it waits, up to a tenth of a second
at a time, so that whoever came last takes the lock from under whoever came first, again and again. Here the
pauses begin at some milliseconds and shrink; an attempt costs a few microseconds.

The lock itself is SQLite's and nothing beside it: a killed process lets go of it, other programs take part,
and there is nothing to inherit over a fork or to clear up.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, Final

from django.db.backends.sqlite3.base import SQLiteCursorWrapper

FIRST: Final = 0.004
LEAST: Final = 0.001
SOON: Final = 0.01
"""Seconds: the first pause, the shortest, and the waiting after which a pause is half of the first."""
WRITES: Final = re.compile(
    r"\s*(?:BEGIN (?:IMMEDIATE|EXCLUSIVE)|INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE
)


def pause(waited: float) -> float:
    """Seconds until the next attempt of who has waited ``waited`` seconds already."""
    return max(LEAST, FIRST / (1 + waited / SOON))


class PatientCursor(SQLiteCursorWrapper):
    """A cursor that waits for the write lock by ``pause``, for ``patience`` seconds at most."""

    def __init__(self, connection: sqlite3.Connection, *, patience: float) -> None:
        super().__init__(connection)
        self.patience = patience

    def execute(self, query: str, params: Any = None) -> Any:
        """Run a statement; one that was refused the lock outside of a transaction has changed nothing."""
        if self.connection.in_transaction or not WRITES.match(query):
            return super().execute(query, params)
        began = monotonic()
        with self._asking_once():
            while True:
                try:
                    return super().execute(query, params)
                except sqlite3.OperationalError as error:
                    waited = monotonic() - began
                    if waited >= self.patience or not _is_busy(error):
                        raise
                sleep(pause(waited))

    @contextmanager
    def _asking_once(self) -> Iterator[None]:
        """Let SQLite answer at once whether the lock is free; reads and checkpoints keep its own patience."""
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {round(1000 * self.patience)}")


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another holds the lock, in any of the ways that SQLite tells apart in the upper bytes."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
