"""Stories from seeds: the same seed always tells the same facts, crash points and duplicates. Pure.

A story is made with the help of the model, so that most of what it tells is possible, and some of it is
just not: what does not exist, belongs to somebody else, comes twice, comes late or says something else.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from loyalty_site.simulation.facts import Fact, Refused, Terms
from loyalty_site.simulation.meetings import KINDS, Meetings

CRASHES: Final = 0.25
HOW: Final = {"lost": 14, "backend": 5, "process": 1}
UNCRASHED: Final = frozenset({"sign", "notice"})
"""What leaves nothing behind by which one could tell whether it was done."""


@dataclass(frozen=True)
class Step:
    """A fact, and what goes wrong while it is told.

    ``crash`` is the statement at which the connection is lost, before (positive) or after (negative) it ran;
    0 is none. ``how``: the cable is pulled, the server ends the backend, or the process is killed.
    """

    fact: Fact
    crash: int = 0
    how: str = "lost"


@dataclass(frozen=True)
class Story:
    """Terms and members, and what happens to them, step by step."""

    seed: int
    terms: Terms
    births: tuple[date | None, ...]
    steps: tuple[Step, ...]


def story(seed: int) -> Story:
    """The story of a seed."""
    told = Meetings(seed)
    dice, steps = told.dice, []
    for _number in range(dice.randint(8, 40)):
        _wait(told)
        fact = dice.choices(list(KINDS), list(KINDS.values()))[0](told)
        if fact is None:
            continue
        try:
            told.model.tell(fact)
        except Refused:
            pass
        else:
            told.told.append(fact)
        crash = dice.randint(1, 14) * dice.choice((1, 1, -1)) if dice.random() < CRASHES else 0
        how = dice.choices(list(HOW), list(HOW.values()))[0]
        steps.append(Step(fact, 0 if fact.what in UNCRASHED else crash, how))
    return Story(seed, told.terms, told.births, tuple(steps))


def _wait(told: Meetings) -> None:
    """Time goes on, stands still, leaps, or is set back a little."""
    dice = told.dice
    days = dice.choice((0, 0, 0, 0, 0, 0, 1, 3, 9, 31, 31, 130))
    minutes = days * 1440 or dice.choice((0, 0, 1, 5, 20, 300))
    told.now += timedelta(minutes=minutes, seconds=dice.randint(0, 59))
    if dice.random() < 0.05:
        told.now -= timedelta(minutes=dice.choice((1, 30, 600, 2880)))
