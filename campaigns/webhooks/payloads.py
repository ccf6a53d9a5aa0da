"""What a message says. The shapes are a promise to the machines of merchants: add, never change.

    {"type": "points.earned", "timestamp": "2027-01-10T06:00:00Z", "data": {"member": {…}, …}}

A member is named by the membership number and by the merchant's own id for them, and by nothing else:
no name, no phone, no address. Amounts are text in major units, instants are ISO 8601 in UTC.

A code is as good as money until it is used, and a message is kept where many read it: in the receiver's
logs, in the tools behind it, in our own list of what was told. So a code that still works is told to nobody:
a message names the redemption, and the member alone is shown the code. Once it is over it is told too.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import accounts.topics
import analytics.topics
import campaigns.topics
import ledger.topics
from accounts.models import Member, Merchant, OutboxEvent
from accounts.money import Money
from analytics.models import DormancyScore
from campaigns.webhooks.models import Topic
from ledger.models import Occurrence, Purchase, Redemption

Data = dict[str, Any]
Said = Iterable[tuple[Member, Data]]
Members = Mapping[int, Member]


def envelope(kind: str, at: datetime, data: Data) -> Data:
    """A whole message."""
    return {"type": kind, "timestamp": instant(at), "data": data}


def instant(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def person(member: Member) -> Data:
    """By what the merchant's machines know a member."""
    return {"number": member.number, "external_id": member.external_id or None}


def say(event: OutboxEvent, members: Members) -> Said:
    """What news says of each of these members; nothing of those it has nothing to say about."""
    return _SAYING[event.topic][1](event, members)


def topic_of(event_topic: str) -> Topic:
    """Under which topic news is told."""
    return _SAYING[event_topic][0]


def about(event: OutboxEvent) -> list[int]:
    """The members that news is about, one or many."""
    if event.member_id is not None:
        return [event.member_id]
    return [each if isinstance(each, int) else each[0] for each in event.payload.get("members", ())]


def _amount(amount_minor: int, currency: str) -> str:
    return f"{Money(amount_minor, currency).decimal:f}"


def _one(build: Callable[[OutboxEvent, Member], Data | None]) -> Callable[[OutboxEvent, Members], Said]:
    """News about one member."""

    def said(event: OutboxEvent, members: Members) -> Said:
        for member in members.values():
            data = build(event, member)
            if data is not None:
                yield member, {"member": person(member), **data}

    return said


def _order(event: OutboxEvent) -> Data:
    """The order that points came from, if they came from one."""
    order = Purchase.objects.filter(pk=event.payload.get("purchase_id") or 0).first()
    if order is None:
        return {"order": None, "source": None, "amount": None, "currency": None}
    return {
        "order": order.external_id,
        "source": order.source,
        "amount": _amount(order.total_minor, order.currency),
        "currency": order.currency,
    }


def _earned(event: OutboxEvent, member: Member) -> Data | None:
    if not event.payload.get("points"):
        return None
    happened = Occurrence.objects.filter(pk=event.payload.get("occurrence_id") or 0).first()
    return {
        "points": event.payload["points"],
        "pending_points": event.payload.get("pending", 0),
        "event": happened.name if happened else None,
        **_order(event),
    }


def _activated(event: OutboxEvent, member: Member) -> Data:
    return {"points": event.payload["points"]}


def _expired(event: OutboxEvent, member: Member) -> Data:
    return {"points": event.payload["points"]}


def _tier(event: OutboxEvent, member: Member) -> Data:
    return {"tier": event.payload["tier_code"], "tier_before": event.payload["tier_before"] or None}


def _joined(event: OutboxEvent, member: Member) -> Data:
    return {"joined_at": instant(member.joined_at), "joined_through": member.source}


def _erased(event: OutboxEvent, member: Member) -> Data:
    return {}


def _code(event: OutboxEvent, member: Member) -> Data | None:
    """Of one that can still be used everything but its code; of one that is over also that, and when."""
    row = _redemption(event)
    if row is None:
        return None
    data = {
        "redemption": f"r_{row.pk}",
        "kind": row.kind,
        "reward": row.reward_code or None,
        "given_for": row.origin,
        "points": row.points,
        "value": _amount(row.value_minor, row.currency),
        "currency": row.currency,
        "issued_at": instant(row.issued_at),
        "expires_at": instant(row.expires_at),
    }
    if topic_of(event.topic) == Topic.REWARD_ISSUED:
        return data
    closed = {"code": row.code, "closed_at": instant(row.closed_at or event.created_at)}
    return data | closed | ({"order": row.order_ref or None} if row.state == "used" else {})


def _redemption(event: OutboxEvent) -> Redemption | None:
    """The code that news is about. A gift's news names only the reward and the moment."""
    mine, said = Redemption.objects.filter(member_id=event.about), event.payload
    if event.topic == ledger.topics.VOUCHER_GIVEN and "code" not in said:
        given = mine.filter(reward_code=said["reward"], origin=said["origin"], issued_at=event.created_at)
        before = OutboxEvent.objects.filter(
            member_id=event.member_id, topic=event.topic, created_at=event.created_at, pk__lt=event.pk,
            payload__reward=said["reward"], payload__origin=said["origin"],
        )  # fmt: skip
        return given.order_by("pk")[before.count() :].first()
    named = mine.filter(code=said["code"]) if "code" in said else mine.filter(pk=said.get("redemption_id"))
    return named.first()


def _expiring(event: OutboxEvent, members: Members) -> Said:
    currency = Merchant.objects.get(pk=event.merchant_id).currency
    for member_id, facts in event.payload["members"]:
        if member_id in members:
            yield (
                members[member_id],
                {
                    "member": person(members[member_id]),
                    "points": facts["points"],
                    "value": _amount(facts["worth_minor"], currency),
                    "currency": currency,
                    "expiring": [{"last_day": day, "points": points} for day, points in facts["expiring"]],
                },
            )


def _at_risk(event: OutboxEvent, members: Members) -> Said:
    """Of members whose score is still what it was; who was scored anew since is told of then."""
    scores = DormancyScore.objects.filter(model=event.payload["model_id"], member__in=members)
    for score in scores:
        member = members[score.member_id]
        told = {"chance": round(score.probability, 2), "days_silent": score.days_silent}
        yield member, {"member": person(member), **told}


_SAYING: Final[Mapping[str, tuple[Topic, Callable[[OutboxEvent, Members], Said]]]] = {
    ledger.topics.POINTS_EARNED: (Topic.POINTS_EARNED, _one(_earned)),
    ledger.topics.POINTS_ACTIVATED: (Topic.POINTS_ACTIVATED, _one(_activated)),
    ledger.topics.POINTS_EXPIRED: (Topic.POINTS_EXPIRED, _one(_expired)),
    campaigns.topics.POINTS_EXPIRING: (Topic.POINTS_EXPIRING, _expiring),
    ledger.topics.TIER_CHANGED: (Topic.TIER_CHANGED, _one(_tier)),
    ledger.topics.REDEMPTION_ISSUED: (Topic.REWARD_ISSUED, _one(_code)),
    ledger.topics.VOUCHER_GIVEN: (Topic.REWARD_ISSUED, _one(_code)),
    ledger.topics.REDEMPTION_USED: (Topic.REWARD_USED, _one(_code)),
    ledger.topics.REDEMPTION_CANCELLED: (Topic.REWARD_CANCELLED, _one(_code)),
    accounts.topics.MEMBER_JOINED: (Topic.MEMBER_JOINED, _one(_joined)),
    accounts.topics.MEMBER_ERASED: (Topic.MEMBER_ERASED, _one(_erased)),
    analytics.topics.RISK_RAISED: (Topic.RISK_RAISED, _at_risk),
}
