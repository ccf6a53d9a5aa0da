"""Rewarding whoever joined, or said who they are: news from below becomes an event of the books.

Only where a rule or a goal of the terms asks for it, and once for each person.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models import Member, OutboxEvent
from ledger.events import EventOccurred
from ledger.families import family_of, person_of
from ledger.models import Occurrence
from ledger.posting import post, quote
from ledger.receipt import Receipt
from programs.queries import terms_of, version_at
from programs.triggers import PROFILE

SIGN_UP: Final = "sign-up"
SOURCE: Final = "accounts"


def reward_joining(event: OutboxEvent, now: datetime) -> None:
    """Post the event of joining, dated when it was. Idempotent: a member joins once."""
    if event.member_id is not None and _is_asked(event, SIGN_UP):
        post(_occurred(event, event.member_id, SIGN_UP), now=now)


def reward_profile(event: OutboxEvent, now: datetime) -> None:
    """Post that a profile is complete, once for each person. Idempotent."""
    if event.member_id is None or not _is_asked(event, PROFILE):
        return
    known = Member.objects.active().select_related("merchant")
    person = known.filter(pk=person_of(event.member_id, event.merchant_id)).first()
    if person is None or _missing(person):
        return
    if not _had(person):
        post(_occurred(event, person.pk, PROFILE, stamped=True), now=now)


@dataclass(frozen=True, slots=True)
class Completing:
    """What a profile lacks of what is ``asked`` for, and the receipt that completing it would bring."""

    asked: int
    missing: tuple[str, ...]
    receipt: Receipt


def profile_of(member: Member, *, now: datetime) -> Completing | None:
    """How a member's profile stands; None where it is complete, was rewarded, or nobody rewards it."""
    version = version_at(member.merchant, now)
    if version is None or PROFILE not in terms_of(version).events:
        return None
    missing = _missing(member)
    if not missing or _had(member):
        return None
    event = EventOccurred(
        merchant_id=member.merchant_id, member_id=member.pk, occurred_at=now, source=SOURCE,
        key=f"{PROFILE}-{member.pk}", actor="system", name=PROFILE,
    )  # fmt: skip
    return Completing(len(member.merchant.profile_asks), missing, quote(event, now=now))


def _missing(member: Member) -> tuple[str, ...]:
    return tuple(name for name in member.merchant.profile_asks if not getattr(member, name))


def _had(member: Member) -> bool:
    return Occurrence.objects.filter(member__in=family_of(member.pk), source=SOURCE, name=PROFILE).exists()


def _is_asked(event: OutboxEvent, name: str) -> bool:
    version = version_at(event.merchant, event.created_at)
    return version is not None and name in terms_of(version).events


def _occurred(event: OutboxEvent, member_id: int, name: str, *, stamped: bool = False) -> EventOccurred:
    return EventOccurred(
        merchant_id=event.merchant_id,
        member_id=member_id,
        occurred_at=event.created_at,
        source=SOURCE,
        key=f"{name}-{member_id}",
        actor="system",
        name=name,
        stamped=stamped,
    )
