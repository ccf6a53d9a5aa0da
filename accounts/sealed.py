"""Secrets of others that we must say again one day (a payment provider's key, a card's token): encrypted.

The key comes from the installation's secret, one for each purpose, so a copy of the database alone opens
nothing. What was sealed under a secret that ``SECRET_KEY_FALLBACKS`` still names can be opened; new seals are
made with ``SECRET_KEY``. Of secrets that are only ever compared, keep a hash instead (``accounts.keyed``).
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


def sealed(purpose: str, said: str) -> str:
    """Return ``said`` encrypted for one purpose."""
    return _box(purpose).encrypt(said.encode()).decode()


def opened(purpose: str, seal: str) -> str:
    """Return what was sealed; nothing where no secret we know opens it."""
    try:
        return _box(purpose).decrypt(seal.encode()).decode() if seal else ""
    except InvalidToken:
        return ""


def _box(purpose: str) -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (salted_hmac(purpose, "seal", secret=one, algorithm="sha256").digest() for one in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
