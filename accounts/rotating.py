"""A key is replaced with an overlap: the new one works at once, the old one for some hours more."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import ApiKey

OVERLAP: Final = 24
LONGEST_OVERLAP: Final = 30 * 24


@transaction.atomic
def replace_key(key: ApiKey, *, hours: int, now: datetime) -> tuple[ApiKey, str]:
    """Return a new key like ``key``, and its text, which is kept nowhere; the old one ends in ``hours``.

    A key whose own end comes sooner keeps that end.
    """
    kept = {name: getattr(key, name) for name in ("merchant", "branch", "scope", "is_sandbox", "name")}
    made = ApiKey(**kept)
    text = ApiKey.objects.assign_key(made)
    made.save()
    ends_at = now + timedelta(hours=hours)
    key.expiry_date = min(key.expiry_date or ends_at, ends_at)
    key.save(update_fields=["expiry_date"])
    return made, text
