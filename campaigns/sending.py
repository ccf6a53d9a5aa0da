"""Sending from the rows: claim, look again, hand over, settle.

A batch is claimed by a conditional UPDATE and belongs to one worker for five minutes; no lock is held while
the outside world is called. ``handed_over_at`` is written before the gateway is called. A worker that dies
earlier leaves rows that are sent later; one that dies afterwards leaves rows whose fate is *unclear*, and
those wait for a person (``campaigns.reconciling``): nobody gets the same message twice.

    planned ──claim──▶ claimed ──▶ sent / delivered
       ▲                  ├─ not now ─▶ planned (later)
       └──claim lapsed────┤
                          ├─▶ suppressed(reason) / failed
                          └─ handed over, then silence ─▶ unknown
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from accounts.outbox import skip_locked
from analytics.models import Touch, TouchKind
from campaigns.channels import Channel, Outcome, open_channels
from campaigns.models import Message, MessageState, Reason, RecipeKind
from campaigns.rechecking import Go, Hold, Verdict, recheck
from ledger.models import ExpiryNotice

BATCH: Final = 100
CLAIM: Final = timedelta(minutes=5)
MAX_ATTEMPTS: Final = 5
FIRST_DELAY: Final = timedelta(minutes=1)
TOUCH_SOURCE: Final = "message"

ARRIVED: Final = (MessageState.SENT, MessageState.DELIVERED)


def send_due(*, now: datetime, limit: int = BATCH) -> int:
    """Send one batch of what is due; return how many rows were claimed (0: nothing is left to do)."""
    release_lapsed(now=now)
    messages = claim(now=now, limit=limit)
    verdicts = recheck(messages, now=now)
    channels = open_channels()
    try:
        _settle_inside(messages, verdicts, channels, now)
        for message in messages:
            if isinstance(verdicts[message.pk], Go) and channels[message.channel].reaches_out:
                _hand_over(message, channels[message.channel], now)
    finally:
        for channel in channels.values():
            channel.close()
    return len(messages)


def claim(*, now: datetime, limit: int) -> list[Message]:
    """Take due rows of enabled recipes for five minutes; two workers never take the same one."""
    token = uuid.uuid4()
    with transaction.atomic():
        due = Message.objects.filter(state=MessageState.PLANNED, due_at__lte=now, recipe__is_enabled=True)
        ids = list(skip_locked(due.order_by("due_at", "id")).values_list("pk", flat=True)[:limit])
        Message.objects.filter(pk__in=ids, state=MessageState.PLANNED).update(
            state=MessageState.CLAIMED, claim=token, claimed_until=now + CLAIM
        )
    mine = Message.objects.filter(claim=token).select_related("merchant", "member", "recipe", "template")
    return list(mine.order_by("due_at", "id"))


def release_lapsed(*, now: datetime) -> None:
    """Settle what dead workers held: not handed over → planned again; handed over → unclear.

    An unclear row keeps its claim, so that a worker which was only slow can still say how it ended.
    """
    lapsed = Message.objects.filter(state=MessageState.CLAIMED, claimed_until__lt=now)
    lapsed.filter(handed_over_at__isnull=True).update(
        state=MessageState.PLANNED, claim=None, claimed_until=None
    )
    lapsed.filter(handed_over_at__isnull=False).update(
        state=MessageState.UNKNOWN, reason=Reason.NOT_CONFIRMED, claimed_until=None
    )


def _settle_inside(
    messages: Iterable[Message], verdicts: dict[int, Verdict], channels: dict[str, Channel], now: datetime
) -> None:
    """Settle, in one transaction, whatever needs no outside world: held, suppressed, inbox."""
    with transaction.atomic():
        for message in messages:
            verdict = verdicts[message.pk]
            if isinstance(verdict, Go):
                _write(message, verdict)
                if not channels[message.channel].reaches_out:
                    _settle(message, channels[message.channel].send(message), now)
            elif isinstance(verdict, Hold):
                _put_back(message, verdict.until, verdict.reason)
            else:
                _settle(message, Outcome(MessageState.SUPPRESSED, verdict.reason), now)


def _write(message: Message, verdict: Go) -> None:
    """Fill in the words, on the row in hand."""
    message.language, message.context = verdict.language, dict(verdict.facts)
    message.subject, message.body = verdict.subject, verdict.body


def _words(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in ("language", "context", "subject", "body")}


def _hand_over(message: Message, channel: Channel, now: datetime) -> None:
    """Reach the gateway, record the attempt, call it with no lock held, record how it ended."""
    message.attempts += 1
    if not channel.open():
        _try_later(message, Outcome(MessageState.PLANNED, Reason.PROVIDER), now)
        return
    held = Message.objects.filter(pk=message.pk, claim=message.claim, state=MessageState.CLAIMED)
    if not held.update(handed_over_at=now, attempts=message.attempts, **_words(message)):
        return
    outcome = channel.send(message)
    if outcome.state == MessageState.PLANNED:
        _try_later(message, outcome, now)
    else:
        _settle(message, outcome, now)


def _try_later(message: Message, outcome: Outcome, now: datetime) -> None:
    """Plan the next attempt, twice as late each time, until it has failed."""
    if message.attempts >= MAX_ATTEMPTS:
        _settle(message, Outcome(MessageState.FAILED, outcome.reason), now)
    else:
        _put_back(message, now + FIRST_DELAY * 2 ** (message.attempts - 1), outcome.reason)


def _put_back(message: Message, due_at: datetime, reason: str) -> None:
    _update(
        message,
        state=MessageState.PLANNED,
        claim=None,
        handed_over_at=None,
        attempts=message.attempts,
        due_at=due_at,
        reason=reason,
    )


def _settle(message: Message, outcome: Outcome, now: datetime) -> None:
    """Write the end of a message, and in the same transaction what the floors below must know of it."""
    arrived = outcome.state in ARRIVED
    with transaction.atomic():
        settled = _update(
            message,
            state=outcome.state,
            reason=outcome.reason,
            claim=None,
            attempts=message.attempts,
            sent_at=now if arrived else None,
            **_words(message),
        )
        if settled and arrived:
            tell_arrival(message, now=now)
        if settled and message.recipe.kind == RecipeKind.EXPIRING:
            _note_expiry(message, outcome, now)


def _update(message: Message, **changes: Any) -> int:
    """Change a row this worker still holds, or held when it became unclear; 0 when it no longer does."""
    held = Message.objects.filter(
        pk=message.pk, claim=message.claim, state__in=(MessageState.CLAIMED, MessageState.UNKNOWN)
    )
    return held.update(claimed_until=None, **changes)


def tell_arrival(message: Message, *, now: datetime) -> None:
    """Tell analytics that a message reached its member; once, however often it is told."""
    Touch.objects.bulk_create(
        [
            Touch(
                merchant_id=message.merchant_id,
                member_id=message.member_id,
                kind=TouchKind.SENT,
                source_kind=TOUCH_SOURCE,
                source_id=message.pk,
                at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _note_expiry(message: Message, outcome: Outcome, now: datetime) -> None:
    """Tell the ledger, per dying day, whether its alert could be delivered (RULES 27); yes wins over no."""
    if outcome.reason in (Reason.STALE, Reason.INACTIVE) or outcome.state == MessageState.UNKNOWN:
        return
    arrived = outcome.state in ARRIVED
    notices = [
        ExpiryNotice(
            member_id=message.member_id,
            expires_on=date.fromisoformat(day),
            points=points,
            deliverable=arrived,
            at=now,
        )
        for day, points in message.context.get("expiring", ())
    ]
    ExpiryNotice.objects.bulk_create(notices, ignore_conflicts=True)
    if arrived:
        days = [notice.expires_on for notice in notices]
        ExpiryNotice.objects.filter(member_id=message.member_id, expires_on__in=days).update(deliverable=True)
