"""Sealing the books in the background: rows nobody sealed yet become a block of their merchant's chain.

Postings know nothing of it and take no lock it takes. A pass looks at every row above the horizon that is
no entry of a block, a chunk at a time; a row that becomes visible late is found by a later pass. One sealer
works at a time; a second one leaves.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery

from accounts.models import Merchant
from ledger.models import Movement, SealBlock, SealEntry, SealHorizon
from ledger.seals.canon import (
    KINDS,
    SERIAL,
    Kind,
    digest,
    instant_text,
    line_sql,
    prepare,
    root_of,
    seal_text,
)
from ledger.seals.horizons import advance, horizons, newest_ids, settled
from ledger.writing.copying import WORTH, copy_rows

CHUNK: Final = {SERIAL: 2_000, "postgresql": 20_000}
"""Rows of each kind per transaction: about a tenth of a second on SQLite."""
MOVEMENTS: Final = 1
"""The kind of the movements."""
LATE: Final = timedelta(seconds=60)
CHECKED: Final = 16
"""Letters of a row's digest that are kept, to say which row of a block changed."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """A row to be sealed: its lines, and the points it moves."""

    kind: int
    row_id: int
    merchant_id: int
    points: int
    lines: tuple[str, ...]


def seal(*, clock: Callable[[], datetime], patience: timedelta | None = None) -> int:
    """Seal every row that is visible and not sealed; returns how many.

    With ``patience`` it stops after that time, and the next call goes on. Nothing is written when there is
    nothing new.
    """
    begun, newest = clock(), newest_ids()
    rows = {row.kind: row for row in SealHorizon.objects.all()}
    if all(newest[kind.code] <= (rows[kind.code].sealed_to if kind.code in rows else 0) for kind in KINDS):
        return 0
    prepare()
    rows = rows if len(rows) == len(KINDS) else horizons()
    ready = settled(rows)
    after = {kind: row.sealed_to for kind, row in rows.items()}
    sealed = 0
    while (found := _seal_chunk(after, now=clock())) is not None:
        sealed += sum(found.values())
        if max(found.values()) < CHUNK[connection.vendor]:  # that was all there is to see
            advance(rows, ready)
            return sealed
        if patience is not None and clock() - begun > patience:
            return sealed
    return sealed


def _seal_chunk(after: dict[int, int], *, now: datetime) -> dict[int, int] | None:
    """Seal the next rows after those ids, which are moved on; None when another sealer is at work.

    Returns how many rows there were of each kind.
    """
    with transaction.atomic():
        turn = SealHorizon.objects.all()
        if connection.vendor != SERIAL:
            turn = turn.select_for_update(skip_locked=True)
        if len(turn) < len(KINDS):
            return None
        found = {kind.code: _fresh(kind, after[kind.code]) for kind in KINDS}
        fresh = [row for rows in found.values() for row in rows]
        _seal_rows(fresh, now)
        for row in fresh:
            after[row.kind] = max(after[row.kind], row.row_id)
        if connection.vendor == SERIAL:
            for kind in {row.kind for row in fresh}:
                SealHorizon.objects.filter(kind=kind).update(sealed_to=after[kind])
    return {kind: len(rows) for kind, rows in found.items()}


def _fresh(kind: Kind, after: int) -> list[Fresh]:
    """The next rows of a kind that are no entry yet, in the order of their ids."""
    statement = f"""SELECT f.id, {kind.merchant}, {kind.points}, {kind.part} AS part, {line_sql(kind)} FROM (
        SELECT * FROM {kind.table} r WHERE r.id > %s AND NOT EXISTS (
            SELECT 1 FROM ledger_sealentry e WHERE e.kind = {kind.code} AND e.row_id > %s AND e.row_id = r.id)
        ORDER BY r.id LIMIT %s) f {kind.joins} ORDER BY f.id, part"""  # noqa: S608 (our own names)
    with connection.cursor() as cursor:
        cursor.execute(statement, [after, after, CHUNK[connection.vendor]])
        found = cursor.fetchall()
    return [
        Fresh(kind.code, row_id, merchant_id, points, tuple(row[-1] for row in lines))
        for (row_id, merchant_id, points), lines in groupby(found, key=itemgetter(0, 1, 2))
    ]


def _seal_rows(fresh: Iterable[Fresh], now: datetime) -> None:
    """Add one block to the chain of every merchant among ``fresh``."""
    of_merchant: defaultdict[int, list[Fresh]] = defaultdict(list)
    for row in fresh:
        of_merchant[row.merchant_id].append(row)
    if not of_merchant:
        return
    heads = {block.merchant_id: block for block in newest_blocks(of_merchant)}
    blocks = [_block(pk, rows, heads.get(pk), now) for pk, rows in sorted(of_merchant.items())]
    SealBlock.objects.bulk_create(blocks)
    _enter(
        [
            (row.kind, row.row_id, block.pk, digest("\n".join(row.lines))[:CHECKED])
            for block in blocks
            for row in of_merchant[block.merchant_id]
        ]
    )


def newest_blocks(merchant_ids: Iterable[int]) -> Iterable[SealBlock]:
    """The newest block of each of these merchants that has one."""
    newest = SealBlock.objects.filter(merchant=OuterRef("pk")).order_by("-number").values("pk")[:1]
    merchants = Merchant.objects.filter(pk__in=list(merchant_ids))
    return SealBlock.objects.filter(pk__in=merchants.values_list(Subquery(newest)))


def _block(merchant_id: int, rows: Sequence[Fresh], before: SealBlock | None, now: datetime) -> SealBlock:
    """The next link: rows stand in the order of kind and id."""
    lines = [line for row in rows for line in row.lines]
    block = SealBlock(
        merchant_id=merchant_id,
        number=before.number + 1 if before else 1,
        previous=before.hash if before else "",
        root=root_of(lines),
        lines=len(lines),
        points=sum(row.points for row in rows),
        sealed_at=now,
    )
    block.hash = seal_of(block)
    return block


def seal_of(block: SealBlock) -> str:
    """The seal of a block: what makes the next one depend on all before."""
    facts = (block.merchant_id, block.number, block.previous, block.root, block.lines, block.points)
    return digest(seal_text(*facts, instant_text(block.sealed_at.astimezone(UTC))))


def _enter(entries: Sequence[tuple[int, int, int, str]]) -> None:
    """Write which row is in which block."""
    columns = "ledger_sealentry (kind, row_id, block_id, digest)"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(entries) >= WORTH:
            copy_rows(cursor, f"COPY {columns} FROM STDIN", entries, ())
        else:
            cursor.executemany(f"INSERT INTO {columns} VALUES (%s, %s, %s, %s)", entries)  # noqa: S608


def unsealed() -> int:
    """How many rows wait above the horizon, at most."""
    sealed = {row.kind: row.sealed_to for row in SealHorizon.objects.all()}
    return sum(
        kind.model._default_manager.filter(pk__gt=sealed.get(kind.code, 0))
        .exclude(pk__in=SealEntry.objects.filter(kind=kind.code).values("row_id"))
        .count()
        for kind in KINDS
    )


def oldest_unsealed() -> datetime | None:
    """When the oldest movement that waits for its seal was recorded; None when none waits.

    The movements stand for the rest: whatever else is sealed is written with one. Only ids above the horizon
    are looked at, of which there are few unless nobody seals.
    """
    sealed_to = SealHorizon.objects.filter(kind=MOVEMENTS).values_list("sealed_to", flat=True).first() or 0
    sealed = SealEntry.objects.filter(kind=MOVEMENTS, row_id=OuterRef("pk"))
    waiting = Movement.objects.filter(~Exists(sealed), pk__gt=sealed_to)
    return waiting.order_by("pk").values_list("recorded_at", flat=True).first()


def is_late(now: datetime) -> bool:
    """Whether a movement has waited for its seal longer than it should: nobody seals, or too slowly."""
    oldest = oldest_unsealed()
    return oldest is not None and oldest < now - LATE
