"""Work on many members, shared among workers by rows: the rows are the truth, a message only a nudge.

``share`` cuts what is due at a merchant into ranges of members; ``work`` claims one range after another by
a conditional UPDATE, does it in short transactions and says how far it is. A worker that dies holds its
range until its claim is over; then another takes it. Doing a range twice doubles nothing: each piece asks
under its members' locks what is still due. A range that failed five times is left for a person to see.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.models import Merchant
from ledger.bulk.shards import cut
from ledger.models import WorkShard
from ledger.models.work import Work

Clock = Callable[[], datetime]
Due = Sequence[tuple[int, int]]

CLAIM: Final = timedelta(minutes=5)
ATTEMPTS: Final = 5
KEPT: Final = timedelta(days=7)
PER_SHARD: Final = 4_000
AT_ONCE: Final = 8
"""Workers at most that are called to one work; SQLite has one writer."""
log = structlog.get_logger("walaa.work")


class ClaimLost(Exception):
    """Raised when a shard was taken over: its worker was thought dead. What it committed stays."""


@dataclass(frozen=True, slots=True)
class Job:
    """A work, and how it is done.

    ``due`` tells (member, how much) of a merchant, ids ascending; ``bring`` does it for the members of a
    shard, telling of each piece (how many members, with which result); ``whole`` adds a shard for what
    belongs to no member. ``close`` follows when no shard of the merchant is left to do; twice is once.
    """

    work: Work
    due: Callable[[Merchant, datetime], Due]
    bring: Callable[[WorkShard, Clock], Iterator[tuple[int, int]]]
    close: Callable[[Merchant, Clock], None] | None = None
    whole: bool = False
    most: int = PER_SHARD


@dataclass(frozen=True, slots=True)
class Progress:
    """The newest run of one work at one merchant, for people."""

    work: str
    since: datetime
    size: int
    done: int
    result: int
    shards: int
    finished: int
    given_up: int
    held: int
    ended_at: datetime | None

    @property
    def label(self) -> str:
        """What is done, in the reader's language."""
        return str(Work(self.work).label)

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 if self.ended_at else min(99, 100 * self.done // max(self.size, 1))


def share(job: Job, merchant: Merchant, now: datetime) -> int:
    """Cut what is due into shards, unless some are still open; returns how many were made."""
    mine = WorkShard.objects.filter(merchant=merchant, work=job.work)
    if mine.filter(_open()).exists():
        return 0
    due = job.due(merchant, now)
    if not due and not job.whole:
        mine.filter(_unfinished()).update(finished_at=now)  # what was given up came about otherwise
        return 0
    run = (mine.aggregate(newest=Max("run"))["newest"] or 0) + 1
    rows = [
        WorkShard(merchant=merchant, work=job.work, run=run, place=place, size=size, cut_at=now, **members)
        for place, (members, size) in enumerate(_ranges(due, job))
    ]
    try:
        with transaction.atomic():
            WorkShard.objects.bulk_create(rows, batch_size=500)
    except IntegrityError:
        return 0  # another worker was faster
    return len(rows)


def work(
    jobs: Mapping[str, Job],
    *,
    clock: Clock,
    merchant: Merchant | None = None,
    patience: timedelta | None = None,
) -> int:
    """Do shards of these jobs until none is free, or ``patience`` is over; returns the sum of results.

    A shard that fails is held until its claim is over, then taken again. Its fault is raised at the end.
    """
    begun, total, faults = clock(), 0, list[Exception]()
    while patience is None or clock() - begun <= patience:
        shard = _claim(list(jobs), clock(), merchant)
        if shard is None:
            break
        try:
            total += _do(jobs[shard.work], shard, clock)
        except Exception as fault:
            if connection.in_atomic_block:
                raise
            log.exception("shard failed", shard=shard.pk, work=shard.work, attempt=shard.attempts)
            faults.append(fault)  # the others are done all the same
    if faults:
        raise faults[0]
    return total


def run(job: Job, merchant: Merchant, now: datetime) -> int:
    """Share out and do everything that is free in this process; returns the sum of results."""
    share(job, merchant, now)
    total = work({job.work.value: job}, clock=lambda: now, merchant=merchant)
    close(job, merchant, lambda: now)
    return total


def close(job: Job, merchant: Merchant, clock: Clock) -> None:
    """Do what follows, if the newest run of this work at the merchant is done."""
    if job.close and not newest_run(job, merchant).filter(_unfinished()).exists():
        job.close(merchant, clock)


def newest_run(job: Job, merchant: Merchant) -> QuerySet[WorkShard]:
    """The shards of the newest run, in their order."""
    mine = WorkShard.objects.filter(merchant=merchant, work=job.work)
    newest = mine.order_by("-run").values("run")[:1]
    return mine.filter(run=Subquery(newest)).order_by("place")


def free(jobs: Iterable[str], now: datetime) -> int:
    """How many shards of these jobs nobody holds."""
    return WorkShard.objects.filter(_claimable(now), work__in=list(jobs)).count()


def hands(shards: int) -> int:
    """How many workers pay for so many shards."""
    return min(shards, 1 if connection.vendor == "sqlite" else AT_ONCE)


def newest_runs(merchant: Merchant, now: datetime) -> list[Progress]:
    """The newest run of every work at a merchant, the latest first."""
    rows = WorkShard.objects.filter(merchant=merchant)
    newest = dict(rows.order_by().values("work").annotate(newest=Max("run")).values_list("work", "newest"))
    found = [_progress(rows.filter(work=work, run=run), work, now) for work, run in newest.items()]
    return sorted(found, key=lambda one: one.since, reverse=True)


def purge(*, now: datetime) -> int:
    """Delete shards cut long ago, but for the newest run of each work; returns how many."""
    newer = WorkShard.objects.filter(
        merchant=OuterRef("merchant"), work=OuterRef("work"), run__gt=OuterRef("run")
    )
    return WorkShard.objects.filter(Exists(newer), cut_at__lt=now - KEPT).delete()[0]


def _progress(shards: QuerySet[WorkShard], work: str, now: datetime) -> Progress:
    ended = Q(finished_at__isnull=False)
    given_up = Q(attempts__gte=ATTEMPTS) & ~ended & ~Q(claimed_until__gt=now)
    said = shards.aggregate(
        since=Min("cut_at"),
        size=Sum("size"),
        done=Sum("done"),
        result=Sum("result"),
        shards=Count("pk"),
        finished=Count("pk", filter=ended),
        given_up=Count("pk", filter=given_up),
        held=Count("pk", filter=Q(claimed_until__gt=now) & ~ended),
        ended_at=Max("finished_at"),
    )
    if said["finished"] < said["shards"]:
        said["ended_at"] = None
    return Progress(work=work, **said)


def _ranges(due: Due, job: Job) -> Iterator[tuple[dict[str, int], int]]:
    """Ranges of members that leave no id out: who comes due meanwhile belongs to one of them."""
    shards = cut(due, most=job.most)
    first = -(2**63)
    for place, shard in enumerate(shards, start=1):
        last = shard.last if place < len(shards) else 2**63 - 1
        yield {"first": first, "last": last}, shard.size
        first = last + 1
    if job.whole:
        yield {}, 1


def _unfinished() -> Q:
    return Q(finished_at__isnull=True)


def _open() -> Q:
    """Shards somebody will still do: those given up do not hold up the next run."""
    return _unfinished() & Q(attempts__lt=ATTEMPTS)


def _claimable(now: datetime) -> Q:
    return _open() & (Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))


def _claim(works: Sequence[str], now: datetime, merchant: Merchant | None) -> WorkShard | None:
    """Take the next shard for this thread; None when none is free."""
    rows = WorkShard.objects.filter(_claimable(now), work__in=works)
    if merchant is not None:
        rows = rows.filter(merchant=merchant)
    while (pk := rows.order_by("pk").values_list("pk", flat=True).first()) is not None:
        holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident()}"
        taken = rows.filter(pk=pk).update(
            claimed_by=holder, claimed_until=now + CLAIM, attempts=F("attempts") + 1
        )
        if taken:
            return WorkShard.objects.select_related("merchant").get(pk=pk)
    return None


def _do(job: Job, shard: WorkShard, clock: Clock) -> int:
    """Do one shard to its end, or until it turns out to be another's."""
    total = 0
    try:
        for members, result in job.bring(shard, clock):
            total += result
            _advance(shard, clock(), done=F("done") + members, result=F("result") + result)
        _advance(shard, clock(), done=F("size"), finished_at=clock(), found=shard.found)
    except ClaimLost:
        log.warning("shard taken over", shard=shard.pk, work=shard.work)
        return total
    except (KeyboardInterrupt, SystemExit):
        _advance(shard, clock(), claimed_until=None)  # told to stop: another may go on at once
        raise
    close(job, shard.merchant, clock)
    return total


def _advance(shard: WorkShard, now: datetime, **values: object) -> None:
    """Say how far the shard is, and go on holding it. Raises ``ClaimLost``."""
    mine = WorkShard.objects.filter(pk=shard.pk, attempts=shard.attempts, finished_at__isnull=True)
    if not mine.filter(claimed_by=shard.claimed_by).update(**{"claimed_until": now + CLAIM} | values):
        raise ClaimLost
