"""The last day of a lot: where a closing puts it, and the marks that go over with its points. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

from ledger.models import Lot, LotExtension
from ledger.models.extensions import ExtensionWhy, occasion_of
from ledger.writing.rows import new
from programs.models import Programme


def first_marks(
    lot: Lot, day: date | None, programme: Programme | None, marks: Sequence[LotExtension], now: datetime
) -> list[LotExtension]:
    """Give a new lot its last day, and return what is remembered of how it came to it.

    ``day`` is the one it has of its own, or had in the lot that its points were in before; ``marks`` are what
    moved that lot's (the first move first). They go over, so that no occasion moves the points a second time
    and a closing that is taken back finds the day they had. A programme that closes leaves no point alive
    beyond its last day (RULES 26), but for a grace given since (27).
    """
    kept = [_mark(lot, mark.why, mark.occasion, mark.from_day, mark.until_day, now) for mark in marks]
    lot.expires_on = day
    if programme is None or programme.closes_on is None or programme.closing_at is None:
        return kept
    closes_on, occasion = programme.closes_on, occasion_of(programme.closing_at)
    if any(_stands(mark, programme.closing_at) for mark in marks) or (day is not None and day <= closes_on):
        return kept
    lot.expires_on = closes_on
    return [*kept, _mark(lot, ExtensionWhy.CLOSING, occasion, day, closes_on, now)]


def _stands(mark: LotExtension, closing_at: datetime) -> bool:
    """Whether this closing moved the day already, or a grace was given since."""
    is_grace = mark.why == ExtensionWhy.UNDELIVERED and mark.recorded_at >= closing_at
    return is_grace or mark.occasion == occasion_of(closing_at)


def _mark(
    lot: Lot, why: str, occasion: str, from_day: date | None, until_day: date | None, now: datetime
) -> LotExtension:
    days = {"from_day": from_day, "until_day": until_day}
    return new(LotExtension, lot=lot, why=why, occasion=occasion, recorded_at=now, **days)
