"""What a version gives with a sale beside points, room by room, as the margin guard counts it."""

from collections.abc import Callable, Iterable
from typing import Final

from programs.extras import Extra
from programs.models import ProgrammeVersion

ROOMS: Final[tuple[Callable[[ProgrammeVersion], Iterable[Extra]], ...]] = ()
"""Each answers what its part of a version (perks, cards, plans, causes …) gives with one sale at worst."""


def extras_of(version: ProgrammeVersion) -> list[Extra]:
    """Everything that a sale under these terms can bring beside points."""
    return [extra for room in ROOMS for extra in room(version)]
