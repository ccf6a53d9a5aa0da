"""The sweep that opens points whose day has come (RULES 11): set-based, in chunks, by the one writer.

It may run at any moment and twice at once: what is open does not open again. A posting that comes first opens
what is due by itself, so nobody waits for the sweep.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, QuerySet

from accounts.models import Merchant
from ledger.bulk import sharing
from ledger.bulk.passing import pass_time
from ledger.bulk.sharing import Clock, Due, Job
from ledger.events import AwardsOpened
from ledger.models import PendingAward, WorkShard
from ledger.models.pending import PendingState
from ledger.models.work import Work
from programs.calendars import business_date


def activate(*, merchant: Merchant, now: datetime) -> int:
    """Open what is due at one merchant; returns how many points."""
    return sharing.run(ACTIVATION, merchant, now)


def _awards(merchant: Merchant, now: datetime) -> QuerySet[PendingAward]:
    today = business_date(now, merchant.zone)
    return PendingAward.objects.filter(merchant=merchant, state=PendingState.PENDING, opens_on__lte=today)


def _by_member(awards: QuerySet[PendingAward]) -> Due:
    return list(awards.order_by("member_id").values_list("member_id").annotate(Count("pk")))


def _due(merchant: Merchant, now: datetime) -> Due:
    return _by_member(_awards(merchant, now))


def _bring(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    now = clock()
    due = _by_member(_awards(shard.merchant, now).filter(shard.members()))
    yield from pass_time(merchant=shard.merchant, kind=AwardsOpened, due=due, now=now)


ACTIVATION = Job(Work.ACTIVATION, _due, _bring)
