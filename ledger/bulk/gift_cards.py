"""Gift cards whose last day is over: what is left is taken off, one by one, through the front door."""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import Merchant
from ledger.bulk.passing import SOURCE, post_alone
from ledger.events import GiftCardEnded
from ledger.models import GiftCard
from programs.calendars import business_date

AT_MOST: Final = 2_000
"""Cards in one go: the next hour takes the rest."""


def expire_gift_cards(*, now: datetime) -> int:
    """Close every card whose last day is over where its shop is; returns how many."""
    over = GiftCard.objects.filter(balance_minor__gt=0, expires_on__lt=(now + timedelta(days=1)).date())
    merchants = Merchant.objects.kept().filter(pk__in=over.order_by().values("merchant")).order_by("pk")
    return sum(_close(merchant, now) for merchant in merchants)


def _close(merchant: Merchant, now: datetime) -> int:
    today = business_date(now, merchant.zone)
    over = GiftCard.objects.filter(merchant=merchant, balance_minor__gt=0, expires_on__lt=today)
    events = [
        GiftCardEnded(
            merchant_id=merchant.pk,
            member_id=card.member_id,
            occurred_at=now,
            source=SOURCE,
            key=f"card:{card.code}:{card.expires_on}",
            actor=SOURCE,
            code=card.code,
            outcome="expired",
        )
        for card in over.order_by("pk")[:AT_MOST]
    ]
    return sum(post_alone(event, now) is not None for event in events)
