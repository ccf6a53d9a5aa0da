"""Time passes for many members: planned together, written together, a chunk of members at a time.

Each chunk is a transaction of about a tenth of a second. Whoever moved meanwhile is planned again; whoever is
busy is found again by the next run.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, OperationalError, connection

from accounts.errors import WalaaError
from accounts.models import Merchant
from ledger.context import Context
from ledger.events import AnyEvent, AwardsOpened, PointsExpired
from ledger.planning import plan
from ledger.posting import post
from ledger.reading.replaying import replays
from ledger.receipt import Receipt
from ledger.writing.writer import Stale, write

SOURCE: Final = "system"
CHUNK: Final = {"sqlite": 200, "postgresql": 1_000}
"""Changes (a lot that dies, an award that opens, a tier that ends) per transaction: a tenth of a second."""
TRIES: Final = 3

Passed = PointsExpired | AwardsOpened
Known = tuple[AnyEvent, Context]
Read = Callable[[Collection[int]], dict[int, Known]]
Shortcut = Callable[[Sequence[int]], tuple[int, Collection[int]]]


def pass_time(
    *,
    merchant: Merchant,
    kind: type[Passed],
    due: Iterable[tuple[int, int]],
    now: datetime,
    shortcut: Shortcut | None = None,
) -> Iterator[tuple[int, int]]:
    """Let ``kind`` happen to members; yields (how many members, the points that moved) chunk by chunk.

    ``due`` are (member id, how much is due), ids ascending. ``shortcut`` does what needs no plan for a chunk
    of members: it returns the points that moved, and whose.
    """

    def read(member_ids: Collection[int]) -> dict[int, Known]:
        states = replays(merchant=merchant, member_ids=member_ids, earliest=now, now=now, only_time=True)
        events = {pk: _passed(merchant, kind, pk, now) for pk in states}
        return {pk: (event, states[pk].context(event)) for pk, event in events.items()}

    for chunk in chunks(due):
        moved, settled = shortcut(chunk) if shortcut else (0, ())
        rest = set(chunk).difference(settled)
        receipts = post_together(read, rest, now) if rest else []
        yield len(chunk), moved + sum(receipt.points for receipt in receipts)


def chunks(due: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Members, as many at a time as one transaction takes."""
    chunk, size, most = list[int](), 0, CHUNK[connection.vendor]
    for member_id, amount in due:
        if chunk and size + amount > most:
            yield chunk
            chunk, size = [], 0
        chunk.append(member_id)
        size += amount
    if chunk:
        yield chunk


def post_together(read: Read, member_ids: Collection[int], now: datetime) -> list[Receipt]:
    """Plan and write one event of each of these members at once; returns the receipts of what was written.

    ``read`` tells the event and the context of every member it concerns. It is asked again whenever
    somebody moved meanwhile; after that each member is posted alone.
    """
    for _try in range(TRIES):
        known = read(member_ids)
        planned = [plan(event, context, now=now) for event, context in known.values()]
        postings = [posting for posting in planned if not posting.is_empty]
        if not postings:
            return []
        try:
            return write(postings)
        except (Stale, IntegrityError, OperationalError):
            continue
    alone = [post_alone(event, now) for event, _context in known.values()]
    return [receipt for receipt in alone if receipt is not None]


def post_alone(event: AnyEvent, now: datetime) -> Receipt | None:
    """Post one event through the front door; None where the member is busy or nothing is left to do."""
    try:
        receipt = post(event, now=now)
    except WalaaError:
        return None  # busy or closed meanwhile: the next run finds it again
    return None if receipt.repeated else receipt


def _passed(merchant: Merchant, kind: type[Passed], member_id: int, now: datetime) -> Passed:
    return kind(
        merchant_id=merchant.pk, member_id=member_id, occurred_at=now, source=SOURCE, key="", actor=SOURCE
    )
