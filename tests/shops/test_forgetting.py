"""What shops said of people goes with them, and after a month by itself."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from accounts import outbox, topics
from accounts.erasing import erase
from accounts.joining import join
from accounts.models import Member
from ledger.models import Purchase, ShopNews, ShopOrder
from ledger.shops import results
from ledger.shops.keeping import KEPT_FOR, clear_bodies
from tests.cast import NOW, Shop
from tests.shops.scene import link
from tests.shops.test_any_order import telling

PHONE = "0555555555"


def erased(member: Member) -> None:
    """Erase somebody, and let the news arrive."""
    erase(member=member, actor="staff:1", now=NOW)
    outbox.relay_topic(topics.MEMBER_ERASED, now=NOW)
    assert outbox.waiting(topics.MEMBER_ERASED) == 0


def test_erasing_empties_what_was_said_of_the_person_and_nothing_else(shop: Shop) -> None:
    told = link(shop, "shopify")
    theirs = [telling(1, "paid")[0], telling(2, "paid")[0] | {"phone": PHONE}, {
        "token": "c", "phone": PHONE, "currency": "SAR", "total_price": "5.00",
        "updated_at": "2026-11-15T08:00:00Z",
    }]  # fmt: skip
    told.tell(theirs[0], x_shopify_topic="orders/create")
    waiting = told.tell(theirs[1], x_shopify_topic="orders/create")
    told.tell(theirs[2], x_shopify_topic="checkouts/create")
    assert waiting.result == results.UNKNOWN
    assert ShopOrder.objects.get(order_key="2").phone_hash
    member, _new = join(merchant=shop.merchant, now=NOW, source="t", actor="t", phone=PHONE)
    erased(member)
    assert [bool(body) for body in ShopNews.objects.order_by("pk").values_list("body", flat=True)] == [
        True, False, False,
    ]  # fmt: skip
    assert not ShopOrder.objects.exclude(phone_hash="").exists()
    told = link(shop, "shopify", joins=True)
    again = told.tell(telling(3, "paid")[0] | {"phone": PHONE}, x_shopify_topic="orders/create")
    assert again.result == results.ERASED, "no order brings them back"
    erased(shop.member)
    assert not ShopNews.objects.filter(order__order_key="1").exclude(body="").exists()
    assert Purchase.objects.count() == 1


def test_after_a_month_bodies_are_emptied(shop: Shop, clock: time_machine.Traveller) -> None:
    told = link(shop, "shopify")
    told.tell(telling(1, "paid")[0], x_shopify_topic="orders/create")
    clock.shift(KEPT_FOR - timedelta(hours=1))
    assert clear_bodies(now=timezone.now()) == 0
    clock.shift(timedelta(hours=2))
    assert clear_bodies(now=timezone.now()) == 1
    row = ShopNews.objects.get()
    assert (row.body, row.headers, row.result) == ("", {}, results.EARNED)
    said = telling(1, "paid")[0]
    told.send(said, x_shopify_topic="orders/create")
    assert ShopNews.objects.count() == 1, "still known"
