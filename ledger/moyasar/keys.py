"""A merchant's keys to Moyasar: kept encrypted, changed by the owner, the old webhook secret for an hour."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.crypto import constant_time_compare

from accounts.access import Actor
from accounts.errors import Forbidden, Invalid
from accounts.models import Merchant
from accounts.sealed import opened, sealed
from ledger.models import MoyasarKeys
from ledger.moyasar.client import Moyasar

KEY: Final = "ledger.moyasar.secret_key"
HOOK: Final = "ledger.moyasar.webhook"
CARD: Final = "ledger.moyasar.card"
OLD_LASTS: Final = timedelta(hours=1)
LONGEST: Final = 200
SHORTEST_HOOK: Final = 8


def save_keys(*, actor: Actor, secret_key: str, webhook_secret: str, now: datetime) -> MoyasarKeys:
    """Keep the keys; an empty one leaves what is there. Raises ``Forbidden``, ``Invalid``."""
    if not actor.may("change", "keys"):
        raise Forbidden
    known = MoyasarKeys.objects.filter(merchant=actor.merchant).first()
    secret_key, webhook_secret = secret_key.strip(), webhook_secret.strip()
    if len(secret_key) > LONGEST or (not secret_key and known is None):
        raise Invalid(field="secret_key")
    if secret_key and not secret_key.startswith("sk_"):
        raise Invalid(field="secret_key")
    if len(webhook_secret) > LONGEST or (not webhook_secret and known is None):
        raise Invalid(field="webhook_secret")
    if webhook_secret and len(webhook_secret) < SHORTEST_HOOK:
        raise Invalid(field="webhook_secret")
    keys = known or MoyasarKeys(merchant=actor.merchant)
    if secret_key:
        keys.secret_key = sealed(KEY, secret_key)
    if webhook_secret:
        if known is not None:
            keys.old_webhook_secret, keys.old_until = keys.webhook_secret, now + OLD_LASTS
        keys.webhook_secret = sealed(HOOK, webhook_secret)
    keys.changed_at, keys.changed_by = now, actor.label
    keys.save()
    return keys


def keys_of(merchant: Merchant) -> MoyasarKeys | None:
    """The merchant's keys, if they gave any."""
    return MoyasarKeys.objects.filter(merchant=merchant).first()


def client_of(merchant_id: int) -> Moyasar | None:
    """The merchant's client, if its keys are here and can be opened."""
    keys = MoyasarKeys.objects.filter(merchant=merchant_id).first()
    secret = opened(KEY, keys.secret_key) if keys else ""
    return Moyasar(secret) if secret else None


def takes_cards(merchant: Merchant) -> bool:
    """Whether members can pay by card. One query."""
    return MoyasarKeys.objects.filter(merchant=merchant).exists()


def proves(keys: MoyasarKeys | None, said: object, now: datetime) -> bool:
    """Whether ``said`` is the webhook's secret, or the one before it within its hour. In constant time."""
    if keys is None or not isinstance(said, str) or not said:
        return False
    known = [opened(HOOK, keys.webhook_secret)]
    if keys.old_until is not None and now < keys.old_until:
        known.append(opened(HOOK, keys.old_webhook_secret))
    matches = [constant_time_compare(said, one) for one in known if one]
    return any(matches)
