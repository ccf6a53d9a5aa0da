"""Sending what is due: claim, call with nothing held, settle.

Several calls are under way at once, each in a thread that knows nothing of the database; rows are claimed and
settled here, between them. So a receiver that takes its time holds up nobody else's messages. An address is
called once before it is called side by side: one that is down hears of one message, not of five.

A worker that dies in between is followed by one that sends the same message under the same id. Of one
member's messages to one address a later one waits for an earlier one. An address that fails is left alone for
a while and then tried with one message, not with all that waits; after three days in which nothing got
through, or at once where it says 410, it is switched off.
"""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from accounts.outside import Answer, Unreachable, Unsafe, call
from campaigns.webhooks import backing_off, switching
from campaigns.webhooks.claiming import LEASE, claim, listens
from campaigns.webhooks.models import DeliveryState, OffWhy, WebhookDelivery, WebhookEndpoint, Why
from campaigns.webhooks.signing import headers_of

Clock = Callable[[], datetime]

LANES: Final = 32
"""Calls under way at once."""
REFILL: Final = 8
"""So many are free before more is claimed; fewer only when nothing came back for a moment."""
MOMENT: Final = 0.1
"""Seconds."""
ONCE: Final = timedelta(0)
MOST_BYTES: Final = 64 * 1024
SECONDS: Final = 10.0
KEPT_OF_ANSWER: Final = 300
GONE: Final = 410
AGENT: Final = "Walaa-Webhooks/1"
log = structlog.get_logger("walaa.webhooks")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: its status, why the message did not get through, how the answer began."""

    status: int | None
    why: str = ""
    answer: str = ""


@dataclass(slots=True)
class Round:
    """What one worker has in hand: claimed messages that wait for a lane, and calls that are under way."""

    pool: ThreadPoolExecutor
    clock: Clock
    queue: list[WebhookDelivery] = field(default_factory=list)
    flying: dict[Future[Outcome], tuple[WebhookDelivery, datetime]] = field(default_factory=dict)
    proved: set[int] = field(default_factory=set)
    taken: int = 0

    def take_up(self) -> None:
        """Claim as much as there are free lanes for."""
        busy = [*self.queue, *(delivery for delivery, _began in self.flying.values())]
        found = claim(now=self.clock(), limit=LANES - len(busy), busy=busy) if len(busy) < LANES else []
        self.queue += found
        self.taken += len(found)

    def launch(self) -> bool:
        """Begin every call that may begin now; False: nothing is under way any more."""
        waiting, self.queue = self.queue, []
        called = Counter(delivery.endpoint_id for delivery, _began in self.flying.values())
        for delivery in waiting:
            if called[delivery.endpoint_id] and delivery.endpoint_id not in self.proved:
                self.queue.append(delivery)
            elif self._begin(delivery):
                called[delivery.endpoint_id] += 1
        return bool(self.flying)

    def land(self) -> bool:
        """Wait a moment for calls to come back, and settle those that did; whether more should be claimed."""
        done, _others = wait(self.flying, timeout=MOMENT, return_when=FIRST_COMPLETED)
        for future in done:
            delivery, began = self.flying.pop(future)
            outcome = _outcome_of(future)
            _settle(delivery, outcome, began, self.clock())
            (self.proved.discard if outcome.why else self.proved.add)(delivery.endpoint_id)
        return not done or LANES - len(self.flying) - len(self.queue) >= REFILL

    def _begin(self, delivery: WebhookDelivery) -> bool:
        now = self.clock()
        endpoint = _held(delivery, now)
        if endpoint is not None:
            self.flying[self.pool.submit(_call, delivery, endpoint, now)] = (delivery, now)
        return endpoint is not None


def send_due(*, clock: Clock, patience: timedelta = ONCE) -> int:
    """Send what is due, and for ``patience`` what becomes due meanwhile; returns how many were taken.

    Without patience it is one claim's worth.
    """
    end = clock() + patience
    with ThreadPoolExecutor(LANES, thread_name_prefix="webhooks") as pool:
        work = Round(pool, clock)
        work.take_up()
        while work.launch():
            if work.land() and clock() < end:
                work.take_up()
    return work.taken


def _outcome_of(future: Future[Outcome]) -> Outcome:
    """How a call ended; one that broke in a way nobody thought of must not hold up the others."""
    error = future.exception()
    if error is None:
        return future.result()
    log.error("a webhook could not be called", error_code=type(error).__name__)
    return Outcome(None, Why.UNREACHABLE)


def _held(delivery: WebhookDelivery, now: datetime) -> WebhookEndpoint | None:
    """Count the attempt, if the row is still ours and its address still listens; else let go of it."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=DeliveryState.WAITING)
    held = mine.filter(listens(now), claimed_until__gt=now).update(
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


def _settle(delivery: WebhookDelivery, outcome: Outcome, began: datetime, now: datetime) -> None:
    """Write how it ended on a row that is still ours, and what it means for the address."""
    with transaction.atomic():
        if not _write(delivery, outcome, now):
            return
        if outcome.why:
            _count_failure(delivery.endpoint_id, outcome, began, now)
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


def _count_failure(endpoint_id: int, outcome: Outcome, began: datetime, now: datetime) -> None:
    """One more failure of an address: quiet for a while, or switched off.

    What was under way beside a call that failed first, and fails as well, is the same failure.
    """
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint_id)
    is_same = endpoint.quiet_until is not None and began < endpoint.quiet_until
    if not endpoint.is_active or (is_same and outcome.status != GONE):
        return
    since = endpoint.failing_since or now
    endpoint.failing_since, endpoint.failures = since, endpoint.failures + 1
    endpoint.quiet_until = backing_off.next_try(endpoint.failures, since=since, now=now)
    endpoint.save(update_fields=["failing_since", "failures", "quiet_until"])
    if outcome.status == GONE:
        switching.switch_off(endpoint, OffWhy.GONE, now)
    elif backing_off.is_over(since, now):
        switching.switch_off(endpoint, OffWhy.FAILING, now)
