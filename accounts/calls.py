"""Calls that may come twice: the same key says the same thing again, or is refused.

Neither the key, which is the caller's own text, nor what was said is kept: only hashes under this
installation's secret.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

from accounts.keyed import keyed_hash, keyed_hashes
from accounts.models import CallKey, Merchant

KEY, SAID = "accounts.calls.key", "accounts.calls.said"
KEPT: Final = timedelta(days=90)


class Known(Enum):
    """What is known of a key."""

    NEW = "new"
    SAME = "same"
    OTHER = "other"


class Taken(NamedTuple):
    """What is known of a key, and when it came first."""

    known: Known
    at: datetime


def take(*, merchant: Merchant, key: str, said: str, now: datetime) -> Taken:
    """Note that ``said`` came under ``key``, or say whether the same did before.

    Of two at once one is first.
    """
    before = CallKey.objects.filter(merchant=merchant, key_hash__in=keyed_hashes(KEY, key)).first()
    if before is None:
        fields = {"said_hash": keyed_hash(SAID, said), "at": now}
        before, made = CallKey.objects.get_or_create(
            merchant=merchant, key_hash=keyed_hash(KEY, key), defaults=fields
        )
        if made:
            return Taken(Known.NEW, now)
    is_same = before.said_hash in keyed_hashes(SAID, said)
    return Taken(Known.SAME if is_same else Known.OTHER, before.at)


def let_go(*, merchant: Merchant, key: str) -> None:
    """Forget a key under which nothing was written."""
    CallKey.objects.filter(merchant=merchant, key_hash__in=keyed_hashes(KEY, key)).delete()


def purge(*, now: datetime) -> None:
    """Forget keys that nobody retries any more."""
    CallKey.objects.filter(at__lt=now - KEPT).delete()
