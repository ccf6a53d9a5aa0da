"""What can be posted about contests: plain values."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ledger.event import Event
from programs.calendars import BEGINNING


@dataclass(frozen=True, slots=True)
class ContestWon(Event):
    """A member won a prize: ``place`` in the contest of this code and first day, by a version's terms.

    It happens when it is posted.
    """

    kind: ClassVar[str] = "contest"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at", "version_id"}

    contest: str = ""
    starts_on: date = BEGINNING
    place: int = 0
    version_id: int = 0
