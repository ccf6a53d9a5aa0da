"""The values that questions name, and what they are for one event."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import BigIntegerField, CharField, DateField, DateTimeField

from accounts.asking import Param
from ledger.events import AnyEvent, EventOccurred, GiftCardEnded, PurchaseMade, RedemptionClosed
from programs.calendars import Period, business_date, period_start, start_of_day_instant

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
GIFTS: Final = Param("gifts", CharField())
QUOTE: Final = Param("quote", CharField())
CAUSE: Final = Param("cause", CharField())
EVENT: Final = Param("event", CharField())
PLACE: Final = Param("place", BigIntegerField())
NOW: Final = Param("now", DateTimeField())
AT: Final = Param("at", DateTimeField())
"""When a purchase, or another event that may earn, happened; of all others the moment of posting."""
MIDNIGHT: Final = Param("midnight", DateTimeField())
DAY_BEGAN: Final = Param("day_began", DateTimeField())
MONTH_BEGAN: Final = Param("month_began", DateTimeField())
YEAR_BEGAN: Final = Param("year_began", DateTimeField())
"""When the day, month and year of now began in the merchant's zone: there a member's limits count."""
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
        "purchase_source": getattr(event, "purchase_source", getattr(event, "fee_source", "")),
        "purchase_key": getattr(event, "purchase_key", getattr(event, "fee_key", "")),
        "code": codes[0] if codes else "",
        "codes": ",".join(codes),
        "reward": getattr(event, "reward_code", ""),
        "gifts": ",".join(_gifts_of(event)),
        "quote": getattr(event, "quote", ""),
        "cause": getattr(event, "cause_code", ""),
        "event": getattr(event, "event_code", ""),
        "place": getattr(event, "place_id", None),
        "now": now,
        "at": event.occurred_at if isinstance(event, PurchaseMade | EventOccurred) else now,
        "midnight": start_of_day_instant(business_date(now, zone), zone),
        **_began(now, zone),
        "since": since or now.date(),
        "soon": (now + timedelta(days=2)).date(),
    }


def _codes_of(event: AnyEvent) -> tuple[str, ...]:
    """The codes that the event names."""
    if isinstance(event, PurchaseMade):
        return event.redemption_codes
    return (event.code,) if isinstance(event, RedemptionClosed) else ()


def _gifts_of(event: AnyEvent) -> tuple[str, ...]:
    """The gift cards that the event names, by their codes."""
    if isinstance(event, PurchaseMade):
        return tuple(code for code, _amount_minor in event.gift_cards)
    return (event.code,) if isinstance(event, GiftCardEnded) else ()


def _began(now: datetime, zone: str) -> dict[str, datetime]:
    day = business_date(now, zone)
    periods: tuple[Period, ...] = ("day", "month", "year")
    return {f"{period}_began": start_of_day_instant(period_start(day, period), zone) for period in periods}
