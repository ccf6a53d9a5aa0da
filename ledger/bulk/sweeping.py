"""What time alone does to the books: lots die, codes run out, tiers come up for renewal.

Each verb may run at any moment and twice at once: what is dead already does not die again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import Merchant
from ledger.bulk.burying import Burial, bury, can_bury
from ledger.bulk.passing import SOURCE, Progress, pass_time
from ledger.errors import CodeSpent
from ledger.events import PointsExpired, RedemptionClosed
from ledger.models import Lot, Redemption, TierPeriod
from ledger.models.redemptions import RedemptionState
from ledger.posting import post
from programs.calendars import business_date
from programs.lifecycle import expiry_day
from programs.models import Programme
from programs.queries import timeline


def sweep_all(*, now: datetime) -> int:
    """Let points die at every merchant whose day has turned; returns how many points."""
    return sum(sweep(merchant=merchant, now=now) for merchant in Merchant.objects.order_by("pk"))


def sweep(
    *,
    merchant: Merchant,
    now: datetime,
    progress: Progress | None = None,
    processes: int | None = None,
    planned: bool = False,
) -> int:
    """Let every lot die whose last day is over, member by member; returns how many points (RULES 22-24).

    ``planned`` leaves nothing to the database that the planner could do. ``progress`` is told (members done,
    of how many); ``processes`` is how many share the work, as many as pay unless it is said.
    """
    programme = Programme.objects.filter(merchant=merchant).first()
    today = expiry_day(programme, merchant.zone, business_date(now, merchant.zone))
    dead = Lot.objects.filter(merchant=merchant, remaining__gt=0, expires_on__lt=today)
    due = list(dead.order_by("member_id").values_list("member_id").annotate(Count("pk")))
    promises = timeline(merchant)
    terms = promises.at(now) or next(iter(promises.terms), None)
    burial = Burial(merchant, today, terms.tiers[0].code if terms else "", SOURCE, now)

    def shortcut(chunk: Sequence[int]) -> tuple[int, Collection[int]]:
        points, buried = bury(burial, chunk)
        return -points, buried

    return -pass_time(
        merchant=merchant, kind=PointsExpired, due=due, now=now, progress=progress,
        shortcut=shortcut if can_bury() and not planned else None, processes=processes,
    )  # fmt: skip


def evaluate_tiers(*, now: datetime) -> int:
    """Renew or lower every tier whose year is over (RULES 33); returns how many members."""
    return sum(renew(merchant=merchant, now=now) for merchant in Merchant.objects.order_by("pk"))


def renew(
    *, merchant: Merchant, now: datetime, progress: Progress | None = None, processes: int | None = None
) -> int:
    """Renew or lower every tier of one merchant whose year is over; returns how many members."""
    due = [(member_id, 1) for member_id in _due_for_renewal(merchant, now)]
    pass_time(
        merchant=merchant, kind=PointsExpired, due=due, now=now, progress=progress, processes=processes
    )  # fmt: skip
    return len(due)


def expire_redemptions(*, now: datetime, limit: int = 1000) -> int:
    """Close every code that ran out, returning its points to their lots; returns how many (RULES 19)."""
    rows = Redemption.objects.filter(state=RedemptionState.RESERVED, expires_at__lte=now)
    return sum(_expire(redemption, now) for redemption in rows.order_by("member_id", "id")[:limit])


def _expire(redemption: Redemption, now: datetime) -> int:
    event = RedemptionClosed(
        merchant_id=redemption.merchant_id,
        member_id=redemption.member_id,
        occurred_at=now,
        source=SOURCE,
        key=f"expired:{redemption.code}",
        actor=SOURCE,
        code=redemption.code,
        outcome=RedemptionState.EXPIRED,
    )
    try:
        return 0 if post(event, now=now).repeated else 1
    except CodeSpent:
        return 0  # a till was faster


def _due_for_renewal(merchant: Merchant, now: datetime) -> QuerySet[TierPeriod, int]:
    """Members whose newest tier period is over with nothing following it."""
    later = TierPeriod.objects.filter(member=OuterRef("member"), starts_at__gte=OuterRef("ends_at"))
    ended = TierPeriod.objects.filter(member__merchant=merchant, ends_at__lte=now).filter(~Exists(later))
    return ended.order_by("member_id").values_list("member_id", flat=True).distinct()
