"""Members in ranges, worked through by several processes of this machine, or by this one.

A shard is a range of member ids with about the same amount of work in it. Each is done by one process, in
short transactions of its own; whoever asked hears of every piece as it is finished. Processes are forked:
they know what this one knew, talk to it through a pipe, and end when it does, whatever ended it.
"""

import gc
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Final, TypeVar

from django.db import connection, connections

Result = TypeVar("Result")
Do = Callable[["Shard"], Iterable[Result]]

PER_SHARD: Final = 2_000
MOST_PROCESSES: Final = 8
SELDOM: Final = (100_000, 20, 20)
"""How many new objects there are between two searches for garbage (``gc.set_threshold``)."""


class ShardLost(Exception):
    """Raised when a process ended in the middle of its work; what it had committed stays."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The members from ``first`` to ``last`` (ids, both included) and how much there is to do for them."""

    first: int
    last: int
    size: int


@dataclass(frozen=True, slots=True)
class _Done:
    """Tells that a shard is finished."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """Tells that a shard could not be finished, and why."""

    error: str


def cut(sizes: Iterable[tuple[int, int]], *, most: int = PER_SHARD) -> list[Shard]:
    """Cut (member id, amount of work), ids ascending, into shards of about ``most``; no member is split."""
    shards: list[Shard] = []
    first, last, size = 0, 0, 0
    for member_id, amount in sizes:
        if size and size + amount > most:
            shards.append(Shard(first, last, size))
            size = 0
        first = first if size else member_id
        last, size = member_id, size + amount
    return [*shards, Shard(first, last, size)] if size else shards


def default_processes() -> int:
    """How many processes pay: one where the database has one writer, else one per core."""
    if connection.vendor == "sqlite":
        return 1
    return max(1, min(os.cpu_count() or 1, MOST_PROCESSES))


def work(shards: Sequence[Shard], do: Do[Result], *, processes: int = 1) -> Iterator[Result]:
    """Do every shard, in ``processes`` processes; yield what ``do`` yields, as it comes.

    Results travel through a pipe, so they are plain values. Inside a transaction, in one thread of several,
    and where there is nothing to share out, this process does it alone. Raises ``ShardLost`` when a process
    fails.
    """
    alone = connection.in_atomic_block or threading.current_thread() is not threading.main_thread()
    as_usual = gc.get_threshold()
    gc.freeze()  # what is there already is no garbage: searching it over and over costs a tenth
    gc.set_threshold(*SELDOM)  # nor is a chunk while it is planned: that costs another sixth
    try:
        if alone or processes <= 1 or len(shards) <= 1:
            for shard in shards:
                yield from do(shard)
        else:
            yield from _shared_out(shards, do, min(processes, len(shards)))
    finally:
        gc.set_threshold(*as_usual)
        gc.unfreeze()


def _shared_out(shards: Sequence[Shard], do: Do[Result], processes: int) -> Iterator[Result]:
    connections.close_all()  # a session with the database belongs to one process
    context, pipes, hands = get_context("fork"), list[Connection](), []
    try:
        for _place in range(processes):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            hand = context.Process(target=_serve, args=(theirs, tuple(pipes), do), daemon=True)
            hand.start()
            theirs.close()
            hands.append(hand)
        yield from _hand_out(list(reversed(shards)), pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for hand in hands:
            hand.join()


def _hand_out(waiting: list[Shard], pipes: Sequence[Connection]) -> Iterator[Any]:
    """Give every process a shard, and the next one whenever it has finished one."""
    busy: list[Connection] = []
    for pipe in pipes:
        pipe.send(waiting.pop())
        busy.append(pipe)
    while busy:
        for pipe in [one for one in wait(busy) if isinstance(one, Connection)]:
            said = _heard(pipe)
            if not isinstance(said, _Done):
                yield said
            elif waiting:
                pipe.send(waiting.pop())
            else:
                busy.remove(pipe)


def _heard(pipe: Connection) -> Any:
    try:
        said = pipe.recv()
    except (EOFError, ConnectionError) as error:
        raise ShardLost("a process ended in the middle of its work") from error
    if isinstance(said, _Failed):
        raise ShardLost(said.error)
    return said


def _serve(pipe: Connection, inherited: Iterable[Connection], do: Do[Any]) -> None:
    """Do shards until nobody asks any more. The ends of the others are closed, so that theirs can break."""
    for end in inherited:
        end.close()
    with suppress(EOFError, ConnectionError, KeyboardInterrupt):
        while True:
            shard = pipe.recv()
            try:
                for result in do(shard):
                    pipe.send(result)
            except (ConnectionError, KeyboardInterrupt):
                raise
            except Exception as error:  # whatever it is, whoever asked must hear of it
                pipe.send(_Failed(f"{type(error).__name__}: {error}"))
                raise
            pipe.send(_Done())
    connections.close_all()
