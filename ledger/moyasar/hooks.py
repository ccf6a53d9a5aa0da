"""What Moyasar's webhook brought: kept as it came once it is proved, worked on from its row, once.

The event is only a nudge: its payment is fetched again, and only that is believed. So events may come in any
order, twice, or never (``ledger.moyasar.charging`` looks up what nobody told).
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.errors import Invalid
from accounts.models import Merchant
from ledger.models import HookEvent
from ledger.moyasar.client import AN_ID, MoyasarError
from ledger.moyasar.keys import client_of
from ledger.moyasar.settling import SOURCE, charge_of, settle

Clock = Callable[[], datetime]

VERIFICATION: Final = "webhook_verification"
LEASE: Final = timedelta(minutes=2)
MOST_TRIES: Final = 12
BATCH: Final = 50
KEPT: Final = ("id", "status", "amount", "currency", "refunded", "invoice_id", "created_at", "updated_at")
KEPT_OF_VERIFICATION: Final = ("webhook_id", "verification_code")


def keep(*, merchant: Merchant, said: Mapping[str, Any], now: datetime) -> bool:
    """Keep a proved event; False if it was here already. Raises ``Invalid`` for what is no event."""
    event_id, name, data = said.get("id"), said.get("type"), said.get("data")
    if not isinstance(event_id, str) or not AN_ID.fullmatch(event_id):
        raise Invalid(field="id")
    if not isinstance(name, str) or not 0 < len(name) <= 40 or "\x00" in name:
        raise Invalid(field="type")
    if not isinstance(data, Mapping):
        raise Invalid(field="data")
    wanted = KEPT_OF_VERIFICATION if name == VERIFICATION else KEPT
    payload = {word: data[word] for word in wanted if isinstance(data.get(word), str | int)}
    row = HookEvent(
        merchant=merchant,
        source=SOURCE,
        event_id=event_id,
        name=name,
        payload={"created_at": str(said.get("created_at", ""))[:40], "data": payload},
        received_at=now,
        act_at=None if name == VERIFICATION else now,
        done_at=now if name == VERIFICATION else None,
    )
    before = HookEvent.objects.filter(merchant=merchant, source=SOURCE, event_id=event_id).exists()
    HookEvent.objects.bulk_create([row], ignore_conflicts=True)
    return not before


def work_hooks(*, clock: Clock) -> int:
    """Work on the events that wait; returns how many were done."""
    waiting = HookEvent.objects.filter(done_at__isnull=True, act_at__lte=clock()).order_by("act_at")
    found = list(waiting.values_list("pk", "act_at")[:BATCH])
    return sum(_work(pk, act_at, clock) for pk, act_at in found if act_at is not None)


def _work(pk: int, act_at: datetime, clock: Clock) -> int:
    now = clock()
    mine = HookEvent.objects.filter(pk=pk, act_at=act_at, done_at__isnull=True)
    if not mine.update(act_at=now + LEASE):
        return 0
    event = HookEvent.objects.get(pk=pk)
    try:
        result = _effect(event, now)
    except MoyasarError as error:
        return _later(event, type(error).__name__.lower(), now)
    HookEvent.objects.filter(pk=pk).update(done_at=now, act_at=None, result=result[:60])
    return 1


def _effect(event: HookEvent, now: datetime) -> str:
    """What the event's payment means; in a word for whoever reads the list."""
    payment_id = event.payload.get("data", {}).get("id")
    client = client_of(event.merchant_id)
    if client is None:
        return "no keys"
    if not isinstance(payment_id, str) or not AN_ID.fullmatch(payment_id):
        return "no payment"
    payment = client.payment(payment_id)
    if payment is None:
        return "unknown at Moyasar"
    charge = charge_of(event.merchant_id, payment)
    return "not ours" if charge is None else settle(charge, payment, now=now)


def _later(event: HookEvent, said: str, now: datetime) -> int:
    """Try again, later and later; after the last try it stays as it is, to be seen."""
    tries = event.tries + 1
    again = None if tries >= MOST_TRIES else now + timedelta(minutes=min(2**tries, 360))
    HookEvent.objects.filter(pk=event.pk).update(tries=tries, act_at=again, result=said)
    return 0
