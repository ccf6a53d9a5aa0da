"""When a programme stood still: its pauses and closings, its pilot's end, and who made and ended them. Pure.

An order keeps its own date (RULES 13, 26): one that happened during a pause earns nothing, however late it
is told, and one from before the pause earns, even if it is told meanwhile. So a programme remembers its stops
on its own row, where every posting reads them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Stop:
    """The programme was in ``state`` from ``at`` to ``until`` (None: still is) and in ``before`` before it.

    ``is_settled``: the last days that this stop moved, or moved back, are where they belong.
    """

    state: str
    before: str
    at: datetime
    by: str = ""
    until: datetime | None = None
    until_by: str = ""
    is_settled: bool = False


def stops_of(stored: Sequence[dict[str, Any]]) -> list[Stop]:
    """Read the stops from a programme's row."""
    return [Stop(**row | {"at": _instant(row["at"]), "until": _instant(row["until"])}) for row in stored]


def stored(stops: Sequence[Stop]) -> list[dict[str, Any]]:
    """Return the stops as a programme's row keeps them."""
    return [
        asdict(stop) | {"at": stop.at.isoformat(), "until": stop.until.isoformat() if stop.until else None}
        for stop in stops
    ]


def state_at(stops: Sequence[Stop], current: str, moment: datetime) -> str:
    """Return the state the programme was in at ``moment``: ``current`` since the last stop."""
    for stop in stops:
        if moment < stop.at:
            return stop.before
        if stop.until is None:
            return current
        if moment < stop.until:
            return stop.state
    return current


def unsettled(stops: Sequence[Stop]) -> Iterator[tuple[int, Stop]]:
    """Yield place and stop of those that are over and whose last days are still to be moved."""
    return ((place, stop) for place, stop in enumerate(stops) if stop.until and not stop.is_settled)


def _instant(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text else None
