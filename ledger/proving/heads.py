"""Heads: the newest seal of a merchant's chain on each day, kept by the merchant outside of this database.

Whoever holds one can prove later that nothing up to it was changed or dropped: every seal depends on all
before it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from django.db.models import Max
from django.db.models.functions import TruncDate

from accounts.models import Merchant
from ledger.errors import NotAHead
from ledger.models import SealBlock
from ledger.proving.finding import Found

COLUMNS: Final = ("merchant", "day", "block", "seal")
SEAL: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """A seal that a chain is expected to hold; of which merchant and which block, when that is known."""

    seal: str
    merchant: str = ""
    block: int | None = None


def head_of(merchant: Merchant) -> SealBlock | None:
    """The newest block of the merchant's chain."""
    return SealBlock.objects.filter(merchant=merchant).order_by("-number").first()


def daily_heads(merchant: Merchant) -> Iterator[tuple[date, SealBlock]]:
    """The last block of every day, in the merchant's zone, the oldest first."""
    rows = SealBlock.objects.filter(merchant=merchant)
    days = rows.annotate(day=TruncDate("sealed_at", tzinfo=merchant.timezone)).order_by().values("day")
    newest = dict(days.annotate(last=Max("number")).values_list("last", "day"))
    for block in rows.filter(number__in=newest).order_by("number").iterator():
        yield newest[block.number], block


def as_csv(merchant: Merchant) -> str:
    """The daily heads as a file to keep; ``read_heads`` takes it back."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for day, block in daily_heads(merchant):
        rows.writerow([merchant.slug, day.isoformat(), block.number, block.hash])
    return text.getvalue()


def read_heads(given: str) -> list[Head]:
    """A seal of 64 letters, or the path of a file of heads. Raises ``NotAHead`` naming what is wrong."""
    seal = given.strip().lower()
    if SEAL.fullmatch(seal):
        return [Head(seal)]
    path = Path(given)
    if not path.is_file():
        raise NotAHead(given=given[:80])
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (UnicodeDecodeError, OSError) as error:
        raise NotAHead(given=path.name) from error
    if not rows:
        raise NotAHead(given=path.name)
    return [_head(row, f"{path.name}:{line}") for line, row in enumerate(rows, start=2)]


def _head(row: dict[str, str | None], where: str) -> Head:
    seal, block = (row.get("seal") or "").strip().lower(), (row.get("block") or "").strip()
    if not SEAL.fullmatch(seal) or not block.isdecimal():
        raise NotAHead(given=where)
    return Head(seal, (row.get("merchant") or "").strip(), int(block))


def of_merchant(heads: Iterable[Head], slug: str) -> list[Head]:
    """The heads that are this merchant's; one that names nobody is taken to be."""
    return [replace(head, merchant=slug) for head in heads if head.merchant in ("", slug)]


def lost_heads(expected: Sequence[Head]) -> Iterator[Found]:
    """Expected heads that no chain holds: its newest blocks were dropped, or the chain was made anew."""
    seals = [head.seal for head in expected]
    there = {
        (block.hash, block.merchant.slug): block.number
        for block in SealBlock.objects.filter(hash__in=seals).select_related("merchant")
    }
    for head in expected:
        held = {
            number
            for (seal, slug), number in there.items()
            if seal == head.seal and head.merchant in ("", slug)
        }
        if (head.block not in held) if head.block is not None else not held:
            where = f"block {head.block or '?'} of {head.merchant or 'any merchant'}"
            yield "head", where, _newest(head), head.seal


def _newest(head: Head) -> str:
    """What the chain ends with instead."""
    rows = SealBlock.objects.order_by("-number")
    newest = (rows.filter(merchant__slug=head.merchant) if head.merchant else rows).first()
    return f"no such seal, the newest is block {newest.number} {newest.hash}" if newest else "no seal at all"
