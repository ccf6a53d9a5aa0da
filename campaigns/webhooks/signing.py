"""Secrets of webhooks, and what they sign: the rules of Standard Webhooks, by its own package.

https://www.standardwebhooks.com: ``webhook-signature`` is an HMAC of the id, the second of sending and the
body. While a secret is being changed both sign, and a receiver accepts whichever it knows.
"""

import base64
import secrets
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

from accounts.sealed import opened, sealed
from campaigns.webhooks.models import WebhookEndpoint

PURPOSE: Final = "campaigns.webhooks.secret"
PREFIX: Final = "whsec_"
BYTES: Final = 32


def fresh_secret() -> str:
    """A secret as a merchant sees it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def kept(secret: str) -> str:
    """A secret as it is kept."""
    return sealed(PURPOSE, secret)


def headers_of(endpoint: WebhookEndpoint, message_id: str, body: str, now: datetime) -> dict[str, str] | None:
    """The three headers that prove a message; None where no secret can be opened any more."""
    known = [opened(PURPOSE, endpoint.secret)]
    if endpoint.signs_with_old(now):
        known.append(opened(PURPOSE, endpoint.old_secret))
    at = now.astimezone(UTC)
    signatures = [
        Webhook(secret).sign(msg_id=message_id, timestamp=at, data=body) for secret in known if secret
    ]
    if not signatures:
        return None
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
