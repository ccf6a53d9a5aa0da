"""Moving the last days of many lots: after a pause, and when a programme closes (RULES 26).

In chunks, each one short transaction under the programme's row: it may die anywhere and be started again,
twice at once too. A lot is moved once per occasion, and the database says so (``LotExtension``). Balances are
not touched: a last day is no figure of theirs.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ledger.models import Lot, LotExtension
from ledger.models.extensions import ExtensionWhy
from ledger.writing import rows
from programs import lifecycle
from programs.calendars import business_date
from programs.models import Programme, ProgrammeState

CHUNK: Final = 1000
"""Lots per transaction: about a tenth of a second on SQLite."""

LastDay = Callable[[Lot], date | None]


def resume(*, programme: Programme, now: datetime) -> Programme:
    """Earn again, and give every lot the days that the pause held it. Raises ``WrongState``."""
    lifecycle.resume(programme=programme, now=now)
    settle(programme=programme, now=now)
    return programme


def close(*, programme: Programme, now: datetime) -> Programme:
    """Stop earning, give notice, and let no point outlive it. Raises ``WrongState``."""
    lifecycle.close(programme=programme, now=now)
    settle(programme=programme, now=now)
    return programme


def settle_all(*, now: datetime) -> int:
    """Finish what pauses and closings left to do, wherever there is any; returns how many lots were moved."""
    asked = Q(resuming_at__isnull=False) | Q(state=ProgrammeState.CLOSING)
    programmes = Programme.objects.filter(asked).select_related("merchant").order_by("pk")
    return sum(settle(programme=programme, now=now) for programme in programmes)


def settle(*, programme: Programme, now: datetime) -> int:
    """Prolong what a pause held, bring forward what outlives a closing; returns how many lots were moved."""
    moved = 0
    if programme.resuming_at is not None and programme.paused_at is not None:
        moved += _prolong(programme, programme.paused_at, programme.resuming_at, now)
        lifecycle.thawed(programme=programme)
    if programme.state == ProgrammeState.CLOSING and programme.closes_on is not None:
        moved += _bring_forward(programme, programme.closes_on, now)
        today = business_date(now, programme.merchant.zone)
        if programme.closes_on < today:
            lifecycle.closed(programme=programme, today=today)
    return moved


def _prolong(programme: Programme, paused_at: datetime, resumed_at: datetime, now: datetime) -> int:
    """Give each lot the days it was held: those of the pause, or those since it came in meanwhile."""
    zone = programme.merchant.zone
    first, last = business_date(paused_at, zone), business_date(resumed_at, zone)
    held = Lot.objects.filter(expires_on__gte=first, movement__recorded_at__lt=resumed_at)

    def later(lot: Lot) -> date | None:
        came_on = business_date(lot.came_at, zone)  # type: ignore[attr-defined] # annotated
        return lot.expires_on and lot.expires_on + (last - max(first, came_on))

    came = held.annotate(came_at=F("movement__recorded_at"))
    return _move_all(programme, came, later, ExtensionWhy.PAUSE, f"{paused_at:%Y-%m-%dT%H:%M:%S.%fZ}", now)


def _bring_forward(programme: Programme, closes_on: date, now: datetime) -> int:
    """Let everything that would live longer die with the programme."""
    longer = Lot.objects.filter(Q(expires_on__isnull=True) | Q(expires_on__gt=closes_on))
    return _move_all(
        programme, longer, lambda _lot: closes_on, ExtensionWhy.CLOSING, closes_on.isoformat(), now
    )


def _move_all(
    programme: Programme, lots: QuerySet[Lot], until: LastDay, why: str, occasion: str, now: datetime
) -> int:
    """Move the merchant's ``lots`` that were not moved on this occasion yet; returns how many."""
    done = LotExtension.objects.filter(lot=OuterRef("pk"), why=why, occasion=occasion)
    due = lots.filter(~Exists(done), merchant=programme.merchant_id).order_by("pk")
    moved = last = 0
    while True:
        with transaction.atomic():
            Programme.objects.select_for_update().get(pk=programme.pk)
            chunk = list(due.filter(pk__gt=last)[:CHUNK])
            moves = [(lot, until(lot)) for lot in chunk]
            _write([move for move in moves if move[1] != move[0].expires_on], why, occasion, now)
        if not chunk:
            return moved
        moved, last = moved + len(chunk), chunk[-1].pk


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
