"""Being there: an event of its own in the books, once per sign-up, which rules may reward."""

from datetime import datetime
from typing import Final

from ledger.events import EventOccurred
from ledger.models import Place

NAME: Final = "event-attended"
SOURCE: Final = "place"


def attendance(place: Place, *, actor: str, now: datetime) -> EventOccurred:
    """What posting that somebody was there says: the same however often, and whoever says it."""
    return EventOccurred(
        merchant_id=place.merchant_id,
        member_id=place.member_id,
        occurred_at=now,
        source=SOURCE,
        key=key_of(place.pk),
        actor=actor,
        stamped=True,
        name=NAME,
    )


def key_of(place_id: int) -> str:
    """The number under which the attendance of a sign-up is known."""
    return f"place-{place_id}"
