"""Counters in the cache, which all processes share."""

from typing import Final

from django.core.cache import cache

TRIES: Final = 3


def one_more(name: str, *, kept: int) -> int:
    """Count once more under ``name``, for ``kept`` seconds from the first; return how often it is now."""
    for _try in range(TRIES):
        try:
            return int(cache.incr(name))
        except ValueError:  # nobody counted yet, or it was evicted: of two at once one begins
            if cache.add(name, 1, timeout=kept):
                break
    return 1
