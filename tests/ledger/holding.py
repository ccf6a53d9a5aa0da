"""Contests and prizes of a draft."""

from datetime import date
from typing import Any

from programs.models import Contest, ContestPrize, ProgrammeVersion

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 28)
CUP = {
    "code": "cup", "name_ar": "كأس فبراير", "name_en": "February cup", "counts": "spend",
    "starts_on": FIRST, "ends_on": LAST,
}  # fmt: skip
PRIZES: tuple[dict[str, Any], ...] = (
    {"points": 300, "badge": "regular"},
    {"first_place": 2, "last_place": 3, "points": 100, "reward": "coffee"},
)


def hold(
    version: ProgrammeVersion,
    contests: tuple[dict[str, Any], ...] = ({},),
    prizes: tuple[dict[str, Any], ...] = PRIZES,
) -> None:
    """Add contests and prizes to a draft."""
    for facts in contests:
        Contest.objects.create(version=version, **(CUP | facts))
    for prize in prizes:
        ContestPrize.objects.create(version=version, **({"contest": "cup"} | prize))
