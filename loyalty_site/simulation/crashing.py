"""The connection lost at a chosen statement: by a pulled cable, a killed backend, or a killed process."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

import psycopg
from django.db import DatabaseError, InterfaceError, connection, connections

LOST, BACKEND, PROCESS = "lost", "backend", "process"
FORK: Final = multiprocessing.get_context("fork")
Answer = TypeVar("Answer")


class Crashed(Exception):
    """The connection was lost; nobody knows what was written."""


class _Fuse:
    """Burns at the n-th statement: before it ran (n > 0), or after it ran and before its answer (n < 0)."""

    def __init__(self, statement: int, how: str) -> None:
        self.left, self.after, self.burnt, self.how = abs(statement), statement < 0, False, how

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if self.burnt and self.how == LOST:
            raise Crashed
        self.left -= 1
        if self.left or self.burnt:
            return execute(sql, params, many, context)
        if self.after:
            done = execute(sql, params, many, context)
        self.burnt = True
        _BURN[self.how]()
        return done if self.after else execute(sql, params, many, context)


def _lose() -> None:
    """Close the connection, as the server does with what was not committed."""
    if connection.connection is not None:
        connection.connection.rollback()
        connection.connection.close()
    raise Crashed


def _end_backend() -> None:
    """Let the server end our backend: the next statement finds out. SQLite has none; there the cable goes."""
    if connection.vendor != "postgresql" or connection.connection is None:
        _lose()
    asked = connection.get_connection_params()
    server = {name: asked[name] for name in ("dbname", "user", "password", "host", "port") if name in asked}
    with psycopg.connect(**server, autocommit=True) as other:
        pid = connection.connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def _end_process() -> None:
    """Kill this process, as the kernel does when memory is gone."""
    os.kill(os.getpid(), signal.SIGKILL)


_BURN: Final[dict[str, Callable[[], None]]] = {LOST: _lose, BACKEND: _end_backend, PROCESS: _end_process}


@contextmanager
def crash_at(statement: int, how: str = LOST) -> Iterator[_Fuse]:
    """Lose the connection at a statement of the block; 0 never. Raises ``Crashed`` or nothing.

    Whatever the block makes of the loss, it is reported as ``Crashed``; the next statement after the
    block finds a connection of its own.
    """
    fuse = _Fuse(statement, how)
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


def in_a_process_that_dies(statement: int, do: Callable[[], Answer]) -> Answer:
    """Do it in a process of its own, killed at a statement. Raises ``Crashed`` when it was."""
    connections.close_all()  # a connection does not survive a fork
    ours, theirs = FORK.Pipe(duplex=False)

    def run() -> None:
        with crash_at(statement, PROCESS):
            theirs.send(do())
        connections.close_all()
        os._exit(0)

    process = FORK.Process(target=run)
    process.start()
    theirs.close()
    try:
        return ours.recv()  # type: ignore[no-any-return] # what was sent
    except EOFError:
        raise Crashed from None
    finally:
        process.join()
        ours.close()
