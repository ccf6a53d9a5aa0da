"""How far the books are sealed, when rows are numbered in one order and become visible in another.

A row's id is drawn inside the transaction that writes it, after that transaction wrote something else (a
balance is taken first), so it has a transaction id by then. On PostgreSQL a candidate, the highest id seen,
therefore becomes the horizon once every transaction older than the moment it was noted has ended: no row up
to it can appear any more. A database restored into another cluster begins with a fresh candidate, since
transaction ids mean nothing there. On SQLite writers follow one another, so the last id is the horizon.
"""

from dataclasses import dataclass

from django.db import connection

from ledger.models import SealHorizon
from ledger.seals.canon import KINDS, SERIAL


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Transactions before ``oldest`` have ended; those from ``next`` on have not begun; on ``cluster``."""

    oldest: int
    next: int
    cluster: str


def newest_ids() -> dict[int, int]:
    """The highest visible id of every kind of sealed row; 0 when there is none."""
    newest = "(SELECT coalesce(max(id), 0) FROM {})"
    asked = ", ".join(newest.format(kind.table) for kind in KINDS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}")
        return dict(zip((kind.code for kind in KINDS), cursor.fetchone(), strict=True))


def horizons() -> dict[int, SealHorizon]:
    """The state of every kind, opened on first use."""
    found = {row.kind: row for row in SealHorizon.objects.all()}
    if len(found) < len(KINDS):
        SealHorizon.objects.bulk_create(
            [SealHorizon(kind=kind.code) for kind in KINDS], ignore_conflicts=True
        )
        found = {row.kind: row for row in SealHorizon.objects.all()}
    return found


def snapshot() -> Snapshot:
    """The transactions of this instant; needs no right beyond being connected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint,"
            " (SELECT system_identifier::text FROM pg_control_system()) FROM pg_current_snapshot() s"
        )
        return Snapshot(*cursor.fetchone())


def settled(rows: dict[int, SealHorizon]) -> set[int]:
    """The kinds whose candidate holds by now. To be asked before the pass that seals up to it."""
    if connection.vendor == SERIAL:
        return set()
    now = snapshot()
    return {
        kind
        for kind, row in rows.items()
        if row.candidate is not None
        and row.candidate_xid is not None
        and row.cluster == now.cluster
        and now.oldest >= row.candidate_xid
    }


def advance(rows: dict[int, SealHorizon], ready: set[int]) -> None:
    """After a whole pass: move the horizon to each ready candidate, and note the next candidates."""
    if connection.vendor == SERIAL:
        return
    newest = newest_ids()
    now = snapshot()  # after the ids: whoever drew one of them has begun before
    for kind, row in rows.items():
        waits = row.candidate is not None and row.cluster == now.cluster
        if kind in ready and row.candidate is not None:
            row.sealed_to = row.candidate
        elif waits:
            continue
        elif newest[kind] == row.sealed_to and row.candidate is None:
            continue  # nothing of this kind was written since
        is_new = newest[kind] > row.sealed_to
        row.candidate, row.candidate_xid = (newest[kind], now.next) if is_new else (None, None)
        row.cluster = now.cluster
        row.save(update_fields=["sealed_to", "candidate", "candidate_xid", "cluster"])
