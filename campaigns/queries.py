"""Reads about messages: a member's inbox, the runs that wait, and how many messages are where."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet

from accounts.access import Actor, own, visible
from accounts.models import Merchant
from accounts.models.consent import Channel
from campaigns.models import Message, MessageState, Run, RunState

READABLE: Final = (MessageState.DELIVERED, MessageState.READ)


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The newest messages of a member, and how many they have not read."""

    messages: Sequence[Message]
    unread: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Where every message is. ``recipients`` = arrived + on their way + each reason for not sending."""

    recipients: int
    arrived: int
    under_way: int
    unclear: int
    not_sent: dict[str, int]


def in_inbox() -> QuerySet[Message]:
    """Messages that stand in somebody's inbox, the newest first."""
    readable = Message.objects.filter(channel=Channel.INBOX, state__in=READABLE)
    return readable.select_related("recipe").order_by("-sent_at", "-pk")


def inbox(*, actor: Actor, limit: int = 50) -> InboxPage:
    """Return a member's inbox: two queries, whatever its size."""
    mine = own(actor, in_inbox())
    return InboxPage(list(mine[:limit]), mine.filter(state=MessageState.DELIVERED).count())


def unread_count(*, actor: Actor) -> int:
    """Return how many messages a member has not read: for the badge on every page."""
    return own(actor, in_inbox()).filter(state=MessageState.DELIVERED).count()


def runs(*, actor: Actor) -> QuerySet[Run]:
    """Return the runs of the actor's merchant, the newest first. Raises ``Forbidden``."""
    return visible(actor, Run.objects.select_related("recipe", "template"), room="campaigns")


def waiting_runs(merchant: Merchant) -> QuerySet[Run]:
    """Return the runs that wait for a person at one merchant."""
    return Run.objects.filter(merchant=merchant, state=RunState.WAITING).select_related("recipe")


def reconcile(messages: QuerySet[Message]) -> Reconciliation:
    """Count where messages are, in one query; the parts always add up to the whole."""
    rows = messages.order_by().values_list("state", "reason").annotate(count=Count("pk"))
    by_state: Counter[str] = Counter()
    not_sent: Counter[str] = Counter()
    for state, reason, count in rows:
        by_state[state] += count
        if state in (MessageState.SUPPRESSED, MessageState.FAILED):
            not_sent[reason] += count
    arrived = sum(by_state[s] for s in (MessageState.SENT, MessageState.DELIVERED, MessageState.READ))
    under_way = sum(by_state[s] for s in (MessageState.HELD, MessageState.PLANNED, MessageState.CLAIMED))
    return Reconciliation(
        recipients=by_state.total(),
        arrived=arrived,
        under_way=under_way,
        unclear=by_state[MessageState.UNKNOWN],
        not_sent=dict(not_sent),
    )


def counts_by_state(merchant: Merchant) -> dict[str, int]:
    """Return how many messages of a merchant are in each state, for the dashboard."""
    rows = Message.objects.filter(merchant=merchant).values_list("state").annotate(count=Count("pk"))
    return dict(rows.order_by("state"))
