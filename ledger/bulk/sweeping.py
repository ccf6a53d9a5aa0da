"""What time alone does to the books: lots die, tiers come up for renewal.

Each verb may run at any moment and twice at once: what is dead already does not die again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import Merchant
from ledger.bulk import sharing
from ledger.bulk.burying import Burial, bury, can_bury
from ledger.bulk.passing import SOURCE, Shortcut, pass_time
from ledger.bulk.renewing import Renewal, can_renew, renew_plainly
from ledger.bulk.sharing import Clock, Due, Job
from ledger.events import PointsExpired
from ledger.models import Lot, TierPeriod, WorkShard
from ledger.models.work import Work
from programs.calendars import business_date
from programs.lifecycle import expiry_day
from programs.models import Programme
from programs.queries import timeline


def sweep(*, merchant: Merchant, now: datetime, planned: bool = False) -> int:
    """Let every lot die whose last day is over, member by member; returns how many points (RULES 22-24).

    ``planned`` leaves nothing to the database that the planner could do.
    """
    return sharing.run(PLANNED_EXPIRY if planned else EXPIRY, merchant, now)


def renew(*, merchant: Merchant, now: datetime, planned: bool = False) -> int:
    """Renew or lower every tier of one merchant whose year is over; returns how many members.

    ``planned`` leaves nothing to the database that the planner could do.
    """
    return sharing.run(PLANNED_TIERS if planned else TIERS, merchant, now)


def evaluate_tiers(*, now: datetime) -> int:
    """Renew or lower every tier whose year is over (RULES 33); returns how many members."""
    return sum(renew(merchant=merchant, now=now) for merchant in Merchant.objects.kept().order_by("pk"))


def _dead(merchant: Merchant, now: datetime) -> QuerySet[Lot]:
    programme = Programme.objects.filter(merchant=merchant).first()
    today = expiry_day(programme, merchant.zone, business_date(now, merchant.zone))
    return Lot.objects.filter(merchant=merchant, remaining__gt=0, expires_on__lt=today)


def _by_member(dead: QuerySet[Lot]) -> Due:
    return list(dead.order_by("member_id").values_list("member_id").annotate(Count("pk")))


def _due_to_die(merchant: Merchant, now: datetime) -> Due:
    return _by_member(_dead(merchant, now))


def _let_die(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    return _pass_away(shard, clock(), _burial(shard.merchant, clock()) if can_bury() else None)


def _let_die_by_plan(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    return _pass_away(shard, clock(), None)


def _pass_away(shard: WorkShard, now: datetime, shortcut: Shortcut | None) -> Iterator[tuple[int, int]]:
    due = _by_member(_dead(shard.merchant, now).filter(shard.members()))
    for members, points in pass_time(
        merchant=shard.merchant, kind=PointsExpired, due=due, now=now, shortcut=shortcut
    ):
        yield members, -points


def _burial(merchant: Merchant, now: datetime) -> Callable[[Sequence[int]], tuple[int, Collection[int]]]:
    """Burying chunks of members by one statement each."""
    programme = Programme.objects.filter(merchant=merchant).first()
    today = expiry_day(programme, merchant.zone, business_date(now, merchant.zone))
    promises = timeline(merchant)
    terms = promises.at(now) or next(iter(promises.terms), None)
    burial = Burial(merchant, today, terms.tiers[0].code if terms else "", SOURCE, now)

    def shortcut(chunk: Sequence[int]) -> tuple[int, Collection[int]]:
        points, buried = bury(burial, chunk)
        return -points, buried

    return shortcut


def _ended(merchant: Merchant, now: datetime) -> QuerySet[TierPeriod]:
    """Newest tier periods that are over with nothing following them; a merged record's stand still."""
    later = TierPeriod.objects.filter(member=OuterRef("member"), starts_at__gte=OuterRef("ends_at"))
    theirs = {"member__merchant": merchant, "member__merged_into": None}
    return TierPeriod.objects.filter(**theirs, ends_at__lte=now).filter(~Exists(later))


def _one_each(ended: QuerySet[TierPeriod]) -> Due:
    members = ended.order_by("member_id").values_list("member_id", flat=True).distinct()
    return [(member_id, 1) for member_id in members]


def _due_for_renewal(merchant: Merchant, now: datetime) -> Due:
    return _one_each(_ended(merchant, now))


def _renew(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    return _pass_years(shard, clock(), _renewal(shard.merchant, clock()) if can_renew() else None)


def _renew_by_plan(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    return _pass_years(shard, clock(), None)


def _pass_years(shard: WorkShard, now: datetime, shortcut: Shortcut | None) -> Iterator[tuple[int, int]]:
    due = _one_each(_ended(shard.merchant, now).filter(shard.members()))
    for members, _points in pass_time(
        merchant=shard.merchant, kind=PointsExpired, due=due, now=now, shortcut=shortcut
    ):
        yield members, members


def _renewal(merchant: Merchant, now: datetime) -> Shortcut | None:
    """Renewing chunks of members by one statement each; None where nothing was ever promised."""
    terms = timeline(merchant).nearest(now)
    if terms is None:
        return None
    programme = Programme.objects.filter(merchant=merchant).first()
    today = expiry_day(programme, merchant.zone, business_date(now, merchant.zone))
    renewal = Renewal(merchant, terms, today, now)

    def shortcut(chunk: Sequence[int]) -> tuple[int, Collection[int]]:
        return 0, renew_plainly(renewal, chunk)

    return shortcut


EXPIRY = Job(Work.EXPIRY, _due_to_die, _let_die)
PLANNED_EXPIRY = Job(Work.EXPIRY, _due_to_die, _let_die_by_plan)
TIERS = Job(Work.TIERS, _due_for_renewal, _renew)
PLANNED_TIERS = Job(Work.TIERS, _due_for_renewal, _renew_by_plan)
