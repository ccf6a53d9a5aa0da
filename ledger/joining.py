"""Rewarding whoever joined, or said who they are: news from below becomes an event of the books.

Only where a rule or a goal of the terms asks for it, and once for each person.
"""

from datetime import datetime
from typing import Final

from accounts.models import Member, OutboxEvent
from ledger.events import EventOccurred
from ledger.families import family_of, person_of
from ledger.models import Occurrence
from ledger.posting import post
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
    person = Member.objects.active().filter(pk=person_of(event.member_id, event.merchant_id)).first()
    if person is None or not all(getattr(person, name) for name in event.merchant.profile_asks):
        return
    had = Occurrence.objects.filter(member__in=family_of(person.pk), source=SOURCE, name=PROFILE)
    if not had.exists():
        post(_occurred(event, person.pk, PROFILE, stamped=True), now=now)


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
