"""Rewarding whoever joined: news from below becomes an event of the books, where a rule asks for it."""

from datetime import datetime
from typing import Final

from accounts.models import OutboxEvent
from ledger.events import EventOccurred
from ledger.posting import post
from programs.queries import terms_of, version_at

SIGN_UP: Final = "sign-up"
SOURCE: Final = "accounts"


def reward_joining(event: OutboxEvent, now: datetime) -> None:
    """Post the event of joining, dated when it was. Idempotent: a member joins once."""
    version = version_at(event.merchant, event.created_at)
    if event.member_id is None or version is None or SIGN_UP not in terms_of(version).event_rules:
        return
    joined = EventOccurred(
        merchant_id=event.merchant_id,
        member_id=event.member_id,
        occurred_at=event.created_at,
        source=SOURCE,
        key=f"{SIGN_UP}-{event.member_id}",
        actor="system",
        name=SIGN_UP,
    )
    post(joined, now=now)
