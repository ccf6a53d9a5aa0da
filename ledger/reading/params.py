"""The values that questions name, and what they are for one event."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import BigIntegerField, CharField, DateField, DateTimeField

from ledger.events import AnyEvent, EventOccurred, PurchaseMade, RedemptionClosed
from ledger.reading.asking import Param
from programs.calendars import business_date, start_of_day_instant

MEMBER: Final = Param("member", BigIntegerField())
ABSORBED: Final = Param("absorbed", BigIntegerField())
MERGE: Final = Param("merge", BigIntegerField())
MERCHANT: Final = Param("merchant", BigIntegerField())
BRANCH: Final = Param("branch", BigIntegerField())
SOURCE: Final = Param("source", CharField())
KIND: Final = Param("kind", CharField())
KEY: Final = Param("key", CharField())
PURCHASE_SOURCE: Final = Param("purchase_source", CharField())
PURCHASE_KEY: Final = Param("purchase_key", CharField())
CODE: Final = Param("code", CharField())
CODES: Final = Param("codes", CharField())
REWARD: Final = Param("reward", CharField())
QUOTE: Final = Param("quote", CharField())
NOW: Final = Param("now", DateTimeField())
AT: Final = Param("at", DateTimeField())
"""When a purchase, or another event that may earn, happened; of all others the moment of posting."""
MIDNIGHT: Final = Param("midnight", DateTimeField())
SINCE: Final = Param("since", DateField())
SOON: Final = Param("soon", DateField())
"""A day too late: a lot that dies by then may be dead, whatever the merchant's zone."""


def values_of(event: AnyEvent, now: datetime, *, since: date | None, zone: str) -> dict[str, Any]:
    """Return every value that a question about ``event`` may name."""
    codes = _codes_of(event)
    return {
        "member": event.member_id,
        "absorbed": getattr(event, "absorbed_id", None),
        "merge": getattr(event, "merge_id", None),
        "merchant": event.merchant_id,
        "branch": getattr(event, "branch_id", None),
        "source": event.source,
        "kind": event.kind,
        "key": event.key,
        "purchase_source": getattr(event, "purchase_source", ""),
        "purchase_key": getattr(event, "purchase_key", ""),
        "code": codes[0] if codes else "",
        "codes": ",".join(codes),
        "reward": getattr(event, "reward_code", ""),
        "quote": getattr(event, "quote", ""),
        "now": now,
        "at": event.occurred_at if isinstance(event, PurchaseMade | EventOccurred) else now,
        "midnight": start_of_day_instant(business_date(now, zone), zone),
        "since": since or now.date(),
        "soon": (now + timedelta(days=2)).date(),
    }


def _codes_of(event: AnyEvent) -> tuple[str, ...]:
    """The codes that the event names."""
    if isinstance(event, PurchaseMade):
        return event.redemption_codes
    return (event.code,) if isinstance(event, RedemptionClosed) else ()
