"""Files of opening balances on their way into the books (RULES 47): once, whatever becomes of the member.

A file is read and checked whole before anything is written. Every row has a key
(``ledger.imports.row_keys``), so that the same file again, or a run that was cut off, changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from accounts.carried_consent import CarriedAnswer, carry_over
from accounts.errors import WalaaError
from accounts.joining import new_member
from accounts.models import Member, Merchant
from ledger.bulk.many import Outcome, post_many
from ledger.errors import KeyConflict
from ledger.events import PointsOpened
from ledger.imports import runs
from ledger.imports.balance_rows import BalanceRow, Expectations, balance_columns, balance_row
from ledger.imports.errors import EmptyFile, FileRefused, RowsRefused
from ledger.imports.people import Name, known_members, make_members
from ledger.imports.purchase_rows import Issue
from ledger.imports.row_keys import key_of, known_rows, refuse_other_secret
from ledger.imports.runs import Clock, Progress
from ledger.imports.tables import BrokenRow, Row, read_rows
from ledger.models import ImportRun, PostingKey
from ledger.models.imports import ImportKind, ImportState
from programs.calendars import start_of_day_instant
from programs.editions import edition_at
from programs.queries import timeline

SOURCE: Final = "opening"
CHUNK: Final = 250  # rows per transaction: about a tenth of a second on SQLite
TRIES: Final = 3  # two random membership numbers may be the same: the second is drawn again
COLUMNS: Final = {"tier": "tier", "expires_on": "expires_on", "tier_until": "tier_until", "points": "points"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as it was read: the rows that can come in, and why the others cannot."""

    rows: list[BalanceRow]
    issues: list[Issue]

    @property
    def total(self) -> int:
        """How many rows the file has, header apart."""
        return len(self.rows) + len(self.issues)


def read_balances(path: Path, merchant: Merchant, *, now: datetime, limit: int | None = None) -> Reading:
    """Read and check a file (its first ``limit`` rows). Raises leaves of ``FileRefused``."""
    promises = timeline(merchant)
    terms = promises.at(now) or next(iter(promises.terms), None)
    expected = Expectations(currency=merchant.currency, zone=merchant.zone, now=now, terms=terms)
    columns, table = _opened(path)
    rows: list[BalanceRow] = []
    issues: list[Issue] = []
    first_seen: dict[str, int] = {}
    for item in table:
        read = (
            Issue(item.row, "", "broken_row")
            if isinstance(item, BrokenRow)
            else balance_row(item[0], item[1], columns, expected)
        )
        if isinstance(read, BalanceRow):
            earlier = first_seen.setdefault(key_of(read), read.row)
            if earlier != read.row:
                read = Issue(read.row, "lot_id", "repeated_lot", {"first": earlier})
        rows.append(read) if isinstance(read, BalanceRow) else issues.append(read)
        if limit is not None and len(rows) + len(issues) >= limit:
            break
    if not rows and not issues:
        raise EmptyFile
    return Reading(rows, issues)


def _opened(path: Path) -> tuple[dict[str, int], Iterator[Row | BrokenRow]]:
    """The columns of a file and the rows below its header. Raises leaves of ``FileRefused``."""
    table = read_rows(path)
    header = next(table, None)
    if header is None or isinstance(header, BrokenRow):
        raise EmptyFile
    return balance_columns(header[1]), table


def start_balances(
    *, merchant: Merchant, file: Path, name: str, actor: str, now: datetime, strict: bool = False,
    source: str = SOURCE,
) -> ImportRun:  # fmt: skip
    """Store the file as a run that waits for a worker (or for ``run_balances``).

    What is no table at all is refused before a byte is stored: raises leaves of ``FileRefused``.
    """
    _opened(file)
    run = ImportRun(
        merchant=merchant, kind=ImportKind.BALANCES, original_name=name[:200], source=source, strict=strict,
        actor=actor, created_at=now,
    )  # fmt: skip
    return runs.store(run, file)


def run_pending(*, clock: Clock) -> int:
    """Do the files of balances that wait or were cut off; return how many were done."""
    open_runs = runs.waiting(ImportKind.BALANCES, clock())
    return sum(run_balances(run_id=run_id, clock=clock) is not None for run_id in open_runs)


def run_balances(*, run_id: int, clock: Clock, progress: Progress | None = None) -> ImportRun | None:
    """Bring one run's file into the books; None when somebody else is doing it.

    The run's row tells how it went: its counts, its refused rows, or why the file was refused.
    """
    run = runs.claim(run_id, clock())
    if run is None:
        return None
    try:
        reading = read_balances(Path(run.file.path), run.merchant, now=run.created_at)
        refuse_other_secret(run, reading.rows)
        if run.strict and reading.issues:
            runs.save_issues(run, reading.issues)
            raise RowsRefused(refused=len(reading.issues))
        _bring_in(run, reading, clock, progress or (lambda _done, _total: None))
    except FileRefused as refusal:
        runs.close(run, clock(), ImportState.FAILED, {"code": refusal.code, **refusal.params})
    else:
        runs.close(run, clock(), ImportState.DONE, {})
    return ImportRun.objects.get(pk=run_id)


def _bring_in(run: ImportRun, reading: Reading, clock: Clock, progress: Progress) -> None:
    """Write the good rows chunk by chunk, a person's rows together, and remember what was refused."""
    issues = list(reading.issues)
    ready = sorted(reading.rows, key=lambda row: (row.member_ref or row.phone, row.row))
    total, done = reading.total, len(issues)
    ImportRun.objects.filter(pk=run.pk).update(rows=total, done=done)
    for start in range(0, len(ready), CHUNK):
        chunk = ready[start : start + CHUNK]
        now = clock()
        known = known_rows(run, chunk)
        members, refused = _members_of(run, chunk, known)
        issues += refused
        open_rows = [row for row in chunk if row.row in members]
        outcomes = _post(run, open_rows, members, known, now)
        done += len(chunk)
        runs.count(run, outcomes, done, now)
        issues += _refusals(open_rows, outcomes)
        progress(done, total)
    runs.settle(run, issues)


def _refusals(rows: Sequence[BalanceRow], outcomes: Sequence[Outcome]) -> Iterator[Issue]:
    """Why the books refused rows that looked well."""
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome.answer, WalaaError):
            code = "lot_conflict" if outcome.refusal == KeyConflict.code else outcome.refusal
            yield Issue(row.row, COLUMNS.get(outcome.field, "lot_id"), code, outcome.answer.params)


def _post(
    run: ImportRun,
    rows: Sequence[BalanceRow],
    members: Mapping[int, int],
    known: Mapping[int, PostingKey],
    now: datetime,
) -> list[Outcome]:
    """Post rows and, in the same transaction, the answers about consent of those that are new."""
    keys = {row.row: known[row.row].key if row.row in known else key_of(row) for row in rows}
    with transaction.atomic():
        outcomes = post_many([_event(run, row, members[row.row], keys[row.row]) for row in rows], now=now)
        answers = [
            CarriedAnswer(
                member_id=members[row.row],
                channel=answer.channel,
                granted=answer.granted,
                at=start_of_day_instant(answer.on, run.merchant.zone) if answer.on else None,
                source=answer.source or run.source,
            )
            for row, outcome in zip(rows, outcomes, strict=True)
            if outcome.created
            for answer in row.answers
        ]
        standing = edition_at(run.merchant, now) if answers else None
        edition = standing.number if standing else None
        carry_over(answers, actor=run.actor, now=now, edition=edition)
    return outcomes


def _event(run: ImportRun, row: BalanceRow, member_id: int, key: str) -> PointsOpened:
    """Return the row as an event; it happens when the file was handed in, however often it is resumed."""
    return PointsOpened(
        merchant_id=run.merchant_id,
        member_id=member_id,
        occurred_at=run.created_at,
        source=run.source,
        key=key,
        actor=run.actor,
        points=row.points,
        earned_on=row.earned_on,
        expires_on=row.expires_on,
        expires=row.expires,
        card=row.card,
        stamps=row.stamps,
        tier_code=row.tier_code,
        tier_until=row.tier_until,
    )


def _members_of(
    run: ImportRun, rows: Sequence[BalanceRow], came_in: Mapping[int, PostingKey]
) -> tuple[dict[int, int], list[Issue]]:
    """Return row number → member id, making the members nobody knew.

    A row that came in before belongs to whom it belonged to then: a phone that changed, a merge or an erasure
    meanwhile makes nobody new. The same lot for another active person is a conflict; a closed record takes
    nothing.
    """
    before = {number: int(row.receipt["member_id"]) for number, row in came_in.items()}
    known = known_members(run.merchant, {name for row in rows for name in _names(row)})
    fresh = [row for row in rows if row.row not in before]
    known |= _newcomers(run, fresh, known)
    members: dict[int, int] = {}
    issues: list[Issue] = []
    active = set(Member.objects.active().filter(pk__in=before.values()).values_list("pk", flat=True))
    for row in rows:
        owner, named = before.get(row.row), _known(row, known)
        if owner is None and named is None:
            issues.append(Issue(row.row, "member_id" if row.member_ref else "phone", "closed_member"))
        elif owner is not None and named not in {None, owner} and owner in active:
            issues.append(Issue(row.row, "lot_id", "lot_of_another"))
        else:
            members[row.row] = owner or named or 0
    return members, issues


def _names(row: BalanceRow) -> list[Name]:
    """By what a row names its member, the merchant's own id first."""
    names = [("external_id", row.member_ref), ("phone", row.phone)]
    return [name for name in names if name[1]]


def _known(row: BalanceRow, known: Mapping[Name, int | None]) -> int | None:
    """The member a row names; None when nobody, or a closed record, is named so."""
    return next((known[name] for name in _names(row) if name in known), None)


def _newcomers(
    run: ImportRun, rows: Sequence[BalanceRow], known: Mapping[Name, int | None]
) -> dict[Name, int | None]:
    """Make the members whom no name of a row leads to."""
    found: dict[Name, int | None] = {}
    for _try in range(TRIES):
        unknown = [row for row in rows if not any(name in known or name in found for name in _names(row))]
        if not unknown:
            break
        make_members(run, {_names(row)[0]: _newcomer(run, row) for row in unknown})
        found |= known_members(run.merchant, {name for row in unknown for name in _names(row)})
    return found


def _newcomer(run: ImportRun, row: BalanceRow) -> Member:
    """An unsaved member, with all that the row says of them."""
    names: dict[str, str] = dict(_names(row))
    return new_member(
        merchant=run.merchant, now=run.created_at, source="import", given_name=row.given_name,
        family_name=row.family_name, **names,
    )  # fmt: skip
