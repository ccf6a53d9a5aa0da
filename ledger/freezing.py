"""Moving the last days of many lots: after a pause, and when a programme closes (RULES 26).

In ranges of members and chunks, each one short transaction under the programme's row: it may die anywhere and
be started again, twice at once too. A lot is moved once per occasion, and the database says so
(``LotExtension``). Balances are not touched: a last day is no figure of theirs.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Final

from django.db import transaction
from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import Merchant
from ledger.bulk import sharing
from ledger.bulk.sharing import Clock, Due, Job
from ledger.models import Lot, LotExtension, LotUse, WorkShard
from ledger.models.extensions import ExtensionWhy, occasion_of
from ledger.models.movements import MovementKind
from ledger.models.work import Work
from ledger.writing import rows
from programs import lifecycle
from programs.calendars import business_date
from programs.models import Programme, ProgrammeState
from programs.stops import Stop, unsettled

CHUNK: Final = 1000
"""Lots per transaction: about a tenth of a second on SQLite."""

LastDay = Callable[[Lot], date | None]


@dataclass(frozen=True, slots=True)
class Move:
    """Lots that are to have another last day, and why: ``due`` are those that do not have it yet."""

    programme_id: int
    due: QuerySet[Lot]
    until: LastDay
    why: str
    occasion: str


def resume(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Earn again, and give every lot the days that the pause held it. Raises ``WrongState``."""
    lifecycle.resume(programme=programme, now=now, by=by)
    settle(programme=programme, now=now)
    return programme


def close(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Stop earning, give notice, and let no point outlive it. Raises ``WrongState``."""
    lifecycle.close(programme=programme, now=now, by=by)
    settle(programme=programme, now=now)
    return programme


def reopen(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Take a closing back, and give every lot its own last day again. Raises ``WrongState``."""
    lifecycle.reopen(programme=programme, now=now, by=by)
    settle(programme=programme, now=now)
    return programme


def settle_all(*, now: datetime) -> int:
    """Finish what pauses and closings left to do, wherever there is any; returns how many lots were moved."""
    return sum(sharing.run(PAUSES, merchant, now) for merchant in with_days_to_move())


def with_days_to_move() -> QuerySet[Merchant]:
    """Merchants whose programme resumes or closes."""
    asked = Q(programme__resuming_at__isnull=False) | Q(programme__state=ProgrammeState.CLOSING)
    return Merchant.objects.kept().filter(asked).order_by("pk")


def settle(*, programme: Programme, now: datetime) -> int:
    """Prolong what a pause held, bring forward what outlives a closing; returns how many lots were moved."""
    moved = sharing.run(PAUSES, programme.merchant, now)
    programme.refresh_from_db()
    return moved


def _due(merchant: Merchant, now: datetime) -> Due:
    """How many lots of each member have another last day to come."""
    lots: Counter[int] = Counter()
    for move in _moves(merchant):
        lots.update(dict(move.due.order_by("member_id").values_list("member_id").annotate(Count("pk"))))
    return sorted(lots.items())


def _bring(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    """Move the lots of a shard's members; tells how many each time."""
    for move in _moves(shard.merchant):
        for moved in _move_all(move, shard, clock()):
            yield moved, moved


def _close(merchant: Merchant, clock: Clock) -> None:
    """Every lot was moved: the stop is settled, and the programme whose last day is over is closed.

    A stop that ended after the newest round was cut waits for the next one, unless it moves nothing.
    """
    programme = Programme.objects.get(merchant=merchant)
    cut_at = sharing.newest_run(PAUSES, merchant).aggregate(at=Min("cut_at"))["at"]
    places = [
        place
        for place, stop in unsettled(programme.known_stops)
        if stop.until and ((cut_at and cut_at >= stop.until) or not _move_of(programme, stop).due.exists())
    ]
    if places:
        lifecycle.settled(programme=programme, places=places)
    today = business_date(clock(), merchant.zone)
    if programme.state == ProgrammeState.CLOSING and programme.closes_on and programme.closes_on < today:
        lifecycle.closed(programme=programme, today=today)


def _moves(merchant: Merchant) -> Iterator[Move]:
    """What is still to be moved by stops that are over, then by a closing."""
    programme = Programme.objects.get(merchant=merchant)
    for _place, stop in unsettled(programme.known_stops):
        yield _move_of(programme, stop)
    if programme.state == ProgrammeState.CLOSING and programme.closes_on is not None:
        yield _bringing_forward(programme, programme.closes_on)


def _move_of(programme: Programme, stop: Stop) -> Move:
    """What the end of a stop moves."""
    until = stop.until or stop.at
    if stop.state == ProgrammeState.CLOSING:
        return _bringing_back(programme, stop)
    return _prolonging(programme, stop.at, until)


def _prolonging(programme: Programme, paused_at: datetime, resumed_at: datetime) -> Move:
    """Give each lot the days it was held: those of the pause, or those since it came in meanwhile.

    Points that went over by a merge, or were given back after one, were held since they first came in.
    """
    zone = programme.merchant.zone
    first, last = business_date(paused_at, zone), business_date(resumed_at, zone)
    came = Lot.objects.annotate(came_at=_came_at())
    held = came.filter(expires_on__gte=first, came_at__lt=resumed_at)

    def later(lot: Lot) -> date | None:
        came_on = business_date(lot.came_at, zone)  # type: ignore[attr-defined] # annotated
        return lot.expires_on and lot.expires_on + (last - max(first, came_on))

    return _move(programme, held, later, ExtensionWhy.PAUSE, occasion_of(paused_at))


def _came_at() -> Case:
    """When the points of a lot came into these books, before and after merges."""
    return Case(When(merged_from__isnull=False, then=_came_with("merged_from__root__")), default=_came_with())


def _came_with(path: str = "") -> Case:
    """When the points of the lot at ``path`` came in, which no merge brought there.

    A lot that came back to a merged record is a new one, of the age of the lot that a code had taken from.
    """
    redeemed = LotUse.objects.filter(
        movement__kind=MovementKind.REDEEM, lot__earned_at=OuterRef(f"{path}earned_at")
    )
    came = Coalesce("lot__merged_from__root__movement__recorded_at", "lot__movement__recorded_at")
    first = redeemed.annotate(came_at=came).order_by("came_at").values("came_at")
    unused = first.filter(movement__redemption=OuterRef(f"{path}movement__redemption"))[:1]
    refunded = first.filter(movement__redemption__purchase=OuterRef(f"{path}movement__purchase"))[:1]
    own = F(f"{path}movement__recorded_at")
    back = {f"{path}movement__kind": MovementKind.RETURN, f"{path}grace_of": None}
    return Case(When(**back, then=Coalesce(Subquery(unused), Subquery(refunded), own)), default=own)


def _bringing_forward(programme: Programme, closes_on: date) -> Move:
    """Let everything that would live longer die with the programme, but for a grace given since (27)."""
    closing_at = programme.known_stops[-1].at
    graced = LotExtension.objects.filter(
        lot=OuterRef("pk"), why=ExtensionWhy.UNDELIVERED, recorded_at__gte=closing_at
    )
    longer = Lot.objects.filter(~Exists(graced), Q(expires_on__isnull=True) | Q(expires_on__gt=closes_on))
    return _move(programme, longer, lambda _lot: closes_on, ExtensionWhy.CLOSING, occasion_of(closing_at))


def _bringing_back(programme: Programme, stop: Stop) -> Move:
    """Give what a closing had brought forward its own last day again."""
    brought = LotExtension.objects.filter(
        lot=OuterRef("pk"), why=ExtensionWhy.CLOSING, occasion=occasion_of(stop.at)
    )
    lots = Lot.objects.filter(Exists(brought)).annotate(own_day=Subquery(brought.values("from_day")[:1]))
    return _move(programme, lots, attrgetter("own_day"), ExtensionWhy.REOPENED, occasion_of(stop.at))


def _move(programme: Programme, lots: QuerySet[Lot], until: LastDay, why: str, occasion: str) -> Move:
    """Moving those of the merchant's ``lots`` that were not moved on this occasion yet."""
    done = LotExtension.objects.filter(lot=OuterRef("pk"), why=why, occasion=occasion)
    due = lots.filter(~Exists(done), merchant=programme.merchant_id)
    return Move(programme.pk, due, until, why, occasion)


def _move_all(move: Move, shard: WorkShard, now: datetime) -> Iterator[int]:
    """Move the lots of a shard's members, a chunk at a time; tells how many."""
    due, last = move.due.filter(shard.members()).order_by("pk"), 0
    while True:
        with transaction.atomic():
            Programme.objects.select_for_update().get(pk=move.programme_id)
            chunk = list(due.filter(pk__gt=last)[:CHUNK])
            days = [(lot, move.until(lot)) for lot in chunk]
            _write([day for day in days if day[1] != day[0].expires_on], move.why, move.occasion, now)
        if not chunk:
            return
        last = chunk[-1].pk
        yield len(chunk)


def _write(moves: list[tuple[Lot, date | None]], why: str, occasion: str, now: datetime) -> None:
    if not moves:
        return
    LotExtension.objects.bulk_create(
        LotExtension(
            lot=lot,
            why=why,
            occasion=occasion,
            from_day=lot.expires_on,
            until_day=until_day,
            recorded_at=now,
        )
        for lot, until_day in moves
    )
    rows.update(
        Lot, [{"expires_on": until_day} for _lot, until_day in moves], [{"id": lot.pk} for lot, _day in moves]
    )


PAUSES: Final = Job(Work.PAUSES, _due, _bring, _close)
