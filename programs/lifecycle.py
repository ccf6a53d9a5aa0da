"""The states of a programme: draft → pilot → live ⇄ paused, and from live or pilot to closing and closed.

Publishing its first version takes a programme out of draft (``programs.publishing``). Each step holds the
programme's row, so of two hands on the same switch exactly one moves it; who stopped it and who let it go on
stays on the row (``programs.stops``).

A pause stops the clock of expiry (RULES 26), and the clock goes on only when the points it held were
prolonged: ``resume`` lets members earn at once and leaves ``paused_at`` where it is until ``ledger.freezing``
has moved every last day by the days of the pause and calls ``settled``. A new pause need not wait for that.

A closing can be taken back before its last day begins, for until then no point has died of it: whatever was
brought forward gets its own last day again. Orders of the time between keep what they were told.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from programs.calendars import business_date
from programs.errors import WrongState
from programs.models import Programme, ProgrammeState, ProgrammeVersion
from programs.stops import Stop, stored, unsettled

OPEN = (ProgrammeState.LIVE, ProgrammeState.PILOT)
CLOSING_DAYS = 90
"""Notice of a closing where no version says otherwise."""


def go_live(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """End the pilot: from now on every member earns. Raises ``WrongState``.

    It is remembered as a stop that takes no time: an order of before, told later, is of the pilot (RULES 13).
    """

    def opened(row: Programme) -> dict[str, Any]:
        live = ProgrammeState.LIVE
        passed = Stop(live, before=row.state, at=now, by=by, until=now, until_by=by, is_settled=True)
        return {"state": live, "stops": stored([*row.known_stops, passed])}

    return _move(programme, [ProgrammeState.PILOT], opened)


def pause(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Stop earning; expiry stands still and redeeming stays open (RULES 26). Raises ``WrongState``.

    While the points held by the pause before are still being prolonged the clock stands where that one began.
    """

    def paused(row: Programme) -> dict[str, Any]:
        state = ProgrammeState.PAUSED
        return {"state": state, "paused_at": row.paused_at or now, "stops": _stopped(row, state, now, by)}

    return _move(programme, [ProgrammeState.LIVE], paused)


def resume(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Earn again; expiry goes on once the points it held are prolonged. Raises ``WrongState``."""

    def resumed(row: Programme) -> dict[str, Any]:
        return {"state": ProgrammeState.LIVE, "resuming_at": now, "stops": _ended(row, now, by)}

    return _move(programme, [ProgrammeState.PAUSED], resumed)


def close(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Stop earning for good: members spend until ``closes_on``, then points die (RULES 26).

    Raises ``WrongState`` also while the points held by a pause are still being prolonged.
    """
    today = business_date(now, programme.merchant.zone)
    closes_on = today + timedelta(days=closing_days(programme, now))

    def closing(row: Programme) -> dict[str, Any]:
        if row.paused_at is not None or row.resuming_at is not None:
            raise WrongState
        state = ProgrammeState.CLOSING
        stops = _stopped(row, state, now, by)
        return {"state": state, "closes_on": closes_on, "closing_at": now, "stops": stops}

    return _move(programme, OPEN, closing)


def reopen(*, programme: Programme, now: datetime, by: str = "") -> Programme:
    """Take a closing back, while nothing has died of it: as it was before, from now on.

    Raises ``WrongState`` from its last day on. The last days of points come back when they are settled.
    """
    today = business_date(now, programme.merchant.zone)

    def reopened(row: Programme) -> dict[str, Any]:
        if row.closes_on is None or row.closes_on <= today:
            raise WrongState
        before = row.known_stops[-1].before
        none = {"closes_on": None, "closing_at": None}
        return {"state": before, "resuming_at": now, "stops": _ended(row, now, by), **none}

    return _move(programme, [ProgrammeState.CLOSING], reopened)


def settled(*, programme: Programme, places: Sequence[int]) -> Programme:
    """Note that what these stops moved is in place; after the last pause the clock of expiry goes on."""

    def noted(row: Programme) -> dict[str, Any]:
        stops = row.known_stops
        stops = [replace(stop, is_settled=stop.is_settled or at in places) for at, stop in enumerate(stops)]
        left = [stop for _place, stop in unsettled(stops)]
        held = [stop.at for stop in [*left, *stops[-1:]] if stop.state == ProgrammeState.PAUSED]
        is_held = any(stop.state == ProgrammeState.PAUSED for stop in left) or row.state == "paused"
        return {
            "stops": stored(stops),
            "resuming_at": row.resuming_at if left else None,
            "paused_at": min(held) if is_held else None,
        }

    return _move(programme, list(ProgrammeState), noted)


def closed(*, programme: Programme, today: date) -> Programme:
    """End a closing whose last day is over."""

    def over(row: Programme) -> dict[str, Any]:
        if row.closes_on is None or row.closes_on >= today:
            raise WrongState
        return {"state": ProgrammeState.CLOSED}

    return _move(programme, [ProgrammeState.CLOSING], over)


def closing_days(programme: Programme, now: datetime) -> int:
    """How many days of notice the terms in force give when the programme closes."""
    versions = ProgrammeVersion.objects.filter(programme=programme).in_force_at(now)
    return versions.values_list("closing_days", flat=True).first() or CLOSING_DAYS


def expiry_day(programme: Programme | None, zone: str, today: date) -> date:
    """The day by which lots live and die: ``today``, or the day on which the programme was paused."""
    if programme is None or programme.paused_at is None:
        return today
    return min(today, business_date(programme.paused_at, zone))


def _stopped(row: Programme, state: ProgrammeState, now: datetime, by: str) -> list[dict[str, Any]]:
    return stored([*row.known_stops, Stop(state=state, before=row.state, at=now, by=by)])


def _ended(row: Programme, now: datetime, by: str) -> list[dict[str, Any]]:
    *earlier, last = row.known_stops
    return stored([*earlier, replace(last, until=now, until_by=by)])


def _move(
    programme: Programme,
    from_states: Sequence[ProgrammeState],
    step: Callable[[Programme], dict[str, Any]],
) -> Programme:
    """Write what ``step`` makes of the programme's row, and bring ``programme`` up to date.

    Raises ``WrongState`` from any other state.
    """
    with transaction.atomic():
        row = Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
        if row.state not in from_states:
            raise WrongState
        values = step(row)
        Programme.objects.filter(pk=row.pk).update(**values)
    programme.refresh_from_db(
        fields=["state", "paused_at", "resuming_at", "closing_at", "closes_on", "stops"]
    )
    return programme
