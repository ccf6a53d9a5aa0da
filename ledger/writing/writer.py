"""The one writer of the books: postings in, rows out, all of them or none.

The member's balance row is taken first, by a conditional UPDATE on the version the posting was planned on
(members in ascending order, so that two writers never wait for each other in a circle). Then the rows, the
caches, the news and the keys. A posting whose member moved meanwhile is *stale*: nothing is written.

There are two hands. On PostgreSQL one business event is one call of a function in the database; many at once,
and everything on SQLite, go table by table in one short transaction. A test drives both with the same events
and compares every table.
"""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.db import connection

from ledger.drafting import Posting
from ledger.receipt import Receipt
from ledger.writing.by_call import write_by_call
from ledger.writing.by_rows import write_rows
from ledger.writing.parts import ORDER, Stale, body_sha256

__all__ = ["ORDER", "Stale", "body_sha256", "write"]

AT_ONCE: Final = 4
"""Up to how many postings one call is cheaper than table by table."""


def write(postings: Sequence[Posting]) -> list[Receipt]:
    """Write postings planned one after another; return their receipts, with the ids.

    Several postings of one member stand in the order in which they were planned. Raises ``Stale``, or
    ``IntegrityError`` where a key, a number or a code is taken; nothing is written then.
    """
    return write_by_call(postings) if _fits_a_call(postings) else write_rows(postings)


def _fits_a_call(postings: Sequence[Posting]) -> bool:
    """Whether the database posts by itself: few postings, no two of one member."""
    if connection.vendor != "postgresql" or len(postings) > AT_ONCE or settings.LEDGER_BY_ROWS:
        return False
    return len({posting.before.member_id for posting in postings}) == len(postings)
