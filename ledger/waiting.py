"""What a member's account shows of points that wait, or that time has moved before any sweep came by."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, Sum

from ledger.models import Balance, Lot, PendingAward
from ledger.models.pending import PendingState
from ledger.reading.for_time import lots_to_spare
from programs.calendars import last_spendable_day
from programs.models import ProgrammeVersion
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class Waiting:
    """Points that wait: for the day ``opens_on``, or for the event ``awaits`` (then there is no day)."""

    points: int
    opens_on: date | None
    awaits: str


def waiting_of(balance: Balance, today: date) -> tuple[Waiting, ...]:
    """Points that still wait on ``today``, by what they wait for, the first to open first."""
    if not balance.pending:
        return ()
    rows = _pending(balance).exclude(opens_on__lte=today).values("opens_on", "awaits")
    sums = rows.annotate(points=Sum("left")).order_by()
    found = [Waiting(row["points"], row["opens_on"], row["awaits"]) for row in sums]
    return tuple(sorted(found, key=lambda each: each.opens_on or date.max))


def opened_by(balance: Balance, today: date) -> list[tuple[date, int]]:
    """Points whose day has come although no posting or sweep has opened them yet: last day and points."""
    if not balance.pending:
        return []
    due = _pending(balance).filter(opens_on__lte=today).select_related("version")
    return [(_last_day(award.version, award.opens_on), award.left) for award in due if award.opens_on]


def prolonged(member_id: int, today: date, terms: Terms | None) -> list[tuple[date, int]]:
    """Points over since yesterday that may not die yet, and the day their grace gives them (RULES 27)."""
    over = lots_to_spare(Lot.objects.filter(member_id=member_id, expires_on__lt=today))
    grace = timedelta(days=terms.grace_days if terms else 0)
    return [(lot.expires_on + grace, lot.remaining) for lot in over if lot.expires_on]


def _pending(balance: Balance) -> QuerySet[PendingAward]:
    return PendingAward.objects.filter(member_id=balance.pk, state=PendingState.PENDING)


def _last_day(version: ProgrammeVersion, opened_on: date) -> date:
    if version.expiry_months is None:
        return date.max
    return last_spendable_day(opened_on, version.expiry_months, version.expiry_rounding)  # type: ignore[arg-type]
