"""Friends whose first order counts: found by statements, rewarded one by one by the one door (RULES 38).

It may run at any hour and twice at once: a state only changes from what it was, and every reward has its key.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Merchant
from ledger.bulk import sharing
from ledger.bulk.sharing import Clock, Due, Job
from ledger.models import Purchase, Referral, WorkShard
from ledger.models.referrals import ReferralState
from ledger.models.work import Work
from ledger.referrals import KEPT, finish, settle
from programs.calendars import business_date
from programs.models import ProgrammeState, ProgrammeVersion
from programs.queries import terms_of
from programs.referring import ReferralTerms

AT_ONCE: Final = 200


def reward_friends(*, merchant: Merchant, now: datetime) -> int:
    """Settle what is due at one merchant; returns how many friends were rewarded."""
    return sharing.run(BEFRIENDING, merchant, now)


def with_friends() -> QuerySet[Merchant]:
    """Merchants with anything left to settle, whose programme runs: a pause keeps it waiting (RULES 26)."""
    runs = Q(programme__state__in=[ProgrammeState.LIVE, ProgrammeState.PILOT])
    rows = Referral.objects.filter(_open(), merchant=OuterRef("pk"))
    return Merchant.objects.kept().filter(runs, Exists(rows)).order_by("pk")


def _open() -> Q:
    waits = Q(state__in=[ReferralState.WAITING, ReferralState.QUALIFIED])
    return waits | Q(state=ReferralState.REWARDED, friend_at__isnull=True)


def _orders() -> QuerySet[Any]:
    """Orders of a referral's friend, by either record."""
    own = Q(member=OuterRef("friend")) | Q(member=OuterRef("friend__merged_into"))
    return Purchase.objects.filter(own).alias(kept=KEPT)


def _to_settle(merchant: Merchant, now: datetime) -> QuerySet[Referral]:
    """Friends who ordered, whose days are over, or who were left half rewarded."""
    ordered = Q(Exists(_orders().filter(kept__gte=1)), state=ReferralState.WAITING)
    is_over = Q(state=ReferralState.QUALIFIED, due_on__lte=business_date(now, merchant.zone))
    halfway = Q(state=ReferralState.REWARDED, friend_at__isnull=True)
    return Referral.objects.filter(ordered | is_over | halfway, merchant=merchant)


def _due(merchant: Merchant, now: datetime) -> Due:
    found = _to_settle(merchant, now).order_by("friend_id").values_list("friend_id", flat=True)
    return [(friend, 1) for friend in found]


def _bring(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    """Qualify those of a shard's friends who ordered, then reward those whose days are over."""
    now, merchant = clock(), shard.merchant
    mine = Referral.objects.filter(shard.members("friend_id"), merchant=merchant)
    qualify(mine)
    today = business_date(now, merchant.zone)
    ready = Q(state=ReferralState.QUALIFIED, due_on__lte=today)
    ready |= Q(state=ReferralState.REWARDED, friend_at__isnull=True)
    rows = mine.filter(ready).order_by("friend_id").select_related("version__programme__merchant")
    for referral in list(rows):
        done = finish(referral, now=now) if referral.bringer_at else settle(referral, now=now)
        yield 1, int(done)


def qualify(referrals: QuerySet[Referral]) -> int:
    """Give those who wait the order that counts: the first that reaches what was promised for; how many."""
    waiting = referrals.filter(state=ReferralState.WAITING)
    by_version = ProgrammeVersion.objects.select_related("programme__merchant").filter(
        pk__in=waiting.values("version").distinct()
    )
    done = 0
    for version in by_version:
        promised = terms_of(version).referral
        if promised is not None:
            done += _qualify(waiting.filter(version=version), promised)
    return done


def _qualify(waiting: QuerySet[Referral], promised: ReferralTerms) -> int:
    orders = _orders().filter(kept__gte=max(1, promised.least_minor)).order_by("occurred_at", "id")
    found = waiting.annotate(
        order=Subquery(orders.values("pk")[:1]), day=Subquery(orders.values("business_date")[:1])
    ).filter(order__isnull=False)
    by_day: defaultdict[date, list[tuple[int, int]]] = defaultdict(list)
    for pk, order, day in found.values_list("pk", "order", "day"):
        by_day[due_on(day, promised)].append((pk, order))
    done = 0
    for due, pairs in by_day.items():
        for pk, order in pairs:
            row = Referral.objects.filter(pk=pk, state=ReferralState.WAITING)
            done += row.update(state=ReferralState.QUALIFIED, purchase=order, due_on=due)
    return done


def due_on(day: date, promised: ReferralTerms) -> date:
    """The first day on which an order of ``day`` can no longer be returned; at once without a window."""
    return day + timedelta(days=promised.window_days + 1) if promised.window_days else day


BEFRIENDING: Final = Job(Work.REFERRALS, _due, _bring)
