"""Sending what is due: claim, call with nothing held, settle.

A row is claimed for a while by a conditional update; a worker that dies in between is followed by one that
sends the same message under the same id. Of one member's messages to one address a later one waits for an
earlier one. An address that fails is left alone for a while and then tried with one message, not with all
that waits; after three days in which nothing got through, or at once where it says 410, it is switched off.
"""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.outbox import skip_locked
from accounts.outside import Answer, Unreachable, Unsafe, call
from campaigns.webhooks import backing_off, switching
from campaigns.webhooks.models import DeliveryState, OffWhy, WebhookDelivery, WebhookEndpoint, Why
from campaigns.webhooks.signing import headers_of

Clock = Callable[[], datetime]

BATCH: Final = 20
LOOKED_AT: Final = 200
PER_ENDPOINT: Final = 5
"""How many messages to one address are taken at once: the others get their turn."""
LEASE: Final = timedelta(minutes=2)
MOST_BYTES: Final = 64 * 1024
SECONDS: Final = 10.0
KEPT_OF_ANSWER: Final = 300
GONE: Final = 410
AGENT: Final = "Walaa-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: its status, why the message did not get through, how the answer began."""

    status: int | None
    why: str = ""
    answer: str = ""


def send_due(*, clock: Clock) -> int:
    """Send one batch of what is due; returns how many messages were taken up (0: nothing is due)."""
    taken = claim(now=clock(), limit=BATCH)
    for delivery in taken:
        _send(delivery, clock)
    return len(taken)


def claim(*, now: datetime, limit: int) -> list[WebhookDelivery]:
    """Take due messages for a while: of each member's the earliest, of a failing address's one."""
    token = uuid.uuid4()
    with transaction.atomic():
        found = skip_locked(_due(now).select_related("endpoint").order_by("due_at", "id"))[:LOOKED_AT]
        ids = _fairly(found, limit)
        WebhookDelivery.objects.filter(pk__in=ids).update(claim=token, claimed_until=now + LEASE)
    mine = WebhookDelivery.objects.filter(claim=token).select_related("endpoint")
    return list(mine.order_by("due_at", "id"))


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    earlier = WebhookDelivery.objects.filter(
        state=DeliveryState.WAITING,
        in_order=True,
        endpoint=OuterRef("endpoint"),
        member_id=OuterRef("member_id"),
        pk__lt=OuterRef("pk"),
    )
    waiting = WebhookDelivery.objects.filter(_listens(now), state=DeliveryState.WAITING, due_at__lte=now)
    free = waiting.exclude(claimed_until__gt=now)
    return free.filter(Q(in_order=False) | ~Exists(earlier))


def _listens(now: datetime) -> Q:
    quiet = Q(endpoint__quiet_until__isnull=True) | Q(endpoint__quiet_until__lte=now)
    return quiet & Q(endpoint__is_active=True)


def _fairly(found: Iterable[WebhookDelivery], limit: int) -> list[int]:
    """Choose among due messages: no address crowds the others out, a failing one is tried with one."""
    ids, taken = list[int](), Counter[int]()
    for delivery in found:
        most = 1 if delivery.endpoint.failures else PER_ENDPOINT
        if len(ids) < limit and taken[delivery.endpoint_id] < most:
            taken[delivery.endpoint_id] += 1
            ids.append(delivery.pk)
    return ids


def _send(delivery: WebhookDelivery, clock: Clock) -> None:
    now = clock()
    endpoint = _held(delivery, now)
    if endpoint is not None:
        outcome = _call(delivery, endpoint, now)
        _settle(delivery, outcome, clock())


def _held(delivery: WebhookDelivery, now: datetime) -> WebhookEndpoint | None:
    """Count the attempt, if the row is still ours and its address still listens; else let go of it."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=DeliveryState.WAITING)
    held = mine.filter(_listens(now), claimed_until__gt=now).update(
        claimed_until=now + LEASE,
        attempts=F("attempts") + 1,
        first_tried_at=Coalesce("first_tried_at", now),
    )
    if not held:
        mine.update(claim=None, claimed_until=None)
        return None
    delivery.refresh_from_db(fields=["attempts", "first_tried_at", "payload"])
    return WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).first()


def _call(delivery: WebhookDelivery, endpoint: WebhookEndpoint, now: datetime) -> Outcome:
    """Ask once, with no lock and no transaction held."""
    body = body_of(delivery)
    proofs = headers_of(endpoint, delivery.message_id, body, now)
    if proofs is None:
        return Outcome(None, Why.NO_SECRET)
    headers = {"Content-Type": "application/json", "User-Agent": AGENT, **proofs}
    try:
        answer = call(
            "POST", endpoint.url, headers=headers, body=body.encode(), foreign=True,
            most_bytes=MOST_BYTES, whole_seconds=SECONDS,
        )  # fmt: skip
    except Unsafe:
        return Outcome(None, Why.UNSAFE)
    except Unreachable as error:
        return Outcome(None, Why.TOO_MUCH if str(error) == "too much" else Why.UNREACHABLE)
    return _outcome(answer)


def body_of(delivery: WebhookDelivery) -> str:
    """The very text that is signed and sent, the same at every attempt."""
    return json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _outcome(answer: Answer) -> Outcome:
    said = answer.body.decode("utf-8", "replace").replace("\x00", "")[:KEPT_OF_ANSWER]
    kinds = {2: "", 3: Why.REDIRECTED}
    return Outcome(answer.status, kinds.get(answer.status // 100, Why.REFUSED), said)


def _settle(delivery: WebhookDelivery, outcome: Outcome, now: datetime) -> None:
    """Write how it ended on a row that is still ours, and what it means for the address."""
    with transaction.atomic():
        if not _write(delivery, outcome, now):
            return
        if outcome.why:
            _count_failure(delivery.endpoint_id, outcome, now)
        else:
            failing = WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, failures__gt=0)
            failing.update(failures=0, failing_since=None, quiet_until=None)


def _write(delivery: WebhookDelivery, outcome: Outcome, now: datetime) -> int:
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=DeliveryState.WAITING)
    since = delivery.first_tried_at or now
    values = {"state": DeliveryState.DONE, "done_at": now}
    if outcome.why and backing_off.is_over(since, now):
        values = {"state": DeliveryState.FAILED, "done_at": now}
    elif outcome.why:
        values = {"due_at": backing_off.next_try(delivery.attempts, since=since, now=now)}
    return mine.update(
        claim=None,
        claimed_until=None,
        last_status=outcome.status,
        why=outcome.why,
        answer=outcome.answer,
        **values,
    )


def _count_failure(endpoint_id: int, outcome: Outcome, now: datetime) -> None:
    """One more failure of an address: quiet for a while, or switched off."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
    if not endpoint.is_active:
        return
    since = endpoint.failing_since or now
    endpoint.failing_since, endpoint.failures = since, endpoint.failures + 1
    endpoint.quiet_until = backing_off.next_try(endpoint.failures, since=since, now=now)
    endpoint.save(update_fields=["failing_since", "failures", "quiet_until"])
    if outcome.status == GONE:
        switching.switch_off(endpoint, OffWhy.GONE, now)
    elif backing_off.is_over(since, now):
        switching.switch_off(endpoint, OffWhy.FAILING, now)
