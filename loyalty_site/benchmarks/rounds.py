"""Floor, candidates, floor, again and again: ratios of one run, and none from a restless minute."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from loyalty_site.benchmarks.stage import Pace

ROUNDS: Final = 3
RESTLESS: Final = 1.25


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate beside its floor: medians over the rounds that counted."""

    ratio: float
    cpu_ratio: float
    per_second: float
    cpu_ms: float
    floor_per_second: float
    floor_cpu_ms: float
    errors: int
    rounds: int


def sandwich(
    floor: Callable[[], Pace], candidates: Mapping[str, Callable[[], Pace]], *, rounds: int = ROUNDS
) -> dict[str, Compared]:
    """Measure every candidate between two floors; rounds whose floors differ by a quarter are dropped.

    When the machine was never quiet the quietest round stands, and ``rounds`` of the answer is 0.
    """
    taken = []
    for _round in range(rounds):
        before = floor()
        paces = {name: candidate() for name, candidate in candidates.items()}
        taken.append((before, paces, floor()))
    quiet = [one for one in taken if _unrest(one[0], one[2]) <= RESTLESS]
    counted = quiet or sorted(taken, key=lambda one: _unrest(one[0], one[2]))[:1]
    return {
        name: _compared([(_mean(before, after), paces[name]) for before, paces, after in counted], len(quiet))
        for name in candidates
    }


def _unrest(before: Pace, after: Pace) -> float:
    low, high = sorted([before.per_second, after.per_second])
    return high / low


def _mean(one: Pace, other: Pace) -> Pace:
    return Pace((one.per_second + other.per_second) / 2, (one.cpu_ms + other.cpu_ms) / 2)


def _compared(pairs: Sequence[tuple[Pace, Pace]], rounds: int) -> Compared:
    return Compared(
        ratio=median(pace.per_second / floor.per_second for floor, pace in pairs),
        cpu_ratio=median(pace.cpu_ms / max(floor.cpu_ms, 1e-6) for floor, pace in pairs),
        per_second=median(pace.per_second for _floor, pace in pairs),
        cpu_ms=median(pace.cpu_ms for _floor, pace in pairs),
        floor_per_second=median(floor.per_second for floor, _pace in pairs),
        floor_cpu_ms=median(floor.cpu_ms for floor, _pace in pairs),
        errors=sum(pace.errors for _floor, pace in pairs),
        rounds=rounds,
    )
