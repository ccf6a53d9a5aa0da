"""The connection lost at a chosen statement: what a crash, a pulled cable or a killed backend looks like."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, InterfaceError, connection


class Crashed(Exception):
    """The connection was lost; nobody knows what was written."""


class _Fuse:
    """Burns at the n-th statement: before it ran (n > 0), or after it ran and before its answer (n < 0)."""

    def __init__(self, statement: int) -> None:
        self.left, self.after, self.burnt = abs(statement), statement < 0, False

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self.burnt:
            raise Crashed
        self.left -= 1
        if self.left:
            return execute(sql, params, many, context)
        if self.after:
            execute(sql, params, many, context)
        self.burnt = True
        if connection.connection is not None:
            connection.connection.rollback()  # as the server does with what was not committed
            connection.connection.close()
        raise Crashed


@contextmanager
def crash_at(statement: int) -> Iterator[_Fuse]:
    """Lose the connection at a statement of the block; 0 never. Raises ``Crashed`` or nothing.

    Whatever the block makes of the loss, it is reported as ``Crashed``; the next statement after the
    block finds a connection of its own.
    """
    fuse = _Fuse(statement)
    if not statement:
        yield fuse
        return
    try:
        with connection.execute_wrapper(fuse):
            yield fuse
    except (Crashed, DatabaseError, InterfaceError):
        if not fuse.burnt:
            raise
        raise Crashed from None
    except Exception as error:
        if not fuse.burnt:
            raise
        raise Crashed from error
    finally:
        if fuse.burnt:
            with suppress(Exception):
                connection.close()
            connection.connection = None
            connection.in_atomic_block = False
            connection.savepoint_ids = []
            connection.needs_rollback = False
            connection.closed_in_transaction = False
