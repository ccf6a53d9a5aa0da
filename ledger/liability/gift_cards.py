"""What gift cards owe: money that is kept for whoever holds them, apart from points and never estimated."""

from collections import Counter
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Sum

from accounts.models import Merchant
from ledger.models import GiftCardEntry


class GiftBucket(NamedTuple):
    """Money on cards whose last day is in one month; ``month`` is its first day, None for never."""

    month: date | None
    owed_minor: int


def gift_cards_owed(merchant: Merchant, until: datetime) -> tuple[GiftBucket, ...]:
    """What was recorded before ``until``, by month of the cards' last day, the soonest first; one query."""
    entries = GiftCardEntry.objects.filter(merchant=merchant, recorded_at__lt=until).order_by()
    rows = entries.values_list("card__expires_on").annotate(owed=Sum("amount_minor"))
    owed: Counter[date | None] = Counter()
    for day, amount_minor in rows:
        owed[day.replace(day=1) if day else None] += amount_minor
    months = sorted(owed, key=lambda month: month or date.max)
    return tuple(GiftBucket(month, owed[month]) for month in months if owed[month])
