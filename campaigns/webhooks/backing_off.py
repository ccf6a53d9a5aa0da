"""When to try again: twice as late each time, never all at once, for three days."""

from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(hours=4)
FOR: Final = timedelta(days=3)
MOST_DOUBLINGS: Final = 12
_dice: Final = SystemRandom()


def next_try(failures: int, *, since: datetime, now: datetime) -> datetime:
    """The moment of the next try after so many failures; the last one stands at the end of the three days."""
    delay = min(FIRST * int(2 ** min(failures - 1, MOST_DOUBLINGS)), LONGEST) * _dice.uniform(0.75, 1.25)
    return min(now + delay, max(now, since + FOR))


def is_over(since: datetime, now: datetime) -> bool:
    """Whether the three days are over."""
    return now - since >= FOR
