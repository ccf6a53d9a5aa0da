"""One line of the table, and the table."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what was asked for, and the floor of the same run."""

    name: str
    measured: str
    target: str
    floor: str = ""


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [("figure", "measured", "target", "floor in the same run"), ("---",) * 4]
    rows += [astuple(figure) for figure in figures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
