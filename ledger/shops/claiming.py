"""Orders that waited for their customer: worked on again when somebody with that phone joins.

By the phone alone: an address that a member typed proves nothing of whose orders they were.
"""

from datetime import datetime

from accounts.contacts import contact_hash
from accounts.models import Member, OutboxEvent
from ledger.models import ShopNews
from ledger.models.shops import NewsState
from ledger.shops.working import replay


def claim_orders(event: OutboxEvent, now: datetime) -> None:
    """Have the unclaimed orders of a new member worked on again. Idempotent."""
    if event.member_id is None:
        return
    member = Member.objects.filter(pk=event.member_id, merchant=event.merchant_id).first()
    if member is None or not member.phone:
        return
    theirs = contact_hash(event.merchant_id, "phone", member.phone)
    waiting = ShopNews.objects.filter(
        merchant=event.merchant_id, state=NewsState.UNCLAIMED, order__phone_hash=theirs
    )
    for news in waiting.order_by("pk"):
        replay(news, now=now)
