"""Purchases that came in one call, in any order: each answered in its place, as if posted one by one in time.

``ledger.bulk.many`` plans and writes them together. Here they are cut so that no writer is kept waiting for
long, and what stands twice in one call waits for the first of its name: it is then known, or was refused.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from ledger.bulk.many import Outcome, post_many
from ledger.events import PurchaseMade

MOST: Final = 1_000
AT_ONCE: Final = {"sqlite": 300, "postgresql": MOST}
"""Purchases per transaction: SQLite has one writer, who must not be long."""


def post_call(events: Sequence[PurchaseMade], *, now: datetime) -> list[Outcome]:
    """Post purchases of one merchant, at most ``MOST``; return what became of each, in the order given."""
    outcomes: dict[int, Outcome] = {}
    size = AT_ONCE[connection.vendor]
    waiting = list(range(len(events)))
    while waiting:
        wave, waiting = _wave(events, waiting, outcomes)
        in_time = sorted(wave, key=lambda place: events[place].occurred_at)
        for first in range(0, len(in_time), size):
            places = in_time[first : first + size]
            found = post_many([events[place] for place in places], now=now)
            outcomes |= dict(zip(places, found, strict=True))
    return [outcomes[place] for place in range(len(events))]


def _wave(
    events: Sequence[PurchaseMade], waiting: Sequence[int], outcomes: Mapping[int, Outcome]
) -> tuple[list[int], list[int]]:
    """Of the places that wait, those whose turn it is, and the rest.

    Of every name the first has its turn; once one was taken, so have all others: they are known, or conflict.
    """
    taken = {_name(events[place]) for place, outcome in outcomes.items() if not outcome.refusal}
    turn: list[int] = []
    later: list[int] = []
    seen: set[tuple[str, str]] = set()
    for place in waiting:
        name = _name(events[place])
        (later if name in seen and name not in taken else turn).append(place)
        seen.add(name)
    return turn, later


def _name(event: PurchaseMade) -> tuple[str, str]:
    return event.source, event.key
