"""Carts and searches of an online shop are events that rules may use: once, in any order, of members."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts import outbox, topics
from accounts.joining import join
from ledger.models import Balance, Occurrence, ShopNews
from ledger.models.shops import NewsState
from ledger.shops import results
from ledger.shops.working import replay
from tests.api.conftest import Caller
from tests.api.selling import new_terms
from tests.cast import NOW, Cast, Shop
from tests.shops.scene import Told, link, sample, work

LATER = "2026-11-15T09:{:02}:00Z"


def promise(shop: Shop, trigger: str) -> None:
    """15 points for it, at most once a day."""
    new_terms(shop, rule={"code": trigger, "kind": "fixed", "points": 15, "trigger": trigger})


@pytest.fixture
def shopify(shop: Shop, clock: time_machine.Traveller) -> Told:
    promise(shop, "cart")
    clock.shift(timedelta(hours=1))
    return link(shop, "shopify")


def checkout(minute: int, total: str = "80.00", **more: Any) -> dict[str, Any]:
    return {
        "id": 9, "token": "cart-1", "phone": "0501234567", "currency": "SAR", "total_price": total,
        "updated_at": LATER.format(minute), **more,
    }  # fmt: skip


def points(shop: Shop) -> int:
    found = Balance.objects.filter(member=shop.member).first()
    return found.available if found else 0


def test_a_cart_gives_its_points_once_however_often_it_changes(shopify: Told) -> None:
    told = [
        shopify.tell(
            checkout(n, f"{80 + n}.00"), x_shopify_topic=f"checkouts/{word}", x_shopify_webhook_id=f"{n}"
        )
        for n, word in enumerate(("create", "update", "update"), start=1)
    ]
    assert [news.result for news in told] == [results.HAPPENED, results.UNCHANGED, results.UNCHANGED]
    assert points(shopify.shop) == 15
    happened = Occurrence.objects.get()
    assert (happened.name, happened.amount_minor, happened.channel) == ("cart", 8_100, "online")


def test_sent_again_replayed_by_hand_and_in_the_wrong_order_it_is_the_same(shopify: Told) -> None:
    for minute in (5, 1, 5):
        shopify.tell(checkout(minute), x_shopify_topic="checkouts/update", x_shopify_webhook_id=f"w-{minute}")
    assert ShopNews.objects.count() == 2
    for news in ShopNews.objects.all():
        assert replay(news, now=timezone.now())
    assert work() == 2
    assert (points(shopify.shop), Occurrence.objects.count()) == (15, 1)


def test_another_cart_is_another_event(shopify: Told) -> None:
    for n in (1, 2):
        cart = checkout(n, token=f"cart-{n}")
        shopify.tell(cart, x_shopify_topic="checkouts/create", x_shopify_webhook_id=f"w-{n}")
    assert points(shopify.shop) == 30


def test_a_cart_that_became_an_order_is_only_the_order(shopify: Told) -> None:
    news = shopify.tell(checkout(1, completed_at=LATER.format(2)), x_shopify_topic="checkouts/update")
    assert news.state == NewsState.IGNORED
    assert points(shopify.shop) == 0


def test_of_a_person_nobody_knows_it_is_kept_and_gives_nothing_ever(shopify: Told) -> None:
    """A cart is of its moment: who joins a week later was no member then."""
    type(shopify.link).objects.update(joins=True)
    news = shopify.tell(checkout(1, phone="0555555555"), x_shopify_topic="checkouts/create")
    assert (news.state, news.result) == (NewsState.UNCLAIMED, results.UNKNOWN)
    assert news.body
    assert not Occurrence.objects.exists()
    member, _new = join(merchant=shopify.shop.merchant, now=NOW, source="t", actor="t", phone="0555555555")
    outbox.relay_topic(topics.MEMBER_JOINED, now=timezone.now())
    work()
    assert not Occurrence.objects.exists()
    assert not Balance.objects.filter(member=member, available__gt=0).exists()


def test_sallas_abandoned_cart_is_the_same_event(shop: Shop, clock: time_machine.Traveller) -> None:
    promise(shop, "cart")
    clock.shift(timedelta(hours=1))
    customer = sample("salla_order_created", "body")["data"]["customer"] | {"mobile": 501234567}
    when = {"date": "2026-11-15 12:30:00.000000", "timezone": "Asia/Riyadh"}
    cart = {"id": 5, "total": {"amount": 99.5, "currency": "SAR"}, "customer": customer, "updated_at": when}
    told = link(shop, "salla")
    for total in (99.5, 120):
        cart["total"] = {"amount": total, "currency": "SAR"}
        told.tell({"event": "abandoned.cart", "merchant": 1, "data": cart})
    assert points(shop) == 15


def test_a_search_told_by_the_shops_server_earns_once(stage: Cast) -> None:
    shop, api = stage.shop, Caller(stage.shop.key("shop"))
    promise(shop, "search")
    said = {"event": "search", "id": "s-1", "member": shop.member.number, "channel": "online"}
    first = api.post("events", said)
    assert (first["points"], points(shop)) == (15, 15)
    again = api.client.post("/api/v1/events", said, content_type="application/json")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert points(shop) == 15
    api.post("events", said | {"event": "cart"}, 409)
    api.post("events", said | {"id": "s-2", "member": "M-NOBODY2"}, 404)
    api.post("events", said | {"id": "s-3", "member": stage.rival.member.number}, 404)
    assert (points(shop), Occurrence.objects.count()) == (15, 1)
