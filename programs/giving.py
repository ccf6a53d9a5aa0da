"""What a version gives with a sale beside points, room by room, as the margin guard counts it."""

from collections.abc import Callable, Iterable
from typing import Final

from programs.extras import Extra
from programs.models import ProgrammeVersion
from programs.perks import worst_of
from programs.plan_costs import plan_extras
from programs.queries import perk_terms


def perk_extras(version: ProgrammeVersion) -> list[Extra]:
    """What the perks of a version's tiers cost."""
    return worst_of(perk_terms(version))


ROOMS: Final[tuple[Callable[[ProgrammeVersion], Iterable[Extra]], ...]] = (plan_extras, perk_extras)
"""Each answers what its part of a version (perks, cards, plans, causes …) gives with one sale at worst."""


def extras_of(version: ProgrammeVersion) -> list[Extra]:
    """Everything that a sale under these terms can bring beside points."""
    return [extra for room in ROOMS for extra in room(version)]
