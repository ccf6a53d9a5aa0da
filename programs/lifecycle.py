"""The states of a programme: draft → pilot → live ⇄ paused, and from live or pilot to closing and closed.

Publishing its first version takes a programme out of draft (``programs.publishing``). Each step is one
conditional UPDATE, so of two hands on the same switch exactly one moves it.

A pause stops the clock of expiry (RULES 26), and the clock goes on only when the points it held were
prolonged: ``resume`` lets members earn at once and leaves ``paused_at`` where it is until ``ledger.freezing``
has moved every last day by the days of the pause and calls ``thawed``.
"""

from datetime import date, datetime, timedelta

from programs.calendars import business_date
from programs.errors import WrongState
from programs.models import Programme, ProgrammeState, ProgrammeVersion

OPEN = (ProgrammeState.LIVE, ProgrammeState.PILOT)
CLOSING_DAYS = 90
"""Notice of a closing where no version says otherwise."""


def go_live(*, programme: Programme) -> Programme:
    """End the pilot: from now on every member earns."""
    return _move(programme, [ProgrammeState.PILOT], ProgrammeState.LIVE)


def pause(*, programme: Programme, now: datetime) -> Programme:
    """Stop earning; expiry stands still and redeeming stays open (RULES 26).

    Raises ``WrongState`` also while the points held by the pause before are still being prolonged.
    """
    return _move(programme, [ProgrammeState.LIVE], ProgrammeState.PAUSED, thawed_only=True, paused_at=now)


def resume(*, programme: Programme, now: datetime) -> Programme:
    """Earn again; the clock of expiry goes on once the points it held are prolonged."""
    return _move(programme, [ProgrammeState.PAUSED], ProgrammeState.LIVE, resuming_at=now)


def thawed(*, programme: Programme) -> Programme:
    """Let the clock of expiry go on: every lot that the pause held is prolonged."""
    held = Programme.objects.filter(pk=programme.pk, resuming_at__isnull=False)
    held.update(paused_at=None, resuming_at=None)
    programme.refresh_from_db(fields=["paused_at", "resuming_at"])
    return programme


def close(*, programme: Programme, now: datetime) -> Programme:
    """Stop earning for good: members spend until ``closes_on``, then points die (RULES 26)."""
    today = business_date(now, programme.merchant.zone)
    closes_on = today + timedelta(days=closing_days(programme, now))
    return _move(
        programme, OPEN, ProgrammeState.CLOSING, thawed_only=True, closes_on=closes_on, closing_at=now
    )


def closed(*, programme: Programme, today: date) -> Programme:
    """End a closing whose last day is over."""
    if programme.closes_on is None or programme.closes_on >= today:
        raise WrongState
    return _move(programme, [ProgrammeState.CLOSING], ProgrammeState.CLOSED)


def closing_days(programme: Programme, now: datetime) -> int:
    """How many days of notice the terms in force give when the programme closes."""
    versions = ProgrammeVersion.objects.filter(programme=programme).in_force_at(now)
    return versions.values_list("closing_days", flat=True).first() or CLOSING_DAYS


def expiry_day(programme: Programme | None, zone: str, today: date) -> date:
    """The day by which lots live and die: ``today``, or the day on which the programme was paused."""
    if programme is None or programme.paused_at is None:
        return today
    return min(today, business_date(programme.paused_at, zone))


def _move(
    programme: Programme,
    from_states: list[ProgrammeState] | tuple[ProgrammeState, ...],
    to_state: ProgrammeState,
    *,
    thawed_only: bool = False,
    **values: object,
) -> Programme:
    """Take ``programme`` from one state to the next; raises ``WrongState`` from any other."""
    waiting = Programme.objects.filter(pk=programme.pk, state__in=from_states)
    if thawed_only:
        waiting = waiting.filter(paused_at__isnull=True)
    if not waiting.update(state=to_state, **values):
        raise WrongState
    programme.refresh_from_db(fields=["state", "paused_at", "resuming_at", "closes_on"])
    return programme
