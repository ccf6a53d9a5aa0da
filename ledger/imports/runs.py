"""The life of an import's row: stored, claimed by one worker, counted as it goes, closed with its answer.

What the file holds is for others to read and to write; a run that was cut off can be claimed again once its
claim is over.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q

from ledger.bulk.many import Outcome
from ledger.imports.purchase_rows import Issue
from ledger.models import ImportIssue, ImportRun
from ledger.models.imports import ImportState

Progress = Callable[[int, int], None]
Clock = Callable[[], datetime]

CLAIM: Final = timedelta(minutes=5)
KEPT_ISSUES: Final = 1_000
AT_ONCE: Final = 10


def store(run: ImportRun, file: Path) -> ImportRun:
    """Keep a copy of ``file`` with ``run``, which then waits for a worker."""
    with file.open("rb") as content:
        name = f"{run.merchant.slug}-{run.created_at:%Y%m%d%H%M%S}{file.suffix.lower()[:8]}"
        run.file.save(name, File(content))
    return run


def waiting(kind: str, now: datetime) -> list[int]:
    """The oldest runs of one kind that wait or were cut off."""
    runs = ImportRun.objects.filter(claimable(now), kind=kind)
    return list(runs.order_by("id").values_list("pk", flat=True)[:AT_ONCE])


def claim(run_id: int, now: datetime) -> ImportRun | None:
    """Take a run for this process; None when somebody else is doing it, or it is done."""
    claimed = ImportRun.objects.filter(claimable(now), pk=run_id).update(
        state=ImportState.RUNNING, claimed_until=now + CLAIM
    )
    return ImportRun.objects.select_related("merchant").get(pk=run_id) if claimed else None


def hold(run: ImportRun, now: datetime) -> None:
    """Go on holding the run: reading a large file takes longer than a claim lasts."""
    ImportRun.objects.filter(pk=run.pk, state=ImportState.RUNNING).update(claimed_until=now + CLAIM)


def claimable(now: datetime) -> Q:
    """Whatever waits, or was cut off."""
    running = Q(state=ImportState.RUNNING) & (Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))
    return Q(state=ImportState.WAITING) | running


def close(run: ImportRun, now: datetime, state: ImportState, refusal: dict[str, Any]) -> None:
    """Close the run."""
    ImportRun.objects.filter(pk=run.pk).update(
        state=state, finished_at=now, claimed_until=None, refusal=refusal
    )


def count(run: ImportRun, outcomes: Sequence[Outcome], done: int, now: datetime) -> None:
    """Add a chunk's outcomes to the counts."""
    created = [outcome for outcome in outcomes if outcome.created]
    add(run, created=len(created), points=sum(outcome.points for outcome in created), done=done, now=now)


def add(run: ImportRun, *, created: int, points: int, done: int, now: datetime) -> None:
    """Add what a chunk brought to the counts; a run cut off right here counts that chunk as known."""
    ImportRun.objects.filter(pk=run.pk).update(
        done=done, created=F("created") + created, points=F("points") + points, claimed_until=now + CLAIM
    )


def settle(run: ImportRun, issues: Sequence[Issue]) -> None:
    """Keep the refused rows, and count the rest as known: a resumed run meets its own rows again."""
    save_issues(run, issues)
    ImportRun.objects.filter(pk=run.pk).update(repeated=F("rows") - F("refused") - F("created"))


def save_issues(run: ImportRun, issues: Sequence[Issue]) -> None:
    """Keep the first refused rows by number (and the count of all) for the page and the command."""
    with transaction.atomic():
        run.issues.all().delete()
        ImportIssue.objects.bulk_create(
            ImportIssue(run=run, row=issue.row, column=issue.column, code=issue.code, params=issue.params)
            for issue in sorted(issues, key=lambda issue: issue.row)[:KEPT_ISSUES]
        )
        ImportRun.objects.filter(pk=run.pk).update(refused=len(issues))
