"""How often somebody may guess wrong before they have to wait: counted in the cache, for all processes.

What is guessed at is long enough not to be found by chance; the limit keeps trying from being free, and tells
an honest caller with a broken scanner or an old key what is going on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.cache import cache

from accounts.counters import one_more
from accounts.errors import TooMany, WalaaError


@dataclass(frozen=True, slots=True)
class Limit:
    """So many wrong guesses of one kind in so many seconds by the clock."""

    name: str
    most: int
    seconds: int


KEYS: Final = Limit("api-keys", 30, 60)
CODES: Final = Limit("redemption-codes", 20, 600)
PAGES: Final = Limit("shown-pages", 20, 600)


@contextmanager
def guessing(limit: Limit, who: str, *, now: datetime, wrong: type[WalaaError]) -> Iterator[None]:
    """Let ``who`` try; count it when it ends in ``wrong``. Raises ``TooMany`` once the limit is reached."""
    refuse_guesser(limit, who, now=now)
    try:
        yield
    except wrong:
        count_guess(limit, who, now=now)
        raise


def refuse_guesser(limit: Limit, who: str, *, now: datetime) -> None:
    """Raise ``TooMany``, with the seconds to ``wait``, for one who guessed wrong too often."""
    name, wait = _slot(limit, who, now)
    if cache.get(name, 0) >= limit.most:
        raise TooMany(wait=wait)


def count_guess(limit: Limit, who: str, *, now: datetime) -> None:
    """Note a wrong guess."""
    name, _wait = _slot(limit, who, now)
    one_more(name, kept=2 * limit.seconds)


def _slot(limit: Limit, who: str, now: datetime) -> tuple[str, int]:
    """Return the counter's name in this stretch of time, and the seconds until the next."""
    stretch, passed = divmod(int(now.timestamp()), limit.seconds)
    return f"guesses:{limit.name}:{who}:{stretch}", limit.seconds - passed
