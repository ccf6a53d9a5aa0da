"""Time passes for many members: planned together, written together, in ranges of members.

Each range is done in transactions of about a tenth of a second, by as many processes as pay. Whoever moved
meanwhile is planned again; whoever is busy is found again by the next run.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import IntegrityError, OperationalError, connection

from accounts.errors import WalaaError
from accounts.models import Merchant
from ledger.bulk import shards
from ledger.bulk.shards import Shard
from ledger.events import AwardsOpened, PointsExpired
from ledger.planning import plan
from ledger.posting import post
from ledger.reading.replaying import replays
from ledger.writing.writer import Stale, write

SOURCE: Final = "system"
CHUNK: Final = {"sqlite": 200, "postgresql": 1_000}
"""Changes (a lot that dies, an award that opens, a tier that ends) per transaction: a tenth of a second."""
PER_SHARD: Final = 4_000
TRIES: Final = 3

Passed = PointsExpired | AwardsOpened
Progress = Callable[[int, int], None]
Shortcut = Callable[[Sequence[int]], tuple[int, Collection[int]]]


def pass_time(
    *,
    merchant: Merchant,
    kind: type[Passed],
    due: Sequence[tuple[int, int]],
    now: datetime,
    shortcut: Shortcut | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
) -> int:
    """Let ``kind`` happen to members; returns the sum of the points that moved.

    ``due`` are (member id, how much is due), ids ascending. ``shortcut`` does what needs no plan for a chunk
    of members: it returns the points that moved, and whose. ``progress`` is told (members done, of how many).
    """

    def bring_up(shard: Shard) -> Iterator[tuple[int, int]]:
        first = bisect_left(due, (shard.first, 0))
        for chunk in _chunks(islice(due, first, None), shard.last):
            moved, settled = shortcut(chunk) if shortcut else (0, ())
            rest = set(chunk).difference(settled)
            yield len(chunk), moved + (_pass_chunk(merchant, kind, rest, now) if rest else 0)

    hands = shards.default_processes() if processes is None else processes
    done = points = 0
    for members, moved in shards.work(shards.cut(due, most=PER_SHARD), bring_up, processes=hands):
        done, points = done + members, points + moved
        if progress:
            progress(done, len(due))
    return points


def _chunks(due: Iterable[tuple[int, int]], last: int) -> Iterator[list[int]]:
    """Members up to ``last``, as many at a time as one transaction takes."""
    chunk, size, most = list[int](), 0, CHUNK[connection.vendor]
    for member_id, amount in due:
        if member_id > last:
            break
        if chunk and size + amount > most:
            yield chunk
            chunk, size = [], 0
        chunk.append(member_id)
        size += amount
    if chunk:
        yield chunk


def _pass_chunk(merchant: Merchant, kind: type[Passed], member_ids: Collection[int], now: datetime) -> int:
    for _try in range(TRIES):
        states = replays(merchant=merchant, member_ids=member_ids, earliest=now, now=now, only_time=True)
        events = {pk: _passed(merchant, kind, pk, now) for pk in states}
        planned = [plan(event, states[pk].context(event), now=now) for pk, event in events.items()]
        postings = [posting for posting in planned if not posting.is_empty]
        if not postings:
            return 0
        try:
            return sum(receipt.points for receipt in write(postings))
        except (Stale, IntegrityError, OperationalError):
            continue
    return sum(_pass_one(events[posting.before.member_id], now) for posting in postings)


def _pass_one(event: Passed, now: datetime) -> int:
    try:
        return post(event, now=now).points
    except WalaaError:
        return 0  # busy or closed meanwhile: the next run finds it again


def _passed(merchant: Merchant, kind: type[Passed], member_id: int, now: datetime) -> Passed:
    return kind(
        merchant_id=merchant.pk, member_id=member_id, occurred_at=now, source=SOURCE, key="", actor=SOURCE
    )
