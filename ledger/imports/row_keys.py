"""The key of a row of opening balances (RULES 47): the same row again is known, whatever happened since.

It is the id the lot had in the other system, or else a keyed hash of what the row says, after ``row-`` and a
mark of the secret it was made with. Rows that came in under a secret this installation no longer knows could
come in twice, so a file that rests on hashes is refused until the old secret is named again.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db.models import QuerySet

from accounts.keyed import keyed_hashes
from ledger.events import PointsOpened
from ledger.imports.balance_rows import BalanceRow
from ledger.imports.errors import SecretChanged
from ledger.models import ImportRun, PostingKey

PURPOSE: Final = "ledger.balance_files"
MADE: Final = "row-"
SHAPE: Final = f"^{MADE}[0-9a-f]{{8}}-[0-9a-f]{{40}}$"
"""So that a lot which its own system calls "row-1" is taken for what it is."""


def key_of(row: BalanceRow) -> str:
    """The key a new row gets."""
    return _keys_of(row)[0]


def known_rows(run: ImportRun, rows: Sequence[BalanceRow]) -> Mapping[int, PostingKey]:
    """Row number → the key under which it came in before."""
    asked = {key: row.row for row in rows for key in _keys_of(row)}
    return {asked[found.key]: found for found in _stored(run).filter(key__in=asked)}


def refuse_other_secret(run: ImportRun, rows: Iterable[BalanceRow]) -> None:
    """Raise ``SecretChanged`` when hashed rows came in under a secret that is not known any more."""
    if all(row.lot_id for row in rows):
        return
    hashed = _stored(run).filter(key__startswith=MADE, key__regex=SHAPE)
    for mark in _marks():
        hashed = hashed.exclude(key__startswith=f"{MADE}{mark}-")
    if hashed.exists():
        raise SecretChanged


def _keys_of(row: BalanceRow) -> list[str]:
    if row.lot_id:
        return [row.lot_id]
    said = (
        *(row.member_ref or row.phone, row.points, row.earned_on, row.expires_on, row.expires),
        *(row.card, row.stamps, row.tier_code, row.tier_until),
        *((answer.channel, answer.granted) for answer in row.answers),
    )
    hashes = keyed_hashes(PURPOSE, repr(said))
    return [f"{MADE}{mark}-{hashed[:40]}" for mark, hashed in zip(_marks(), hashes, strict=True)]


def _marks() -> list[str]:
    """What tells one secret from another, and nothing of it."""
    return [hashed[:8] for hashed in keyed_hashes(f"{PURPOSE}.mark", "")]


def _stored(run: ImportRun) -> QuerySet[PostingKey]:
    return PostingKey.objects.filter(merchant=run.merchant, source=run.source, kind=PointsOpened.kind)
