"""Files of purchases on their way into the ledger: one job, started by a person or by the command.

A file is read and checked whole before anything is written; then its good rows go in by member and in
the order of time, in short transactions, through the same planner and writer as a sale at a till: ranges
of members at a time, by as many processes as pay. A run that was cut off is taken up again: what is already
in the books answers by its key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from accounts import outbox
from accounts.models import Branch, Merchant
from ledger import topics
from ledger.bulk import shards
from ledger.bulk.many import Outcome, post_many
from ledger.bulk.shards import Shard
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.imports import runs
from ledger.imports.errors import EmptyFile, FileRefused, RowsRefused
from ledger.imports.people import settle_all
from ledger.imports.purchase_rows import Expectations, Issue, PurchaseRow, columns_of, purchase_row
from ledger.imports.runs import Clock, Progress
from ledger.imports.staging import BATCH, ReadyRow, Stage
from ledger.imports.tables import BrokenRow, Row, read_rows
from ledger.models import ImportRun
from ledger.models.imports import ImportKind, ImportState

CHUNK: Final = {"sqlite": 300, "postgresql": 500}
"""Purchases per transaction: about a tenth of a second."""
COLUMNS: Final = {"occurred_at": "occurred_at", "lines": "amount", "currency": "currency", "branch": "branch"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as it was read: the rows that can go in, and why the others cannot."""

    rows: list[PurchaseRow]
    issues: list[Issue]

    @property
    def total(self) -> int:
        """How many rows the file has, header apart."""
        return len(self.rows) + len(self.issues)


def read_file(path: Path, merchant: Merchant, *, now: datetime, limit: int | None = None) -> Reading:
    """Read and check a file (its first ``limit`` rows). Raises leaves of ``FileRefused``."""
    rows: list[PurchaseRow] = []
    issues: list[Issue] = []
    first_seen: dict[str, int] = {}
    for read in islice(_read(path, merchant, now), limit):
        if isinstance(read, Issue):
            issues.append(read)
        elif (earlier := first_seen.setdefault(read.external_id, read.row)) != read.row:
            issues.append(_twin(read.row, earlier))
        else:
            rows.append(read)
    if not rows and not issues:
        raise EmptyFile
    return Reading(rows, issues)


def _read(path: Path, merchant: Merchant, now: datetime) -> Iterator[PurchaseRow | Issue]:
    """Every row of a file by itself: a purchase, or why it is none."""
    expected = Expectations(
        currency=merchant.currency,
        zone=merchant.timezone,
        now=now,
        branches=frozenset(Branch.objects.filter(merchant=merchant).values_list("code", flat=True)),
    )
    columns, table = _opened(path)
    for item in table:
        if isinstance(item, BrokenRow):
            yield Issue(item.row, "", "broken_row")
        else:
            yield purchase_row(item[0], item[1], columns, expected)


def _twin(row: int, first: int) -> Issue:
    return Issue(row, "external_id", "repeated_id", {"first": first})


def _opened(path: Path) -> tuple[dict[str, int], Iterator[Row | BrokenRow]]:
    """The columns of a file and the rows below its header. Raises leaves of ``FileRefused``."""
    table = read_rows(path)
    header = next(table, None)
    if header is None or isinstance(header, BrokenRow):
        raise EmptyFile
    return columns_of(header[1]), table


def start_import(
    *,
    merchant: Merchant,
    file: Path,
    name: str,
    actor: str,
    now: datetime,
    award: bool | None = None,
    strict: bool = False,
    source: str = "import",
) -> ImportRun:
    """Store the file and its wishes as a run that waits for a worker (or for ``run_import``).

    What is no table at all is refused before a byte is stored: raises leaves of ``FileRefused``.
    """
    _opened(file)
    run = ImportRun(
        merchant=merchant, original_name=name[:200], source=source, award=award, strict=strict,
        actor=actor, created_at=now,
    )  # fmt: skip
    return runs.store(run, file)


def run_pending(*, clock: Clock) -> int:
    """Do the imports that wait or were cut off; return how many were done."""
    open_runs = runs.waiting(ImportKind.PURCHASES, clock())
    return sum(run_import(run_id=run_id, clock=clock) is not None for run_id in open_runs)


def run_import(
    *, run_id: int, clock: Clock, progress: Progress | None = None, processes: int | None = None
) -> ImportRun | None:
    """Bring one run's file into the ledger; None when somebody else is doing it.

    The run's row tells how it went: its counts, its refused rows, or why the file was refused.
    ``processes`` is how many share the work; as many as pay, unless it is said.
    """
    run = runs.claim(run_id, clock())
    if run is None:
        return None
    hands = shards.default_processes() if processes is None else processes
    path = Path(run.file.path)
    try:
        with Stage(path) as stage:
            issues = _put_down(run, stage, path, clock)
            if run.strict and issues:
                runs.save_issues(run, issues)
                raise RowsRefused(refused=len(issues))
            _bring_in(run, stage, issues, clock, progress or (lambda _done, _total: None), hands)
    except FileRefused as refusal:
        _finish(run, clock(), ImportState.FAILED, {"code": refusal.code, **refusal.params})
    else:
        _finish(run, clock(), ImportState.DONE, {})
    return ImportRun.objects.get(pk=run_id)


def _finish(run: ImportRun, now: datetime, state: ImportState, refusal: dict[str, Any]) -> None:
    """Close the run; one batch event tells the floors above that the books have grown."""
    with transaction.atomic():
        runs.close(run, now, state, refusal)
        if state == ImportState.DONE:
            outbox.append(
                merchant_id=run.merchant_id, topic=topics.PURCHASES_IMPORTED, member_id=None, now=now,
                payload={"run": run.pk},
            )  # fmt: skip


def _put_down(run: ImportRun, stage: Stage, path: Path, clock: Clock) -> list[Issue]:
    """Read the whole file; the good rows go on the stage, why the others cannot is returned."""
    issues: list[Issue] = []

    def good(rows: Iterable[PurchaseRow | Issue]) -> Iterator[PurchaseRow]:
        for place, row in enumerate(rows):
            if not place % BATCH:
                runs.hold(run, clock())
            if isinstance(row, PurchaseRow):
                yield row
            else:
                issues.append(row)

    run.rows = stage.put(good(_read(path, run.merchant, run.created_at))) + len(issues)
    if not run.rows:
        raise EmptyFile
    ImportRun.objects.filter(pk=run.pk).update(rows=run.rows)
    return issues + [_twin(row, first) for row, first in stage.twins()]


def _bring_in(
    run: ImportRun, stage: Stage, issues: list[Issue], clock: Clock, progress: Progress, processes: int
) -> None:
    """Write the good rows, a range of members at a time, and remember what was refused on the way."""
    settle_all(run, stage, clock)
    issues += [Issue(row, column, "closed_member") for row, column in stage.strangers()]
    total, done = run.rows, len(issues)
    ImportRun.objects.filter(pk=run.pk).update(done=done)
    branches = dict(Branch.objects.filter(merchant=run.merchant).values_list("code", "pk"))

    def bring(shard: Shard) -> Iterator[Piece]:
        for chunk in _chunks(stage.rows_of(shard), CHUNK[connection.vendor]):
            yield _post_chunk(run, chunk, branches, clock())

    for piece in shards.work(shards.cut(stage.arrange()), bring, processes=processes):
        done += piece.rows
        runs.add(run, created=piece.created, points=piece.points, done=done, now=clock())
        issues += piece.issues
        progress(done, total)
    runs.settle(run, issues)


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of one chunk of rows."""

    rows: int
    created: int
    points: int
    issues: list[Issue]


def _post_chunk(run: ImportRun, chunk: list[ReadyRow], branches: dict[str, int], now: datetime) -> Piece:
    outcomes = post_many([_event(run, row, branches) for row in chunk], now=now, receipts=False)
    return Piece(
        rows=len(chunk),
        created=sum(outcome.created for outcome in outcomes),
        points=sum(outcome.points for outcome in outcomes if outcome.created),
        issues=[
            _refused(row, outcome) for row, outcome in zip(chunk, outcomes, strict=True) if outcome.refusal
        ],
    )


def _refused(row: ReadyRow, outcome: Outcome) -> Issue:
    return Issue(row.row, COLUMNS.get(outcome.field, "external_id"), outcome.refusal)


def _chunks(rows: Iterable[ReadyRow], size: int) -> Iterator[list[ReadyRow]]:
    """Cut sorted rows into chunks at members' borders; a member larger than a chunk is cut too."""
    chunk: list[ReadyRow] = []
    for row in rows:
        is_border = bool(chunk) and row.member_id != chunk[-1].member_id
        if chunk and (len(chunk) >= size if is_border else len(chunk) >= 2 * size):
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


def _event(run: ImportRun, row: ReadyRow, branches: dict[str, int]) -> PurchaseMade:
    """Return the row as the event a till would have sent."""
    return PurchaseMade(
        merchant_id=run.merchant_id,
        member_id=row.member_id,
        occurred_at=row.occurred_at,
        source=run.source,
        key=row.external_id,
        actor=run.actor,
        currency=run.merchant.currency,
        lines=(LineItem(amount_minor=row.amount_minor, category=row.category),),
        branch_id=branches.get(row.branch),
        award=run.award,
        quiet=True,
    )
