"""The outbox: any floor appends news in the transaction that made the fact; handlers hear it once each.

``append`` writes one row. ``relay`` fans new events out to one delivery row per handler, claims the
deliveries that are due and calls their handlers. A handler is called again until it returns, so it must
be idempotent; its deliveries for one member are made in the order of events. After ``MAX_ATTEMPTS`` a
delivery is *stuck*: visible in the back office, out of the way of the others.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import connection, transaction
from django.db.models import Count, Exists, F, Min, Model, OuterRef, QuerySet

from accounts.models import Merchant, OutboxDelivery, OutboxEvent
from accounts.models.outbox import DeliveryState

Row = TypeVar("Row", bound=Model)
Handler = Callable[[OutboxEvent, datetime], None]
Clock = Callable[[], datetime]
Sieve = Callable[[Sequence[OutboxEvent]], Collection[int]]
"""Of which of these events, by id, a handler has to hear: of the others it gets no delivery."""

BOOKS: Final = frozenset({"accounts", "ledger"})
"""The floors whose handlers a practice copy has too."""
MAX_ATTEMPTS: Final = 8
CLAIM: Final = timedelta(minutes=5)
FIRST_DELAY: Final = timedelta(seconds=10)

log = logging.getLogger(__name__)
_handlers: dict[str, dict[str, Handler]] = {}
_sieves: dict[str, Sieve] = {}


def install(wiring: Mapping[str, Sequence[Handler]], sieves: Mapping[Handler, Sieve] | None = None) -> None:
    """Set topic → handlers, and which of them hear only some; called once, by the wiring of the top floor."""
    _handlers.clear()
    _sieves.clear()
    for topic, handlers in wiring.items():
        _handlers[topic] = {name_of(handler): handler for handler in handlers}
    _sieves.update({name_of(handler): sieve for handler, sieve in (sieves or {}).items()})


def name_of(handler: Handler) -> str:
    """Return the name under which a handler's deliveries are stored."""
    return f"{handler.__module__}.{handler.__qualname__}"


def event(
    *,
    merchant_id: int,
    topic: str,
    member_id: int | None,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> OutboxEvent:
    """Return an unsaved event, for writers that insert many rows at once."""
    return OutboxEvent(
        merchant_id=merchant_id, topic=topic, member_id=member_id, payload=dict(payload or {}), created_at=now
    )


def append(
    *,
    merchant_id: int,
    topic: str,
    member_id: int | None,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> OutboxEvent:
    """Save one event in the caller's transaction."""
    row = event(merchant_id=merchant_id, topic=topic, member_id=member_id, now=now, payload=payload)
    row.save(force_insert=True)
    return row


def relay(*, now: datetime, limit: int = 200) -> int:
    """Fan out and deliver what is due at ``now``; return how many deliveries were done."""
    while fan_out(now=now, limit=limit):
        pass
    return sum(_deliver(delivery, now) for delivery in claim(now=now, limit=limit))


def drain(*, clock: Clock, patience: timedelta) -> int:
    """Relay until nothing is due any more, or ``patience`` is over; return how many deliveries were done.

    So the pace is the handlers', not the clock's that calls; what is left is the next nudge's.
    """
    end, done = clock() + patience, 0
    while delivered := relay(now=clock()):
        done += delivered
        if clock() >= end:
            break
    return done


def relay_topic(topic: str, *, now: datetime, limit: int = 200) -> int:
    """Deliver what is due of one topic at once, for somebody who waits; return how many were done."""
    while fan_out(now=now, limit=limit, topic=topic):
        pass
    return sum(_deliver(delivery, now) for delivery in claim(now=now, limit=limit, topic=topic))


def waiting(topic: str) -> int:
    """Return how many deliveries of a topic are not done yet."""
    rows = OutboxDelivery.objects.filter(event__topic=topic).exclude(state=DeliveryState.DONE)
    return rows.count() + OutboxEvent.objects.filter(topic=topic, is_fanned_out=False).count()


def fan_out(*, now: datetime, limit: int = 200, topic: str = "") -> int:
    """Give each new event (of one topic) its delivery rows; return how many events were fanned out."""
    with transaction.atomic():
        fresh = OutboxEvent.objects.filter(is_fanned_out=False, **({"topic": topic} if topic else {}))
        events = list(skip_locked(fresh.order_by("id"))[:limit])
        practised = _practice_copies({event.merchant_id for event in events})
        heeded = {name: sieve(events) for name, sieve in _sieves.items()} if events else {}
        OutboxDelivery.objects.bulk_create(
            [
                OutboxDelivery(event=event, handler=name, member_id=event.member_id, due_at=now)
                for event in events
                for name, handler in _handlers.get(event.topic, {}).items()
                if event.merchant_id not in practised or is_of_the_books(handler)
                if name not in heeded or event.pk in heeded[name]
            ],
            ignore_conflicts=True,
        )
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(is_fanned_out=True)
    return len(events)


def is_of_the_books(handler: Handler) -> bool:
    """Whether a handler only keeps the books: of a practice copy nobody else hears, and nothing is sent."""
    return handler.__module__.partition(".")[0] in BOOKS


def _practice_copies(merchant_ids: Collection[int]) -> set[int]:
    copies = Merchant.objects.filter(pk__in=merchant_ids, practice_of__isnull=False)
    return set(copies.values_list("pk", flat=True))


def claim(*, now: datetime, limit: int, topic: str = "") -> list[OutboxDelivery]:
    """Take due deliveries (of one topic) for five minutes; the earlier one of a member and handler first.

    Where more is due than is taken, merchants share: a bulk of one does not stand before another's news.
    """
    earlier = OutboxDelivery.objects.filter(
        state=DeliveryState.WAITING,
        handler=OuterRef("handler"),
        member_id=OuterRef("member_id"),
        event_id__lt=OuterRef("event_id"),
    )
    with transaction.atomic():
        due = OutboxDelivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=now).exclude(
            claimed_until__gt=now
        )
        due = due.filter(event__topic=topic) if topic else due
        free = due.filter(~Exists(earlier)).order_by("event_id")
        ids = [
            pk
            for whose, share in _shares(due, limit)
            for pk in skip_locked(free.filter(**whose)).values_list("pk", flat=True)[:share]
        ]
        OutboxDelivery.objects.filter(pk__in=ids).update(
            claimed_until=now + CLAIM, attempts=F("attempts") + 1
        )
    return list(OutboxDelivery.objects.filter(pk__in=ids).select_related("event").order_by("event_id"))


def _shares(due: QuerySet[OutboxDelivery], limit: int) -> list[tuple[dict[str, int], int]]:
    """How much is taken of whose: of everybody in one where all fits, or one merchant has it all.

    Otherwise as much of each as there is, up to an equal share; what one leaves the others have. ``whose``
    begins at the merchant's earliest event, so that nothing before it is read again.
    """
    counted = due.order_by().values_list("event__merchant_id").annotate(Count("pk"), Min("event_id"))
    waiting = sorted(counted, key=lambda row: (row[1], row[2]))
    if len(waiting) < 2 or sum(count for _merchant, count, _first in waiting) <= limit:
        return [({}, limit)] if waiting else []
    shares, left = list[tuple[dict[str, int], int]](), limit
    for place, (merchant_id, count, first) in enumerate(waiting):
        share = min(count, max(1, left // (len(waiting) - place)), left)
        left -= share
        if share:
            shares.append(({"event__merchant_id": merchant_id, "event_id__gte": first}, share))
    return shares


def skip_locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Lock rows without waiting where the database can; SQLite's IMMEDIATE transaction needs none."""
    if connection.features.has_select_for_update_skip_locked:
        return rows.select_for_update(skip_locked=True, of=("self",))
    return rows


def _deliver(delivery: OutboxDelivery, now: datetime) -> int:
    """Call the handler; settle the row. Returns 1 when it is done."""
    handler = _handlers.get(delivery.event.topic, {}).get(delivery.handler)
    try:
        if handler is not None:
            handler(delivery.event, now)
    except Exception as error:
        log.exception("outbox_delivery_failed", extra={"delivery_id": delivery.pk})
        _postpone(delivery, now, type(error).__name__)
        return 0
    OutboxDelivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DONE, done_at=now, claimed_until=None, last_error=""
    )
    return 1


def _postpone(delivery: OutboxDelivery, now: datetime, error: str) -> None:
    """Try again later, twice as late each time, until it is stuck."""
    stuck = delivery.attempts >= MAX_ATTEMPTS
    OutboxDelivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.STUCK if stuck else DeliveryState.WAITING,
        due_at=now + FIRST_DELAY * 2**delivery.attempts,
        claimed_until=None,
        last_error=error,
    )
