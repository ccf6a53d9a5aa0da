"""Paid memberships: begun, renewed, cancelled, not paid, ended (RULES 37). Each is told once.

The occasion is the membership and the last day it is paid for: a renewal makes a new one, the same news told
again does not. What is not so any more when it is sent is told to nobody: who paid meanwhile reads nothing of
an unpaid fee. Who cancelled was told the last day then, and is not told again when it comes.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from accounts.models import Merchant, OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts, names_of
from campaigns.models import Message, Recipe, RecipeKind
from campaigns.tuning import Tuning
from ledger.membership_queries import memberships_of
from ledger.models import Membership, MembershipPayment
from ledger.models.memberships import EndedWhy
from programs.memberships import held_at
from programs.queries import Timeline, timeline
from programs.terms import Terms

OPEN: Final = ("trial", "active")
NEWS: Final[Mapping[RecipeKind, Callable[[Membership, str], bool]]] = {
    RecipeKind.PLAN_STARTED: lambda row, state: state in OPEN and row.cancelled_at is None,
    RecipeKind.PLAN_RENEWED: lambda row, state: state in OPEN and row.cancelled_at is None,
    RecipeKind.PLAN_CANCELLED: lambda row, _state: (
        row.cancelled_at is not None and row.ended_why != EndedWhy.REFUNDED
    ),
    RecipeKind.PLAN_UNPAID: lambda _row, state: state == "grace",
    RecipeKind.PLAN_ENDED: lambda row, state: state == "ended" and row.ended_why != EndedWhy.CANCELLED,
}
"""Kind of news → whether it is still so of a membership that stands like this."""


def candidate(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Whom to tell; None when it is not so any more."""
    row = memberships_of(event.about).filter(plan=event.payload["plan"]).first()
    if row is None:
        return None
    said = _facts_of([row], recipe, [event.about], now).get(row.pk)
    if said is None:
        return None
    facts = account_facts([event.about], terms)[event.about] | said
    until = event.created_at + Tuning.read(recipe.settings).validity
    return Candidate(event.about, f"plan:{row.pk}:{row.paid_through}", facts, until)


def still_so(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → fresh facts, where the membership still stands as it is told."""
    members = {message.member_id for message in messages}
    accounts = account_facts(members, terms)
    named = {message.pk: int(message.occasion.split(":")[1]) for message in messages}
    rows = Membership.objects.filter(pk__in=set(named.values()))
    said = _facts_of(rows, messages[0].recipe, members, now)
    return {
        message.pk: accounts[message.member_id] | said[named[message.pk]]
        for message in messages
        if named[message.pk] in said
    }


def _facts_of(
    rows: Collection[Membership], recipe: Recipe, member_ids: Collection[int], now: datetime
) -> dict[int, Facts]:
    """Membership id → what is said of it, for those of which ``recipe`` still tells the truth."""
    merchant, kind = recipe.merchant, RecipeKind(recipe.kind)
    is_so, promises = NEWS[kind], timeline(merchant)
    standing = [row for row in rows if is_so(row, row.holding.state_at(now, merchant.zone))]
    if kind == RecipeKind.PLAN_ENDED:
        again = _holders(member_ids, merchant, now)
        standing = [row for row in standing if row.member_id not in again]
    gifts = _welcomes(standing) if kind == RecipeKind.PLAN_STARTED else {}
    return {row.pk: _facts(row, promises, kind, now) | gifts.get(row.pk, {}) for row in standing}


def _facts(row: Membership, promises: Timeline, kind: RecipeKind, now: datetime) -> Facts:
    terms = promises.of(row.version_id)
    plan = terms.plan(row.plan) if terms else None
    facts = Facts(plan=names_of(plan) if plan else {"ar": row.plan, "en": row.plan})
    if row.fees:
        facts["price_minor"] = row.price_minor
    elif row.trial_until:
        facts["trial"] = row.trial_until.isoformat()
    last = row.holding.last_day(now) if kind == RecipeKind.PLAN_UNPAID else row.paid_through
    if "trial" not in facts and row.ended_at is None:
        facts["date"] = last.isoformat()
    return facts


def _welcomes(rows: Collection[Membership]) -> dict[int, Facts]:
    """Membership id → the voucher it was welcomed with. One query."""
    paid = MembershipPayment.objects.filter(membership__in=rows, voucher__isnull=False)
    found = paid.select_related("voucher")
    return {one.membership_id: Facts(gift=names_of(one.voucher)) for one in found if one.voucher}


def _holders(member_ids: Collection[int], merchant: Merchant, now: datetime) -> set[int]:
    """Who of these holds a membership now. One query."""
    rows = Membership.objects.filter(member__in=member_ids, ended_at=None)
    return {row.member_id for row in rows if held_at([row.holding], now, merchant.zone)}
