"""From news to messages: one row for every address that wants to hear it. Nothing is sent here."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import transaction

from accounts.models import Member, OutboxEvent
from campaigns.webhooks import payloads
from campaigns.webhooks.models import DeliveryState, Topic, WebhookDelivery, WebhookEndpoint, Why

CHUNK: Final = 500


def heeded(events: Sequence[OutboxEvent]) -> Collection[int]:
    """Which of these events anybody wants to hear: most merchants have no address that is told anything."""
    merchants = {event.merchant_id for event in events}
    listening = WebhookEndpoint.objects.filter(merchant__in=merchants, is_active=True)
    known = set(listening.values_list("merchant_id", flat=True))
    return {event.pk for event in events if event.merchant_id in known}


def tell(event: OutboxEvent, now: datetime) -> None:
    """Write a message for every address that wants this news; once, however often it is asked."""
    topic = payloads.topic_of(event.topic)
    endpoints = _listening(event, topic)
    if endpoints:
        for member_ids in _chunks(payloads.about(event)):
            _write(event, topic, endpoints, member_ids, now)


def tell_erasure(event: OutboxEvent, now: datetime) -> None:
    """Empty whatever was said of an erased member, send nothing of it any more, and tell that they are gone.

    A worker that is sending right now finds its row taken, and writes nothing more on it.
    """
    mine = WebhookDelivery.objects.filter(member_id=event.about).exclude(topic=Topic.MEMBER_ERASED)
    mine.filter(state=DeliveryState.WAITING).update(
        state=DeliveryState.DROPPED, why=Why.ERASED, done_at=now, claim=None, claimed_until=None
    )
    mine.update(payload={}, answer="")
    tell(event, now)


def message_id() -> str:
    """The name of a message, by which a receiver knows one that it has seen."""
    return f"msg_{secrets.token_hex(13)}"


def _listening(event: OutboxEvent, topic: Topic) -> list[WebhookEndpoint]:
    """The addresses that wanted this topic when the news was made."""
    rows = WebhookEndpoint.objects.filter(
        merchant=event.merchant_id, is_active=True, created_at__lte=event.created_at
    )
    return [row for row in rows if topic in row.topics]


def _write(
    event: OutboxEvent,
    topic: Topic,
    endpoints: list[WebhookEndpoint],
    member_ids: Collection[int],
    now: datetime,
) -> None:
    """Write some members' messages while none of them can be erased: after it nothing is said of them."""
    with transaction.atomic():
        rows = Member.objects.select_for_update(no_key=True).filter(pk__in=member_ids).order_by("pk")
        if topic != Topic.MEMBER_ERASED:
            rows = rows.filter(erased_at__isnull=True)
        members = {member.pk: member for member in rows}
        said = list(payloads.say(event, members))
        WebhookDelivery.objects.bulk_create(
            [
                _message(endpoint, event, topic, member, data, now)
                for member, data in said
                for endpoint in endpoints
            ],
            ignore_conflicts=True,
        )


def _message(
    endpoint: WebhookEndpoint,
    event: OutboxEvent,
    topic: Topic,
    member: Member,
    data: dict[str, Any],
    now: datetime,
) -> WebhookDelivery:
    return WebhookDelivery(
        merchant_id=endpoint.merchant_id,
        endpoint=endpoint,
        message_id=message_id(),
        event_id=event.pk,
        topic=topic,
        member_id=member.pk,
        payload=payloads.envelope(topic, event.created_at, data),
        occurred_at=event.created_at,
        due_at=now,
    )


def _chunks(member_ids: list[int]) -> Iterator[list[int]]:
    left = iter(member_ids)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
