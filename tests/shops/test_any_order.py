"""News may come in any order, twice, or two at once: the books end as if they had come as they happened."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.joining import join
from accounts.models import Member
from ledger.models import Balance, Purchase, ShopNews, ShopOrder
from ledger.models.shops import NewsState
from ledger.shops import results
from ledger.shops.working import LEASE, work_news
from tests.cast import Shop
from tests.ledger.books import prove
from tests.ledger.test_concurrency import at_once
from tests.shops.scene import Told, link, work

pytestmark = pytest.mark.postgres

TELLINGS = ("created", "paid", "completed", "refunded", "cancelled")
ENDS = {
    "created": (0, 100),
    "paid": (100, 0),
    "completed": (100, 0),
    "refunded": (70, 0),
    "cancelled": (0, 0),
}
"""Points to spend and points that wait after the last of them."""
numbers = count(1)


def telling(number: int, step: str) -> tuple[dict[str, Any], str]:
    """One order of 100 riyals at one of its steps, and the topic that brings it."""
    back = {"id": 7, "order_id": number, "created_at": "2026-11-15T08:30:00Z",
            "transactions": [{"id": 1, "amount": "30.00", "kind": "refund",
            "status": "success"}]}  # fmt: skip
    if step == "refund":
        return back, "refunds/create"
    place = TELLINGS.index(step)
    money = {"created": "pending", "refunded": "partially_refunded"}.get(step, "paid")
    order = {
        "id": number, "currency": "SAR", "total_price": "100.00", "phone": "0501234567",
        "financial_status": money,
        "created_at": "2026-11-15T08:00:00Z", "updated_at": f"2026-11-15T08:{place}0:00Z",
        "line_items": [{"id": 3, "price": "100.00", "quantity": 1}],
        "fulfillment_status": "fulfilled" if place >= 2 else None,
        "cancelled_at": "2026-11-15T08:40:00Z" if step == "cancelled" else None,
        "refunds": [back] if place >= 3 else [],
    }  # fmt: skip
    return order, "orders/updated"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_arrival_ends_where_the_order_stands(shop: Shop, data: st.DataObject) -> None:
    told, number = link(shop, "shopify"), next(numbers)
    member, _new = join(
        merchant=shop.merchant, now=shop.member.joined_at, source="t", actor="t", phone=f"055{number:07}"
    )
    last = data.draw(st.integers(0, len(TELLINGS) - 1))
    steps = [*TELLINGS[: last + 1], *(["refund"] if last >= 3 else [])]
    heard = data.draw(st.lists(st.sampled_from(steps), max_size=6).map(lambda more: [*steps, *more]))
    for place, step in enumerate(data.draw(st.permutations(heard))):
        said, topic = telling(number, step)
        said |= {"phone": member.phone} if "phone" in said else {}
        assert (
            told.send(said, x_shopify_topic=topic, x_shopify_webhook_id=f"{number}-{place}").status_code
            == 200
        )
        if data.draw(st.booleans()):
            work()
    work()
    assert not ShopNews.objects.filter(state__in=(NewsState.WAITING, NewsState.STUCK)).exists()
    assert balance(member) == ENDS[TELLINGS[last]], heard
    prove(shop.merchant)


def balance(member: Member) -> tuple[int, int]:
    row = Balance.objects.filter(pk=member.pk).first()
    return (row.available, row.pending) if row else (0, 0)


def test_a_refund_and_a_deletion_before_their_order(shop: Shop) -> None:
    told = link(shop, "shopify")
    refund, topic = telling(900, "refund")
    news = told.tell(refund, x_shopify_topic=topic, x_shopify_webhook_id="a")
    assert (news.state, news.result) == (NewsState.UNCLAIMED, results.NO_ORDER)
    order, topic = telling(900, "paid")
    assert told.tell(order, x_shopify_topic=topic, x_shopify_webhook_id="b").result == results.REFUNDED
    assert told.balance == (70, 0)
    assert told.tell({"id": 901}, x_shopify_topic="orders/delete").result == results.UNDONE
    order, topic = telling(901, "paid")
    assert told.tell(order, x_shopify_topic=topic, x_shopify_webhook_id="c").result == results.UNDONE
    assert not Purchase.objects.filter(external_id="901").exists()


def test_a_worker_that_died_leaves_a_claim_that_runs_out(shop: Shop) -> None:
    told = link(shop, "shopify")
    order, topic = telling(902, "paid")
    told.send(order, x_shopify_topic=topic)
    row = ShopOrder.objects.create(
        merchant=shop.merchant, link=told.link, order_key="902", claimed_until=timezone.now() + LEASE
    )
    assert work() == 0
    assert work(wait=timedelta(seconds=4)) == 0, "somebody is at the order"
    assert work(wait=LEASE + timedelta(seconds=9)) == 1
    row.refresh_from_db()
    assert row.claimed_until is None
    assert told.balance == (100, 0)


@pytest.fixture
def open_shop_for_all(transactional_db: None) -> Iterator[Shop]:
    """A shop that other processes can see."""
    from tests.cast import open_shop

    shop = open_shop("oasis", "0501234567")
    yield shop
    prove(shop.merchant)


def test_many_workers_at_once_post_each_thing_once(open_shop_for_all: Shop) -> None:
    shop = open_shop_for_all
    told: Told = link(shop, "salla")
    news = [salla(number, state) for number in range(6) for state in ("under_review", "completed")]
    for said in [*news, *reversed(news)]:
        assert told.send(said).status_code == 200
    assert ShopNews.objects.count() == 12
    for _round in range(8):
        at_once([working() for _worker in range(4)])
        connections.close_all()
        if not ShopNews.objects.filter(act_at__isnull=False).exists():
            break
        ShopNews.objects.filter(act_at__isnull=False).update(act_at=timezone.now() - timedelta(seconds=1))
    assert Purchase.objects.count() == 6
    assert balance(shop.member) == (600, 0)


def working() -> Any:
    """A worker of its own."""
    from functools import partial

    return partial(work_news, clock=timezone.now)


def salla(number: int, state: str) -> dict[str, Any]:
    """An order of 100 riyals at Salla, an hour ago."""
    minute = 10 if state == "under_review" else 20
    at = (timezone.now() - timedelta(hours=5)).astimezone().strftime("%Y-%m-%d %H:")
    clock = {"date": f"{at}{minute}:00.000000", "timezone": "UTC"}
    return {
        "event": "order.updated", "merchant": 1,
        "data": {
            "id": number, "status": {"slug": state}, "date": clock, "updated_at": clock,
            "amounts": {"total": {"amount": 100, "currency": "SAR"}, "sub_total": {"amount": 100}},
            "customer": {"mobile": 501234567, "mobile_code": "+966"}, "items": [],
        },
    }  # fmt: skip
