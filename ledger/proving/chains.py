"""Proving the seals: every root and every link is computed again, and the first that differs is named.

One statement per merchant (or for all), grouped in the database. Only where a block differs are its rows
looked at one by one. A newest block that was dropped together with its rows leaves a shorter, faultless
chain: that is found by a head the merchant was sent (``ledger.proving.heads``).
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db import connection

from ledger.models import SealEntry, SealHorizon
from ledger.proving.finding import Found, Scope
from ledger.seals.canon import FORM, KINDS, Kind, digest, instant_sql, line_sql, prepare, root_sql, sha256_sql
from ledger.seals.sealing import CHECKED

SEAL: Final = (
    f"'{FORM}|' || b.merchant_id || '|' || b.number || '|' || b.previous || '|' || b.root"
    " || '|' || b.lines || '|' || b.points || '|' || "
)


def broken_chains(scope: Scope) -> Iterator[Found]:
    """The first block that does not hold of this merchant (or of any), and rows that no block holds."""
    prepare()
    merchant_id = scope.merchant_id
    for found in _broken_blocks(merchant_id):
        yield _named(found)
    for kind in KINDS:
        yield from _strays(kind, merchant_id)


def _broken_blocks(merchant_id: int | None) -> list[tuple[Any, ...]]:
    """The first block that differs, or none; a block that is missing altogether has no id.

    (id, merchant, number, expected number, previous, hash before, root, its root now, hash, its hash now).
    """
    lines = " UNION ALL ".join(_lines(kind, merchant_id) for kind in KINDS)
    mine = "" if merchant_id is None else f"WHERE merchant_id = {merchant_id:d}"
    statement = f"""
    WITH found AS (
        SELECT block_id, merchant_id, count(*) AS lines, {root_sql()} AS root
        FROM ({lines}) line GROUP BY block_id, merchant_id
    ), block AS (
        SELECT b.*, coalesce(lag(b.hash) OVER chain, '') AS hash_before,
            coalesce(lag(b.number) OVER chain, 0) + 1 AS expected,
            {sha256_sql(f"{SEAL}{instant_sql('b.sealed_at')}")} AS hash_again
        FROM (SELECT * FROM ledger_sealblock {mine}) b
        WINDOW chain AS (PARTITION BY b.merchant_id ORDER BY b.number)
    )
    SELECT block.id, block.merchant_id, block.number, block.expected, block.previous, block.hash_before,
        block.root, coalesce(found.root, ''), block.hash, block.hash_again
    FROM block LEFT JOIN found ON found.block_id = block.id AND found.merchant_id = block.merchant_id
    WHERE coalesce(found.root, '') <> block.root OR coalesce(found.lines, 0) <> block.lines
        OR block.previous <> block.hash_before OR block.number <> block.expected
        OR block.hash <> block.hash_again
    UNION ALL
    SELECT NULL, found.merchant_id, found.block_id, 0, '', '', '', found.root, '', ''
    FROM found LEFT JOIN ledger_sealblock b ON b.id = found.block_id AND b.merchant_id = found.merchant_id
    WHERE b.id IS NULL
    ORDER BY 2, 3 LIMIT 1"""  # noqa: S608 (our own names and an integer)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _lines(kind: Kind, merchant_id: int | None) -> str:
    """The lines of every sealed row of a kind, with its block."""
    mine = "" if merchant_id is None else f"AND {kind.merchant} = {merchant_id:d}"
    return f"""SELECT e.block_id, {kind.merchant} AS merchant_id, {kind.code} AS kind, f.id AS row_id,
        {kind.part} AS part, {line_sql(kind)} AS line
        FROM ledger_sealentry e JOIN {kind.table} f ON f.id = e.row_id {kind.joins}
        WHERE e.kind = {kind.code} {mine}"""  # noqa: S608 (our own names and an integer)


def _named(found: tuple[Any, ...]) -> Found:
    """Say what is wrong with a block, and with which of its rows."""
    block_id, merchant_id, number, expected, previous, before, root, again, seal, seal_again = found
    if block_id is None:
        return ("seal", f"rows of merchant {merchant_id}", f"in block id {number}", "no such block")
    where = f"block {number} of merchant {merchant_id}"
    if number != expected:
        return ("seal", f"block {expected} of merchant {merchant_id}", "no such block", where)
    if root != again:
        row, stored, recomputed = _changed_row(block_id) or ("", root, again or "no rows")
        return ("seal", f"{where}{row}", stored, recomputed)
    if previous != before:
        return ("seal", f"{where}, its link", previous or "nothing", before or "nothing")
    return ("seal", where, seal, seal_again)


def _changed_row(block_id: int) -> tuple[str, str, str] | None:
    """The first row of a block that is gone or does not have the digest it was sealed with."""
    for kind in KINDS:
        digests = dict(
            SealEntry.objects.filter(block=block_id, kind=kind.code)
            .order_by("row_id")
            .values_list("row_id", "digest")
        )
        now = _digests(kind, block_id) if digests else {}
        for row_id, sealed in digests.items():
            if now.get(row_id) != sealed:
                there = "other content" if row_id in now else "no row"
                return f", {kind.name} {row_id}", f"{there} {now.get(row_id, '')}".strip(), f"sealed {sealed}"
    return None


def _digests(kind: Kind, block_id: int) -> dict[int, str]:
    """The digests that the rows of a block have now."""
    statement = f"""SELECT f.id, {kind.part} AS part, {line_sql(kind)} FROM ledger_sealentry e
        JOIN {kind.table} f ON f.id = e.row_id {kind.joins}
        WHERE e.kind = {kind.code} AND e.block_id = %s ORDER BY f.id, part"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [block_id])
        rows = cursor.fetchall()
    return {
        row_id: digest("\n".join(line for *_place, line in lines))[:CHECKED]
        for row_id, lines in groupby(rows, key=itemgetter(0))
    }


def _strays(kind: Kind, merchant_id: int | None) -> Iterator[Found]:
    """The first row that no block holds although everything up to it was sealed."""
    horizon = SealHorizon.objects.filter(kind=kind.code).values_list("sealed_to", flat=True).first() or 0
    mine = "" if merchant_id is None else f"AND {kind.merchant} = {merchant_id:d}"
    statement = f"""SELECT min(f.id) FROM {kind.table} f {kind.joins} WHERE f.id <= %s {mine} AND NOT EXISTS (
        SELECT 1 FROM ledger_sealentry e WHERE e.kind = {kind.code} AND e.row_id = f.id)"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [horizon])
        (stray,) = cursor.fetchone()
    if stray is not None:
        yield ("seal", f"{kind.name} {stray}", "in no block", f"sealed up to {horizon}")
