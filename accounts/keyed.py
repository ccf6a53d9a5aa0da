"""Keyed hashes of what is said of people: only this installation's secret can make one, nothing can be read.

They are kept for years (who was erased, which row of a file came in), so they must outlive a change of the
secret: whatever ``SECRET_KEY_FALLBACKS`` names is still recognised. New hashes are made with ``SECRET_KEY``.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac


def keyed_hash(purpose: str, said: str) -> str:
    """Return the hash of what is said, for one purpose (64 hex digits)."""
    return salted_hmac(purpose, said, algorithm="sha256").hexdigest()


def keyed_hashes(purpose: str, said: str) -> tuple[str, ...]:
    """Return the hash by today's secret, then those by the secrets before it."""
    return tuple(
        salted_hmac(purpose, said, secret=secret, algorithm="sha256").hexdigest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )
