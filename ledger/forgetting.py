"""What the books' floor lets go of when a member is erased (RULES 46): rows of stored files, staff's words.

The movements, lots and purchases stay: they hold surrogate ids. A row of a stored file is the person's when
one of its cells is a contact of theirs or the number of an order of theirs; the whole row is emptied, and the
others stay as they are, byte by byte.
"""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.db.models import Q

from accounts.contacts import hashes_erased_with, is_among
from accounts.digits import latin_digits
from accounts.errors import BadPhone
from accounts.models import Merchant, OutboxEvent
from accounts.phones import e164, region_of
from ledger.imports.errors import FileInUse, FileRefused
from ledger.imports.leftovers import throw_out_stages
from ledger.imports.purchase_rows import text_of
from ledger.imports.tables import encoding_of, separator_of
from ledger.models import (
    AdjustmentNote,
    AdjustmentRequest,
    CardCharge,
    ImportIssue,
    ImportRun,
    Membership,
    Purchase,
    Referral,
)
from ledger.models.imports import ImportState
from ledger.shops.forgetting import forget_in_shops

IsTheirs = Callable[[list[object]], bool]


def forget_in_books(event: OutboxEvent, now: datetime) -> None:
    """Empty the erased member's rows in every stored file of the merchant. Idempotent.

    Raises ``FileInUse`` while one of the files is still being brought in: the outbox tries again.
    """
    if event.member_id is None:
        return
    AdjustmentRequest.objects.filter(member=event.member_id).update(reason="")
    AdjustmentNote.objects.filter(movement__member=event.member_id).update(text="")
    Membership.objects.filter(member=event.member_id).update(card_token="")
    CardCharge.objects.filter(member=event.member_id).update(url="")
    Referral.objects.filter(Q(bringer=event.member_id) | Q(friend=event.member_id)).update(note="")
    hashes = hashes_erased_with(event.member_id)
    forget_in_shops(event.merchant_id, event.member_id, hashes)
    throw_out_stages(now=now)
    runs = ImportRun.objects.filter(merchant_id=event.merchant_id).exclude(file="").order_by("pk")
    busy = False
    for run in runs:
        path = Path(run.file.path)
        if not path.exists():
            continue
        if run.state in (ImportState.WAITING, ImportState.RUNNING):
            busy = True
            continue
        emptied = empty_rows(path, _theirs(event.merchant, hashes, _orders(run, event.member_id)))
        ImportIssue.objects.filter(run=run, row__in=emptied).update(params={})
    if busy:
        raise FileInUse


def empty_rows(path: Path, is_theirs: IsTheirs) -> list[int]:
    """Empty the rows of a CSV or XLSX file that are somebody's; return their numbers, from 1.

    The file is replaced at once, and only when a row was theirs.
    """
    draft = path.with_name(f"{path.name}.emptied")
    with path.open("rb") as file:
        is_book = file.read(4).startswith(b"PK\x03\x04")
    try:
        rows = _empty_book(path, draft, is_theirs) if is_book else _empty_text(path, draft, is_theirs)
        if rows:
            draft.replace(path)
    except FileRefused:  # it was never readable: nothing came from it, and nothing can be found in it
        path.unlink()
        rows = []
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _orders(run: ImportRun, member_id: int) -> frozenset[str]:
    orders = Purchase.objects.filter(member=member_id, source=run.source)
    return frozenset(orders.values_list("external_id", flat=True))


def _theirs(merchant: Merchant, hashes: frozenset[str], orders: frozenset[str]) -> IsTheirs:
    """Return the question whether a row's cells name the person with these contacts or orders."""
    region = region_of(merchant.currency)

    @lru_cache(maxsize=65_536)
    def names_them(text: str) -> bool:
        return text in orders or any(
            is_among(hashes, merchant.pk, kind, value) for kind, value in _read_as(text, region)
        )

    return lambda cells: any(names_them(text) for text in map(text_of, cells) if text)


def _read_as(text: str, region: str) -> Iterator[tuple[str, str]]:
    """Yield what a cell may be: an outer id, an address, a phone in any spelling."""
    yield "external_id", text
    if "@" in text:
        yield "email", text.lower()
    elif sum(letter.isdigit() for letter in latin_digits(text)) >= 7:
        try:
            yield "phone", e164(text, region)
        except BadPhone:
            return


def _empty_text(path: Path, draft: Path, is_theirs: IsTheirs) -> list[int]:
    encoding, found = encoding_of(path), list[int]()
    if encoding == "utf-8-sig" and not _has_mark(path):
        encoding = "utf-8"
    with (
        path.open(encoding=encoding, newline="") as text,
        draft.open("w", encoding=encoding, newline="") as out,
    ):
        separator = separator_of(text.readline())
        text.seek(0)
        taken: list[str] = []
        for number, cells in enumerate(csv.reader(_noted(text, taken), delimiter=separator), start=1):
            if number > 1 and is_theirs(list(cells)):
                found.append(number)
                out.write(separator * (len(cells) - 1) + "\n")
            else:
                out.writelines(taken)
            taken.clear()
    return found


def _has_mark(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(3) == codecs.BOM_UTF8


def _noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """Yield lines, and keep those that the reader took for its row as they were."""
    for line in lines:
        taken.append(line)
        yield line


def _empty_book(path: Path, draft: Path, is_theirs: IsTheirs) -> list[int]:
    import openpyxl  # here: it brings NumPy, which every process would load for the few files of this kind

    book = openpyxl.load_workbook(path)
    found: list[int] = []
    for sheet in book.worksheets:
        for number, cells in enumerate(sheet.iter_rows(min_row=2), start=2):
            if is_theirs([cell.value for cell in cells]):
                found.append(number)
                for cell in cells:
                    cell.value = None
    book.save(draft)
    return found
