"""Who is served next: addresses take turns, and of each member's messages the earliest goes first.

A merchant whose import wrote a hundred thousand messages waits for them alone: every other address with
something due gets its turn before the same one gets a second. A row is claimed for a while by a conditional
update; what is claimed is nobody else's until that is over.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.outbox import skip_locked
from campaigns.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint

Name = tuple[str, int]

PER_ENDPOINT: Final = 5
"""How many messages to one address are under way at once."""
PER_MERCHANT: Final = 10
"""And to all addresses of one merchant."""
LEASE: Final = timedelta(minutes=2)


def claim(*, now: datetime, limit: int, busy: Collection[WebhookDelivery] = ()) -> list[WebhookDelivery]:
    """Take due messages for a while, in turns; of a failing address's one. ``busy`` are under way already."""
    token, chosen = uuid.uuid4(), list[int]()
    under_way = Counter(_names(busy))
    with transaction.atomic():
        turns = _turns(now, limit, under_way)
        for endpoint in turns:
            room = min(limit - len(chosen), _room(endpoint, under_way))
            ids = _earliest(endpoint, now, room) if room > 0 else []
            under_way["endpoint", endpoint.pk] += len(ids)
            under_way["merchant", endpoint.merchant_id] += len(ids)
            chosen += ids
        WebhookEndpoint.objects.filter(pk__in=[endpoint.pk for endpoint in turns]).update(served_at=now)
        WebhookDelivery.objects.filter(pk__in=chosen).update(claim=token, claimed_until=now + LEASE)
    taken = WebhookDelivery.objects.filter(claim=token).select_related("endpoint")
    return list(taken.order_by("due_at", "id"))


def listens(now: datetime) -> Q:
    """Whether the address of a delivery is on, and not left alone for a while."""
    quiet = Q(endpoint__quiet_until__isnull=True) | Q(endpoint__quiet_until__lte=now)
    return quiet & Q(endpoint__is_active=True)


def _turns(now: datetime, limit: int, under_way: Counter[Name]) -> list[WebhookEndpoint]:
    """The addresses with something due, whoever waited longest first; locked, unless somebody has them."""
    full = [pk for (kind, pk), count in under_way.items() if kind == "merchant" and count >= PER_MERCHANT]
    known = sum(kind == "endpoint" for kind, _pk in under_way)  # some of these may have no room
    quiet = Q(quiet_until__isnull=True) | Q(quiet_until__lte=now)
    due = _unclaimed(now).filter(endpoint=OuterRef("pk"))
    rows = WebhookEndpoint.objects.filter(quiet, Exists(due), is_active=True).exclude(merchant__in=full)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, no_key=True)
    return list(rows.order_by(F("served_at").asc(nulls_first=True), "pk")[: limit + known])


def _earliest(endpoint: WebhookEndpoint, now: datetime, room: int) -> list[int]:
    """What is due longest at an address."""
    mine = skip_locked(_due(now).filter(endpoint=endpoint).order_by("due_at", "id"))
    return list(mine.values_list("pk", flat=True)[:room])


def _room(endpoint: WebhookEndpoint, under_way: Counter[Name]) -> int:
    """How many more messages to an address may be under way; a failing one is tried with one."""
    most = 1 if endpoint.failures else PER_ENDPOINT
    return min(
        most - under_way["endpoint", endpoint.pk],
        PER_MERCHANT - under_way["merchant", endpoint.merchant_id],
    )


def _names(busy: Collection[WebhookDelivery]) -> Iterator[Name]:
    for delivery in busy:
        yield "endpoint", delivery.endpoint_id
        yield "merchant", delivery.merchant_id


def _unclaimed(now: datetime) -> QuerySet[WebhookDelivery]:
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=now)
    return waiting.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now))


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    """What may be sent: of one member's messages to one address only the earliest that waits."""
    earlier = WebhookDelivery.objects.filter(
        state=DeliveryState.WAITING,
        in_order=True,
        endpoint=OuterRef("endpoint"),
        member_id=OuterRef("member_id"),
        pk__lt=OuterRef("pk"),
    )
    return _unclaimed(now).filter(Q(in_order=False) | ~Exists(earlier))
