"""A shop that falls silent is asked itself; the client speaks each documented API."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from ledger.models import Purchase, ShopLink, ShopNews
from ledger.shops import results
from ledger.shops.pulling import pull_silent
from tests.cast import Shop
from tests.shops.scene import Told, link, sample, work
from tests.shops.shop_server import Desk
from tests.shops.test_samples import zid_order

CLOCKED = {"date": "2026-11-15 11:00:00.000000", "timezone": "Asia/Riyadh"}


def salla_order(number: int) -> dict[str, Any]:
    order: dict[str, Any] = sample("salla_order_created", "body")["data"]
    order["customer"]["mobile"] = 501234567
    return order | {"id": number, "status": {"slug": "completed"}, "date": CLOCKED, "updated_at": CLOCKED}


def shopify_order(number: int) -> dict[str, Any]:
    return {
        "id": number, "currency": "SAR", "financial_status": "paid", "total_price": "200.10",
        "phone": "0501234567",
        "created_at": "2026-11-15T08:00:00Z", "updated_at": "2026-11-15T08:00:00Z", "line_items": [],
    }  # fmt: skip


def woo_order(number: int) -> dict[str, Any]:
    order: dict[str, Any] = sample("woocommerce_order", "body")
    return order | {
        "id": number, "currency": "SAR", "total": "200.10", "billing": {"phone": "0501234567"},
        "date_created_gmt": "2026-11-15T08:00:00", "date_modified_gmt": "2026-11-15T08:00:00",
    }  # fmt: skip


def zids_order(number: int) -> dict[str, Any]:
    return zid_order(
        id=number, currency_code="SAR", order_total="200.10", payment_status="paid",
        created_at="2026-11-15 11:00:00", updated_at="2026-11-15 11:00:00",
    )  # fmt: skip


def foodics_order(number: int) -> dict[str, Any]:
    order: dict[str, Any] = sample("foodics_order_created", "body")["order"]
    return order | {
        "id": str(number), "total_price": 200.1, "customer": {"dial_code": 966, "phone": "501234567"},
        "closed_at": "2026-11-15 08:00:00", "updated_at": "2026-11-15 08:00:00",
    }  # fmt: skip


ORDERS = {
    "salla": salla_order, "zid": zids_order, "shopify": shopify_order, "woocommerce": woo_order,
    "foodics": foodics_order,
}  # fmt: skip


POINTS = {"zid": 198, "woocommerce": 190}
"""Of 200.10 riyals, where shipping is a part."""


def linked(shop: Shop, source: str, desk: Desk) -> Told:
    return link(shop, source, api_token="partner manager", api_url=desk.address)


@pytest.mark.parametrize("source", ORDERS)
def test_a_silent_shop_is_asked_page_by_page_and_nothing_counts_twice(
    shop: Shop, desk: Desk, clock: time_machine.Traveller, source: str
) -> None:
    told = linked(shop, source, desk)
    desk.orders = {str(number): ORDERS[source](number) for number in range(1, 6)}
    assert pull_silent(clock=timezone.now) == 0, "it was linked just now"
    clock.shift(timedelta(hours=7))
    found = pull_silent(clock=timezone.now)
    assert found == (2 if source == "zid" else 5), "a page of Zid's that is not full is the last one"
    work()
    assert set(ShopNews.objects.values_list("result", flat=True)) == {results.EARNED}
    assert told.balance == (POINTS.get(source, 200) * found, 0)
    assert pull_silent(clock=timezone.now) == 0, "asked just now"
    clock.shift(timedelta(hours=7))
    pull_silent(clock=timezone.now)
    work()
    assert Purchase.objects.count() == found
    assert all("token" not in path for _method, path in desk.calls), "no secret in an address"


def test_a_shop_that_talks_is_asked_once_a_day(shop: Shop, desk: Desk, clock: time_machine.Traveller) -> None:
    linked(shop, "woocommerce", desk)
    link_row = ShopLink.objects.get()
    ShopLink.objects.update(pulled_at=timezone.now(), heard_at=timezone.now())
    for _hour in range(23):
        clock.shift(timedelta(hours=1))
        ShopLink.objects.update(heard_at=timezone.now())
        assert pull_silent(clock=timezone.now) == 0
    assert not desk.calls
    clock.shift(timedelta(hours=2))
    ShopLink.objects.update(heard_at=timezone.now())
    pull_silent(clock=timezone.now)
    assert len(desk.calls) == 1
    link_row.refresh_from_db()
    assert link_row.pulled_at == timezone.now()


def test_a_shop_that_does_not_answer_is_asked_again_for_the_same_time(
    shop: Shop, desk: Desk, clock: time_machine.Traveller
) -> None:
    told = linked(shop, "shopify", desk)
    desk.orders, desk.is_down = {"1": shopify_order(1)}, True
    clock.shift(timedelta(hours=7))
    assert pull_silent(clock=timezone.now) == 0
    assert ShopLink.objects.get().pulled_at is None
    assert pull_silent(clock=timezone.now) == 0
    assert len(desk.calls) == 1, "not again at once"
    desk.is_down = False
    clock.shift(timedelta(hours=1))
    assert pull_silent(clock=timezone.now) == 1
    work()
    assert told.balance == (200, 0)


def test_a_shop_switched_off_or_without_a_key_is_not_asked(
    shop: Shop, desk: Desk, clock: time_machine.Traveller
) -> None:
    link(shop, "salla")
    link(shop, "shopify", api_token="t", api_url=desk.address, is_on=False)
    clock.shift(timedelta(days=2))
    assert pull_silent(clock=timezone.now) == 0
    assert not desk.calls
