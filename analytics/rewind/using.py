"""What became of the points of every month of issue, counted from the books."""

from collections import Counter, defaultdict
from datetime import datetime

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from accounts.models import Merchant
from analytics.rewind.behaviour import Issue
from analytics.rewind.sums import month_of, months_between
from ledger.models import Lot, LotUse
from ledger.models.movements import MovementKind
from programs.calendars import business_date

USED = (MovementKind.REDEEM, MovementKind.RETURN)
"""Points that came back from a code take their use back."""


def issues_of(merchant: Merchant, now: datetime) -> list[Issue]:
    """Every month in which orders earned points, and how they went, by age. Two queries.

    The month that runs is known to nobody yet: an age counts once its month is over.
    """
    zone, this_month = merchant.timezone, month_of(business_date(now, merchant.zone))
    month = TruncMonth("earned_at", tzinfo=zone)
    lots = Lot.objects.filter(merchant=merchant, movement__kind=MovementKind.EARN).order_by()
    points = dict(
        lots.annotate(month=month).values("month").annotate(total=Sum("points")).values_list("month", "total")
    )
    uses = LotUse.objects.filter(lot__merchant=merchant, lot__movement__kind=MovementKind.EARN).order_by()
    grouped = (
        uses.annotate(
            month=TruncMonth("lot__earned_at", tzinfo=zone), used_in=TruncMonth("movement__business_date")
        )
        .values("month", "used_in", "movement__kind")
        .annotate(total=Sum("points"))
        .values_list("month", "used_in", "movement__kind", "total")
    )
    used: dict[str, Counter[int]] = defaultdict(Counter)
    gone: dict[str, Counter[int]] = defaultdict(Counter)
    for issued, used_in, kind, total in grouped:
        age = max(0, months_between(month_of(issued), month_of(used_in)))
        (used if kind in USED else gone)[month_of(issued)][age] += total
    return [
        Issue(total, months_between(name, this_month) - 1, used[name], gone[name])
        for name, total in sorted((month_of(issued), total) for issued, total in points.items())
    ]
