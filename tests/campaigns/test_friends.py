"""Friends who were brought, told to their inbox once (RULES 38); what was taken back is told to nobody."""

from datetime import timedelta

import pytest

from accounts.models import Member, Merchant
from campaigns.models import Message
from ledger.bulk.befriending import reward_friends
from ledger.events import RefundMade
from ledger.models import Purchase
from ledger.posting import post
from programs.models import Programme, ReferralOffer
from programs.publishing import draft_of, publish
from tests.campaigns.scene import NOON, buy, enter, hear, open_shop, send_all

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def shop() -> Merchant:
    """A shop that gives something for a friend, without days for a return."""
    merchant = open_shop()
    draft = draft_of(programme=Programme.objects.get(merchant=merchant))
    ReferralOffer.objects.create(version=draft, bringer_points=100, friend_points=50, window_days=0)
    publish(
        version=draft, actor="owner", effective_from=NOON - timedelta(days=1), now=NOON - timedelta(days=1)
    )
    return merchant


def befriended(shop: Merchant) -> tuple[Member, Member]:
    """A member, and a friend who has ordered."""
    bringer = enter(shop, "0501234567", language="en")
    friend = enter(shop, "0551234567", now=NOON, referred_by=bringer)
    hear(NOON)
    buy(friend, 80_00, NOON)
    return bringer, friend


def subjects(member: Member) -> list[str]:
    rows = Message.objects.filter(member=member, channel="inbox", sent_at__isnull=False).order_by("pk")
    return [row.subject for row in rows if row.recipe.kind.startswith("friend")]


def test_who_brought_a_friend_hears_of_it_and_both_of_the_reward(shop: Merchant) -> None:
    bringer, friend = befriended(shop)
    send_all(LATER)
    assert subjects(bringer) == ["A friend joined through you"]
    reward_friends(merchant=shop, now=LATER)
    hear(LATER)
    send_all(LATER)
    assert subjects(bringer)[1:] == ["Your reward for a friend is here"]
    assert subjects(friend) == ["وصلت مكافأة الدعوة"]
    told = Message.objects.filter(member=bringer, channel="inbox").latest("pk")
    assert "100 points" in told.body
    assert "Sara" not in told.body.replace("Hello Sara", "")


def test_what_was_taken_back_meanwhile_is_told_to_nobody(shop: Merchant) -> None:
    bringer, friend = befriended(shop)
    reward_friends(merchant=shop, now=LATER)
    order = Purchase.objects.get(member=friend)
    back = RefundMade(
        merchant_id=shop.pk, member_id=friend.pk, occurred_at=LATER, source="till", key="back", actor="till",
        purchase_source=order.source, purchase_key=order.external_id, amount_minor=80_00,
    )  # fmt: skip
    post(back, now=LATER)
    hear(LATER)
    send_all(LATER)
    assert subjects(bringer) == ["A friend joined through you"]
