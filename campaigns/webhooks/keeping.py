"""A merchant's addresses: named, changed, given a new secret, tried, taken away; and a message sent again."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.access import Actor, for_write
from accounts.errors import Forbidden, Invalid
from accounts.models import Merchant
from accounts.outside import OutsideError, refuse_unsafe
from campaigns.errors import AddressRefused, NotReplayable, TooManyWebhooks, WebhookIsOff, WebhookKnown
from campaigns.webhooks import payloads, signing
from campaigns.webhooks.models import TEST, DeliveryState, OffWhy, Topic, WebhookDelivery, WebhookEndpoint
from campaigns.webhooks.switching import switch_off, switch_on
from campaigns.webhooks.telling import message_id

ROOM: Final = "webhooks"
MOST: Final = 10
OLD_LASTS: Final = timedelta(hours=24)
"""How long the secret before a new one signs too."""
LOG_KEPT: Final = timedelta(days=30)
CHUNK: Final = 500


def create(*, actor: Actor, url: str, topics: Iterable[str], now: datetime) -> WebhookEndpoint:
    """Name an address; its ``shown_secret`` is there this once.

    Raises ``Forbidden``, ``AddressRefused``, ``Invalid``, ``WebhookKnown``, ``TooManyWebhooks``.
    """
    if not actor.may("change", ROOM):
        raise Forbidden
    url = checked_address(url)
    endpoint = WebhookEndpoint(
        merchant=actor.merchant,
        code=f"wh_{secrets.token_hex(8)}",
        url=url,
        topics=_known(topics),
        created_at=now,
        created_by=actor.label,
    )
    _draw_secret(endpoint)
    try:
        with transaction.atomic():
            Merchant.objects.select_for_update(no_key=True).get(pk=actor.merchant.pk)
            mine = WebhookEndpoint.objects.filter(merchant=actor.merchant)
            if mine.filter(url=url).exists():
                raise WebhookKnown(field="url")
            if mine.count() >= MOST:
                raise TooManyWebhooks(most=MOST)
            endpoint.save(force_insert=True)
    except IntegrityError:
        raise WebhookKnown(field="url") from None
    return endpoint


def change(
    *,
    actor: Actor,
    code: str,
    now: datetime,
    url: str | None = None,
    topics: Iterable[str] | None = None,
    is_active: bool | None = None,
) -> WebhookEndpoint:
    """Change what is given. Raises ``NotFound``, ``Forbidden``, ``AddressRefused``, ``WebhookKnown``."""
    endpoint = _mine(actor, code)
    if url is not None and url != endpoint.url:
        endpoint.url = checked_address(url)
    if topics is not None:
        endpoint.topics = _known(topics)
    try:
        with transaction.atomic():
            endpoint.save(update_fields=["url", "topics"])
    except IntegrityError:
        raise WebhookKnown(field="url") from None
    if is_active is not None and is_active != endpoint.is_active:
        if is_active:
            switch_on(endpoint)
        else:
            switch_off(endpoint, OffWhy.BY_HAND, now)
    return endpoint


def rotate(*, actor: Actor, code: str, now: datetime) -> WebhookEndpoint:
    """Give an address a new secret, shown this once; the old one signs too for a day."""
    endpoint = _mine(actor, code)
    endpoint.old_secret, endpoint.old_until = endpoint.secret, now + OLD_LASTS
    _draw_secret(endpoint)
    endpoint.save(update_fields=["secret", "old_secret", "old_until"])
    return endpoint


def delete(*, actor: Actor, code: str) -> None:
    """Take an address away with everything that was told there. Raises ``NotFound``, ``Forbidden``."""
    endpoint = _mine(actor, code)
    if not actor.may("delete", ROOM):
        raise Forbidden
    endpoint.delete()


def send_test(*, actor: Actor, code: str, now: datetime) -> WebhookDelivery:
    """Send a message that says nothing, to see whether the address listens. Raises ``WebhookIsOff``."""
    endpoint = _mine(actor, code)
    if not endpoint.is_active:
        raise WebhookIsOff
    return WebhookDelivery.objects.create(
        merchant=actor.merchant,
        endpoint=endpoint,
        message_id=message_id(),
        topic=TEST,
        in_order=False,
        payload=payloads.envelope(TEST, now, {"webhook": endpoint.code}),
        occurred_at=now,
        due_at=now,
    )


def replay(*, actor: Actor, code: str, message: str, now: datetime) -> WebhookDelivery:
    """Send a message again under its own id, out of turn. Raises ``NotFound``, ``NotReplayable``."""
    endpoint = _mine(actor, code)
    row = for_write(actor, endpoint.deliveries.all(), room=ROOM, message_id=message)
    if not endpoint.is_active:
        raise WebhookIsOff
    settled = WebhookDelivery.objects.filter(pk=row.pk, state__in=(DeliveryState.DONE, DeliveryState.FAILED))
    again = {"attempts": 0, "first_tried_at": None, "done_at": None, "why": "", "in_order": False}
    if row.payload == {} or not settled.update(state=DeliveryState.WAITING, due_at=now, **again):
        raise NotReplayable
    row.refresh_from_db()
    return row


def log_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """What was told to an address."""
    return WebhookDelivery.objects.filter(endpoint=endpoint)


def checked_address(url: str) -> str:
    """An address that may be called, as it is kept. Raises ``AddressRefused``."""
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        raise AddressRefused(field="url") from None
    if parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused(field="url")
    try:
        refuse_unsafe(url)
    except OutsideError:
        raise AddressRefused(field="url") from None
    return url


def purge(*, now: datetime) -> int:
    """Throw out messages that were settled a month ago; returns how many."""
    old = WebhookDelivery.objects.exclude(state=DeliveryState.WAITING).filter(done_at__lt=now - LOG_KEPT)
    done = 0
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        done += WebhookDelivery.objects.filter(pk__in=ids).delete()[0]
    return done


def _known(topics: Iterable[str]) -> list[str]:
    """The topics in their own order, each once. Raises ``Invalid`` for none, or one that is not told."""
    asked = set(topics)
    if not asked or asked - set(Topic.values):
        raise Invalid(field="topics")
    return [topic for topic in Topic.values if topic in asked]


def _draw_secret(endpoint: WebhookEndpoint) -> None:
    endpoint.shown_secret = signing.fresh_secret()
    endpoint.secret = signing.kept(endpoint.shown_secret)


def _mine(actor: Actor, code: str) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.select_related("merchant")
    return for_write(actor, rows, room=ROOM, code=code)
