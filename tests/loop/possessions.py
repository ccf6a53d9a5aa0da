"""What a shop has that others must not see: sales, merges, friends, gifts, a Rewind, news of a shop."""

from accounts.access import system_actor
from accounts.joining import join
from analytics.rewind.asking import ask
from analytics.rewind.running import work
from ledger.event import LineItem
from ledger.events import MembersMerged, PurchaseMade
from ledger.models import (
    GiftCardRequest,
    PayoutRequest,
    Referral,
    ShopLink,
    ShopNews,
)  # fmt: skip
from ledger.posting import post
from programs.models import Cause, Partner
from tests.cast import NOW, Shop
from tests.ledger.books import Books
from tests.ledger.card_deals import sold_card
from tests.ledger.given import begin_giving, give, sign_up


def befriend(shop: Shop) -> None:
    """A friend whom the shop's member brought, held for review."""
    friend, _new = join(
        merchant=shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone="0559876543"
    )
    Referral.objects.create(
        merchant=shop.merchant, bringer=shop.member, friend=friend, version=shop.version, state="held",
        joined_at=NOW,
    )  # fmt: skip


def hear_of_a_shop(shop: Shop) -> None:
    """A shop elsewhere that told something."""
    told = {"merchant": shop.merchant, "link": ShopLink.objects.create(
        merchant=shop.merchant, source="salla", secret="x", changed_at=NOW
    )}  # fmt: skip
    ShopNews.objects.create(**told, once="1", name="order.created", body="{}", received_at=NOW)


def give_away(shop: Shop) -> None:
    """A partner, a gift to a cause, a payout that waits and a place at an event."""
    merchant, asked = shop.merchant, {"asked_by": "staff:1", "asked_at": NOW}
    Partner.objects.create(merchant=merchant, name_ar=merchant.name_ar, name_en=merchant.name_en, **asked)
    begin_giving(shop, NOW)
    cause = Cause.objects.get(merchant=merchant)
    PayoutRequest.objects.create(
        merchant=merchant, cause=cause, amount_minor=100, reference="T", key="k", ripe_at=NOW, **asked
    )
    GiftCardRequest.objects.create(
        merchant=merchant, member=shop.member, value_minor=900_00, why="given", source="x", key="k",
        ripe_at=NOW, **asked,
    )  # fmt: skip
    books = Books(shop.member, NOW)
    sign_up(books, "evening")
    give(books, 100)
    sold_card(books)


def rewind(shop: Shop) -> None:
    """Ask what the shop's own version would have cost, and answer."""
    ask(
        actor=system_actor(shop.merchant), version_ids=[shop.version.pk], months=12, use_percent=None,
        all_earn=False, now=NOW,
    )  # fmt: skip
    work(clock=lambda: NOW)


def sell(shop: Shop) -> None:
    """Ring up a sale at the till."""
    sale = PurchaseMade(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, source="till", actor="test",
        key=order_of(shop), occurred_at=NOW, lines=(LineItem(10_000),),
    )  # fmt: skip
    post(sale, now=NOW)


def merge_two(shop: Shop) -> None:
    """Merge a second record into the member's."""
    second, _new = join(
        merchant=shop.merchant, now=NOW, source="till", actor="test", external_id=f"{shop.merchant.slug}-2"
    )
    merged = MembersMerged(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, source="till", actor="test",
        key="merge", occurred_at=NOW, absorbed_id=second.pk,
    )  # fmt: skip
    post(merged, now=NOW)


def order_of(shop: Shop) -> str:
    return f"{shop.merchant.slug}-T1"
