"""The parts of a version, read once for everybody who asks: one query for each kind, however many ask.

Whoever shows a version and measures it hands out the one that was read. After a part was saved the version
is read anew: what was read stays as it was.
"""

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

from django.db.models import prefetch_related_objects

from programs.models import ProgrammeVersion

PARTS: Final = (
    *("tiers", "perks", "rules", "caps", "rewards", "cards", "challenges", "contests", "contest_prizes"),
    *("badges", "plans", "referrals", "givings"),
)


class Switched(Protocol):
    """A part that has a code and can be switched off."""

    code: str
    is_active: bool


Part = TypeVar("Part", bound=Switched, covariant=True)


class Rows(Protocol[Part]):
    """The parts of one kind, as a version knows them."""

    def all(self) -> Iterable[Part]:
        """Every one of them, in their order."""
        ...


def read_once(version: ProgrammeVersion) -> ProgrammeVersion:
    """Return the version with all its parts in hand."""
    prefetch_related_objects([version], *PARTS)
    return version


def active(rows: Rows[Part]) -> list[Part]:
    """The parts of one kind that are switched on, in their order; asked only where they were not read."""
    return [row for row in rows.all() if row.is_active]
