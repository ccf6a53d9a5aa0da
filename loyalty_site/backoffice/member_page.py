"""What stands above a member's form: every floor's view of one person, with few queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import get_language

from accounts.models import Consent, Member
from accounts.phones import readable
from accounts.queries import consents_of
from accounts.reach import Reach
from analytics.models import DormancyScore
from campaigns.models import Message
from ledger.families import Visits, family_of, visits_of
from ledger.membership_queries import memberships_of, plan_name, with_plan_names
from ledger.models import Balance, Lot, Membership, Movement
from ledger.models.memberships import MembershipState
from loyalty_site.backoffice.badges import TierBadges, risk_badge, scores_of
from loyalty_site.backoffice.figures import reasons_of, worth_of
from programs.queries import terms_of, version_at
from programs.sentences import sentences

SHOWN: Final = 12
BADGES: Final = {"trial": "info", "active": "success", "grace": "warning", "ended": "default"}


@dataclass(frozen=True, slots=True)
class MovementLine:
    """One movement with its reasons in words."""

    movement: Movement
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """The answer in force on one channel for one purpose."""

    channel: str
    purpose: str
    granted: bool


@dataclass(frozen=True, slots=True)
class MembershipLine:
    """A paid membership, its plan by name, and where it stands today."""

    row: Membership
    plan: str
    state: str
    badge: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A member as every floor knows them. ``worth`` is text; empty lists were not allowed or are empty."""

    member: Member
    phone: str
    balance: Balance | None
    visits: Visits
    worth: str
    tier: tuple[str, str]
    risk: tuple[str, str]
    score: DormancyScore | None
    reasons: list[str]
    lots: list[Lot]
    movements: list[MovementLine]
    messages: list[Message]
    consents: list[ConsentLine]
    memberships: list[MembershipLine]
    sees: dict[str, bool]
    may_adjust: bool
    may_change: bool
    may_erase: bool


def overview(member: Member, reach: Reach, *, now: datetime) -> Overview:
    """Return what the reader may know of ``member``: each floor is asked only within its own right."""
    sees = {room: reach.may("view", room, member.merchant_id) for room in ("facts", "analytics", "campaigns")}
    balance = getattr(member, "balance", None)
    version = version_at(member.merchant, now)
    score = scores_of([member.pk]).get(member.pk) if sees["analytics"] else None
    badges = TierBadges(reach)
    return Overview(
        member=member,
        phone=readable(member.phone) if member.phone else "",
        balance=balance,
        visits=visits_of(member.pk),
        worth=worth_of(balance.available, terms_of(version)) if balance and version else "",
        tier=badges.of(member.merchant_id, balance.tier_code if balance else ""),
        risk=risk_badge(score),
        score=score,
        reasons=reasons_of(score) if score else [],
        lots=_lots(member) if sees["facts"] else [],
        movements=_movements(member) if sees["facts"] else [],
        messages=_messages(member) if sees["campaigns"] else [],
        consents=_consents(member),
        memberships=_memberships(member, now) if sees["facts"] else [],
        sees=sees,
        may_adjust=reach.may("change", "facts", member.merchant_id),
        may_change=reach.may("change", "members", member.merchant_id),
        may_erase=reach.may("delete", "members", member.merchant_id),
    )


def _lots(member: Member) -> list[Lot]:
    spendable = Lot.objects.filter(member=member, remaining__gt=0)
    return list(spendable.order_by("expires_on", "earned_at", "id")[:SHOWN])


def _movements(member: Member) -> list[MovementLine]:
    language = get_language() or "ar"
    newest = Movement.objects.filter(member_id__in=family_of(member.pk)).select_related("purchase", "note")
    return [
        MovementLine(movement, sentences(movement.why, language))
        for movement in newest.order_by("-occurred_at", "-id")[:SHOWN]
    ]


def _messages(member: Member) -> list[Message]:
    newest = Message.objects.filter(member_id__in=family_of(member.pk)).select_related("recipe")
    return list(newest.order_by("-planned_at", "-id")[:SHOWN])


def _memberships(member: Member, now: datetime) -> list[MembershipLine]:
    lines = []
    for row in with_plan_names(memberships_of(member.pk))[:SHOWN]:
        state = row.holding.state_at(now, member.merchant.zone)
        lines.append(MembershipLine(row, plan_name(row), str(MembershipState(state).label), BADGES[state]))
    return lines


def _consents(member: Member) -> list[ConsentLine]:
    channels = dict(Consent._meta.get_field("channel").flatchoices)
    purposes = dict(Consent._meta.get_field("purpose").flatchoices)
    return [
        ConsentLine(str(channels.get(channel, channel)), str(purposes.get(purpose, purpose)), granted)
        for (_member, channel, purpose), granted in sorted(consents_of([member.pk]).items())
    ]
