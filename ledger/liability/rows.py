"""The grouped questions behind the liability: movements, lots, uses and waiting points at several days.

A *cut* is the end of a day in the books: rows recorded before its ``until`` count, and lots whose last day is
not after ``dead_on`` have lapsed. Every question is asked once for all cuts, by conditional sums.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Merchant
from ledger.errors import InTheFuture
from ledger.liability.breakage import Cohort
from ledger.models import Lot, LotExtension, LotUse, Movement, PendingAward, Refund
from ledger.models.movements import MovementKind
from programs.calendars import add_months, business_date, end_of_day_instant
from programs.lifecycle import expiry_day
from programs.queries import programme_of


@dataclass(frozen=True, slots=True)
class Cut:
    """The end of ``day``: ``until`` is the first instant after it, ``dead_on`` the newest day that lapsed."""

    day: date
    until: datetime
    dead_on: date

    @property
    def moment(self) -> datetime:
        """The last instant that counts."""
        return self.until - datetime.resolution


@dataclass(frozen=True, slots=True)
class Flows:
    """How points moved between two cuts, signed as they moved the balance."""

    earned: int = 0
    brought_in: int = 0
    by_hand: int = 0
    redeemed: int = 0
    taken_back: int = 0
    transferred: int = 0
    lapsed: int = 0

    @property
    def total(self) -> int:
        """The change of the balance."""
        return sum(astuple(self))


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What was left of the lots at a cut: by month of expiry (None: never), and what had lapsed."""

    by_month: tuple[tuple[date | None, int], ...]
    points: int
    lapsed: int


FLOW_OF: Mapping[str, str] = {
    MovementKind.EARN: "earned",
    MovementKind.OPENING: "brought_in",
    MovementKind.ADJUST: "by_hand",
    MovementKind.REDEEM: "redeemed",
    MovementKind.RETURN: "redeemed",  # points that came back from a code, or with a return of goods
    MovementKind.CLAWBACK: "taken_back",
    MovementKind.TRANSFER: "transferred",
}


def cuts_of(merchant: Merchant, *, as_of: date, now: datetime, months: int) -> list[Cut]:
    """The ends of the ``months`` months up to ``as_of``, and the one before them. Raises ``InTheFuture``."""
    today = business_date(now, merchant.zone)
    if as_of > today:
        raise InTheFuture(field="as_of")
    first = as_of.replace(day=1)
    days = [add_months(first, 1 - step) - timedelta(days=1) for step in range(months, 0, -1)]
    alive_from = expiry_day(programme_of(merchant), merchant.zone, today)
    return [_cut(merchant, day, now, today, alive_from) for day in [*days, as_of]]


def _cut(merchant: Merchant, day: date, now: datetime, today: date, alive_from: date) -> Cut:
    """Today is not over: what may be spent until midnight has not lapsed, nor has what a pause keeps."""
    until = now + datetime.resolution if day == today else end_of_day_instant(day, merchant.zone)
    return Cut(day, until, min(day, alive_from - timedelta(days=1)))


def flows_of(merchant: Merchant, cuts: Sequence[Cut], lots: Sequence[Outstanding]) -> list[Flows]:
    """What moved before the first cut, then between each two; what lapsed is what the lots say. One query."""
    rows = Movement.objects.filter(merchant=merchant, recorded_at__lt=cuts[-1].until)
    sums: QuerySet[Any, Any] = rows.exclude(kind=MovementKind.EXPIRE).order_by().values("kind")
    found: list[dict[str, int]] = [defaultdict(int) for _cut in cuts]
    for row in sums.annotate(**_sums(cuts, "recorded_at", between=True)):
        for place, flows in enumerate(found):
            flows[FLOW_OF[row["kind"]]] += row[f"at_{place}"]
    lapsed = pairwise([0, *(row.lapsed for row in lots)])
    return [Flows(**flows, lapsed=before - upto) for flows, (before, upto) in zip(found, lapsed, strict=True)]


def outstanding_of(merchant: Merchant, cuts: Sequence[Cut]) -> list[Outstanding]:
    """What was left of the lots at every cut, and what had lapsed. Three queries."""
    until = cuts[-1].until
    made: QuerySet[Any, Any] = Lot.objects.filter(merchant=merchant, movement__recorded_at__lt=until)
    used: QuerySet[Any, Any] = LotUse.objects.filter(lot__merchant=merchant, recorded_at__lt=until)
    made = made.order_by().values("expires_on").annotate(**_sums(cuts, "movement__recorded_at"))
    used = used.exclude(movement__kind=MovementKind.EXPIRE).order_by().values("lot__expires_on")
    came = {row.pop("expires_on"): row for row in made}
    went = {row.pop("lot__expires_on"): row for row in used.annotate(**_sums(cuts, "recorded_at"))}
    left = [
        {day: sums[f"at_{place}"] - went.get(day, {}).get(f"at_{place}", 0) for day, sums in came.items()}
        for place in range(len(cuts))
    ]
    _move_back(merchant, cuts[-1], left[-1])
    return [_settled(points, cut) for points, cut in zip(left, cuts, strict=True)]


def _settled(left: Mapping[date | None, int], cut: Cut) -> Outstanding:
    by_month: dict[date | None, int] = defaultdict(int)
    lapsed = 0
    for day, points in left.items():
        if day is not None and day <= cut.dead_on:
            lapsed += points
        else:
            by_month[day and day.replace(day=1)] += points
    rows = sorted(((month, points) for month, points in by_month.items() if points), key=_month_order)
    return Outstanding(tuple(rows), sum(by_month.values()), lapsed)


def _month_order(row: tuple[date | None, int]) -> date:
    return row[0] or date.max


def _move_back(merchant: Merchant, cut: Cut, left: dict[date | None, int]) -> None:
    """Put lots whose last day was moved after the cut under the day that was known then. One query.

    A lot that a later move kept alive past a day that was over already stays where it is.
    """
    moved = LotExtension.objects.filter(
        lot__merchant=merchant, recorded_at__gte=cut.until, lot__movement__recorded_at__lt=cut.until
    )
    known: dict[int, tuple[date | None, date | None, int]] = {}
    before = Coalesce(Sum("lot__uses__points", filter=Q(lot__uses__recorded_at__lt=cut.until)), 0)
    for pk, first_day, last_day, points, used in (
        moved.order_by("-recorded_at", "-id")
        .annotate(used=before)
        .values_list("lot_id", "from_day", "lot__expires_on", "lot__points", "used")
    ):
        if first_day is None or first_day > cut.dead_on:
            known[pk] = (first_day, last_day, points - used)
    for first_day, last_day, points in known.values():
        left[last_day] -= points
        left[first_day] = left.get(first_day, 0) + points


def cohorts_of(merchant: Merchant, cut: Cut) -> list[Cohort]:
    """What became of the points of every month of issue that is wholly over. Two queries."""
    made = Lot.objects.filter(merchant=merchant, movement__recorded_at__lt=cut.until)
    used = LotUse.objects.filter(lot__merchant=merchant, recorded_at__lt=cut.until)
    spent = Q(movement__kind__in=[MovementKind.REDEEM, MovementKind.RETURN])
    months: dict[date, dict[str, Any]] = defaultdict(lambda: {"made": 0, "used": 0, "gone": 0, "open": False})
    for day, points, last, forever in (
        made.order_by()
        .values_list("movement__business_date")
        .annotate(
            made=Sum("points"), last=Max("expires_on"), forever=Count("pk", filter=Q(expires_on__isnull=True))
        )
    ):
        month = months[day.replace(day=1)]
        month["made"] += points
        month["open"] |= bool(forever) or last > cut.dead_on
    gone = ~spent & ~Q(movement__kind=MovementKind.EXPIRE)
    for day, spent_points, gone_points in (
        used.order_by()
        .values_list("lot__movement__business_date")
        .annotate(
            spent=Coalesce(Sum("points", filter=spent), 0), gone=Coalesce(Sum("points", filter=gone), 0)
        )
    ):
        month = months[day.replace(day=1)]
        month["used"] += spent_points
        month["gone"] += gone_points
    return [
        Cohort(first, month["used"], month["made"] - month["used"] - month["gone"])
        for first, month in sorted(months.items())
        if not month["open"]
    ]


def pending_of(merchant: Merchant, cut: Cut) -> int:
    """Points that waited at the cut: what was held, less what refunds took of it by then. Two queries."""
    waiting = Q(closed_at__isnull=True) | Q(closed_at__gte=cut.until)
    awards = PendingAward.objects.filter(waiting, merchant=merchant, recorded_at__lt=cut.until)
    cancelled = Refund.objects.filter(
        merchant=merchant, recorded_at__lt=cut.until, purchase__pending_award__in=awards
    )
    return _total(awards, "points") - _total(cancelled, "pending_points")


def _total(rows: QuerySet[Any], field: str) -> int:
    found: int | None = rows.aggregate(total=Sum(field))["total"]
    return found or 0


def _sums(cuts: Sequence[Cut], moment: str, *, between: bool = False) -> dict[str, Any]:
    """A conditional sum per cut: of all rows before it, or of those since the cut before."""
    sums = {}
    for place, cut in enumerate(cuts):
        rows = Q(**{f"{moment}__lt": cut.until})
        if between and place:
            rows &= Q(**{f"{moment}__gte": cuts[place - 1].until})
        sums[f"at_{place}"] = Coalesce(Sum("points", filter=rows), 0)
    return sums
