"""The real samples, through the door: each becomes the right purchase."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts import outbox, topics
from accounts.joining import change_member, join
from accounts.models import Branch, Member
from ledger.models import Balance, PendingAward, Purchase, ShopNews, ShopOrder
from ledger.models.shops import NewsState
from ledger.shops import results
from tests.cast import NOW, Shop
from tests.ledger.books import prove
from tests.shops.scene import link, sample, work
from tests.shops.shop_server import Desk


def trade_in(shop: Shop, currency: str) -> None:
    """Let the shop sell in another currency."""
    shop.merchant.currency = currency
    shop.merchant.save()


def is_known_by(shop: Shop, **contacts: str | None) -> Member:
    """Give the member the sample's phone or address."""
    return change_member(member=shop.member, now=NOW, changes=contacts)


def lines_of(purchase: Purchase) -> list[tuple[str, int, int]]:
    return list(purchase.lines.values_list("kind", "amount_minor", "quantity"))


def test_sallas_order_under_review_waits_and_opens_when_it_is_completed(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2025, 8, 23, 23, 30, tzinfo=UTC))
    is_known_by(shop, phone="0500000000")
    told, body = link(shop, "salla"), sample("salla_order_created", "body")
    news = told.tell(body)
    assert (news.state, news.result, news.order_key) == (NewsState.DONE, results.AWAITED, "2068899826")
    purchase = told.purchase
    assert purchase.occurred_at == datetime(2025, 8, 23, 22, 58, 15, tzinfo=UTC), (
        "Riyadh's clock, without a mark"
    )
    assert (purchase.total_minor, purchase.currency, purchase.channel) == (20_010, "SAR", "online")
    assert lines_of(purchase) == [("goods", 20_010, 1)]
    assert told.balance == (0, 200), "under review: shown apart, not spendable"
    assert PendingAward.objects.get().awaits == "completed"

    clock.shift(timedelta(hours=1))
    done = deepcopy(body) | {
        "event": "order.status.updated",
        "created_at": "Sun Aug 24 2025 03:00:00 GMT+0300",
    }
    done["data"]["status"]["slug"] = "completed"
    assert (
        told.tell({**done, "data": {"id": 2068899826, "status": "x", "order": done["data"]}}).result
        == results.OPENED
    )
    assert told.balance == (200, 0)

    clock.shift(timedelta(hours=1))
    back = deepcopy(done) | {"event": "order.refunded", "created_at": "Sun Aug 24 2025 04:00:00 GMT+0300"}
    back["data"]["payment_actions"]["refund_action"] |= {
        "has_refund_amount": True, "refund_amount": {"amount": 100.05, "currency": "SAR"},
    }  # fmt: skip
    assert told.tell(back).result == results.REFUNDED
    assert told.balance == (100, 0), "200 − (200 − floor(100.05)) = 100"
    assert told.tell(back | {"created_at": "Sun Aug 24 2025 04:00:01 GMT+0300"}).result == results.UNCHANGED

    clock.shift(timedelta(hours=1))
    off = deepcopy(back) | {"event": "order.cancelled", "created_at": "Sun Aug 24 2025 05:00:00 GMT+0300"}
    assert told.tell(off).result == results.REFUNDED
    assert told.balance == (0, 0)
    prove(shop.merchant)


def test_sallas_shipping_and_discount_reach_the_right_lines(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    """Goods 100 + shipping 20, 10 off by a code, VAT on top: 126.50, of which shipping is 23."""
    clock.move_to(datetime(2025, 8, 23, 23, 30, tzinfo=UTC))
    is_known_by(shop, phone="0500000000")
    body = sample("salla_order_created", "body")
    order = body["data"]
    order["amounts"] |= {
        "sub_total": {"amount": 100, "currency": "SAR"}, "shipping_cost": {"amount": 20, "currency": "SAR"},
        "tax": {"percent": "15.00", "amount": {"amount": 16.5, "currency": "SAR"}},
        "discounts": [{"title": "x", "code": "TEN", "discount": "10.00"}],
        "total": {"amount": 126.5, "currency": "SAR"},
    }  # fmt: skip
    order["items"][0]["amounts"]["total"]["amount"] = 115
    told = link(shop, "salla")
    told.tell(body)
    assert lines_of(told.purchase) == [("goods", 10_350, 1), ("shipping", 2_300, 1)]
    assert told.balance == (0, 103), "shipping earns nothing"


def test_shopifys_order_and_its_refund(shop: Shop) -> None:
    trade_in(shop, "USD")
    is_known_by(shop, email="jane@example.com", phone=None)
    told = link(shop, "shopify")
    headers = {"x_shopify_topic": "orders/create", "x_shopify_webhook_id": "d1b1ad13"}
    assert told.tell(sample("shopify_orders_create", "body"), **headers).result == results.EARNED
    purchase = told.purchase
    assert purchase.external_id == "820982911946154508", "beyond 2^53, to the digit"
    assert (purchase.total_minor, purchase.currency) == (14_999, "USD")
    assert ShopOrder.objects.get().lines == ["866550311766439020"]
    assert told.balance == (149, 0)
    refund = sample("shopify_orders_create", "refund_body")
    refund["transactions"][0]["amount"] = "50.00"
    headers = {"x_shopify_topic": "refunds/create", "x_shopify_webhook_id": "another"}
    assert told.tell(refund, **headers).result == results.REFUNDED
    assert told.balance == (99, 0)
    again = told.tell(refund, x_shopify_topic="refunds/create", x_shopify_webhook_id="a third")
    assert again.result == results.UNCHANGED
    prove(shop.merchant)


def test_shopifys_refund_of_a_line_takes_back_that_line(shop: Shop) -> None:
    """RULES 28: lines 60 (with more points) and 40; what comes back is the first."""
    told = link(shop, "shopify")
    order = {
        "id": 1, "currency": "SAR", "financial_status": "paid", "total_price": "120.00",
        "taxes_included": True,
        "phone": "+966501234567", "created_at": "2026-11-15T11:00:00+03:00",
        "updated_at": "2026-11-15T11:00:00+03:00",
        "shipping_lines": [{"price": "20.00"}],
        "line_items": [
            {"id": 11, "title": "A", "quantity": 2, "price": "30.00", "sku": "A"},
            {"id": 12, "title": "B", "quantity": 1, "price": "50.00",
            "discount_allocations": [{"amount": "10.00"}]},
        ],
    }  # fmt: skip
    told.tell(order, x_shopify_topic="orders/create")
    assert lines_of(told.purchase) == [("goods", 6_000, 2), ("goods", 4_000, 1), ("shipping", 2_000, 1)]
    back = {"id": 5, "order_id": 1, "transactions": [{"id": 9, "amount": "60.00", "kind": "refund",
    "status": "success"}],
            "refund_line_items": [{"line_item_id": 11, "quantity": 2, "subtotal": 60.0,
            "total_tax": 7.83}]}  # fmt: skip
    told.tell(back, x_shopify_topic="refunds/create")
    refunded = told.purchase.refunds.get().lines.values_list("line__position", "amount_minor")
    assert list(refunded) == [(1, 6_000)]
    assert told.balance == (40, 0)
    updated = order | {"updated_at": "2026-11-15T11:30:00+03:00", "refunds": [back]}
    assert told.tell(updated, x_shopify_topic="orders/updated").result == results.UNCHANGED, (
        "told twice, once taken"
    )


def test_woocommerces_order(shop: Shop, clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2017, 3, 22, 20, 0, tzinfo=UTC))
    trade_in(shop, "USD")
    is_known_by(shop, email="john.doe@example.com", phone=None)
    told = link(shop, "woocommerce")
    body = sample("woocommerce_order", "body")
    told.tell(body, x_wc_webhook_topic="order.created")
    purchase = told.purchase
    assert purchase.occurred_at == datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC)
    assert (purchase.external_id, purchase.total_minor) == ("727", 2_935)
    assert lines_of(purchase) == [("goods", 645, 2), ("goods", 1_290, 1), ("shipping", 1_000, 1)]
    clock.shift(timedelta(days=1))
    body |= {
        "refunds": [{"id": 726, "reason": "", "total": "-9.35"}],
        "date_modified_gmt": "2017-03-23T19:30:35",
    }
    assert told.tell(body, x_wc_webhook_topic="order.updated").result == results.REFUNDED
    assert told.purchase.refunded_minor == 935
    assert told.tell({"id": 727}, x_wc_webhook_topic="order.deleted").result == results.REFUNDED
    assert told.purchase.refunded_minor == 2_935


def zid_order(**changed: Any) -> dict[str, Any]:
    """The official excerpt, with the goods it leaves out and three years later, in dinars."""
    order: dict[str, Any] = sample("zid_order", "order_official_excerpt")
    return order | {
        "created_at": "2026-07-04 09:12:36", "updated_at": "2026-07-04 09:14:28",
        "order_total": "30.00000000000000", "payment_status": "pending",
        "products": [{"id": "p1", "name": "A", "sku": "Z.1", "quantity": 3, "total": "28.50000000000000"}],
        "payment": {"invoice": [{"code": "shipping", "value": "1.50000000000000"}]},
    } | changed  # fmt: skip


def test_zids_order_is_fetched_again_and_only_that_is_believed(
    shop: Shop, desk: Desk, clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2026, 7, 4, 7, 0, tzinfo=UTC))
    trade_in(shop, "KWD")
    told = link(shop, "zid", api_token="partner manager")
    desk.orders["25304285"] = zid_order()
    lie = zid_order(order_total="999999.000", payment_status="paid")
    news = told.tell({"event": "order.create", "store_id": "251073", "data": lie})
    assert news.result == results.AWAITED
    assert desk.headers[-1]["x-manager-token"] == "manager"
    assert lines_of(told.purchase) == [("goods", 28_500, 3), ("shipping", 1_500, 1)]
    assert told.purchase.occurred_at == datetime(2026, 7, 4, 6, 12, 36, tzinfo=UTC)
    assert Member.objects.get(pk=told.purchase.member_id).phone == "+966501234567"
    desk.orders["25304285"] = zid_order(
        order_status={"code": "delivered", "name": "x"}, updated_at="2026-07-04 09:50:00"
    )
    clock.shift(timedelta(hours=1))
    assert told.tell(zid_order(updated_at="2026-07-04 09:50:00")).result == results.OPENED, "bare, too"


def test_zids_masked_customers_are_nobody(shop: Shop, desk: Desk) -> None:
    trade_in(shop, "KWD")
    told = link(shop, "zid", api_token="partner manager", joins=True)
    hidden = {"id": "9", "name": "J*** D***", "email": "t***@.", "mobile": "***00"}
    desk.orders["1"] = zid_order(id=1, is_marketplace_order=True)
    desk.orders["2"] = zid_order(id=2, customer=hidden)
    members = Member.objects.count()
    assert told.tell({"event": "order.create", "data": {"id": 1}}).result == results.NOBODY
    assert told.tell({"event": "order.create", "data": {"id": 2}}).result == results.UNKNOWN
    assert Member.objects.count() == members
    assert not Purchase.objects.filter(source="zid").exists()


def test_without_a_key_or_an_answer_news_wait_and_are_seen(
    shop: Shop, desk: Desk, clock: time_machine.Traveller
) -> None:
    told = link(shop, "zid")
    news = told.tell({"event": "order.create", "data": {"id": 1}})
    assert (news.state, news.result, news.tries) == (NewsState.WAITING, results.NO_TOKEN, 1)
    told = link(shop, "zid", api_token="partner manager")
    desk.is_down = True
    for _try in range(12):
        clock.shift(timedelta(hours=7))
        work()
    news.refresh_from_db()
    assert (news.state, news.result) == (NewsState.STUCK, results.NO_ANSWER)


def test_foodics_walk_in_is_nobodys_and_a_customer_earns_at_the_branch(
    shop: Shop, desk: Desk, clock: time_machine.Traveller
) -> None:
    clock.move_to(datetime(2026, 5, 19, 18, 0, tzinfo=UTC))
    told = link(shop, "foodics", api_token="token", shop_id="716703")
    branch = Branch.objects.create(merchant=shop.merchant, code="B02", name_ar="الفرع", name_en="Branch 2")
    body = sample("foodics_order_created", "body")
    desk.orders[body["order"]["id"]] = body["order"]
    news = told.tell(body)
    assert (news.state, news.result) == (NewsState.UNCLAIMED, results.NOBODY)
    named = body["order"] | {"customer": {"id": "c", "name": "N", "dial_code": 966, "phone": "501234567"}}
    named["updated_at"] = "2026-05-19 17:50:00"
    desk.orders[named["id"]] = named
    assert told.tell(body | {"order": named}).result == results.EARNED
    purchase = told.purchase
    assert purchase.occurred_at == datetime(2026, 5, 19, 17, 47, 59, tzinfo=UTC), "UTC, without a mark"
    assert lines_of(purchase) == [("goods", 23_000, 4)]
    assert (purchase.branch_id, purchase.channel) == (branch.pk, "store")
    back = deepcopy(named) | {"id": "return-1", "original_order": {"id": named["id"]}, "total_price": 57.5}
    desk.orders["return-1"] = back
    assert told.tell(body | {"order": back}).result == results.REFUNDED
    assert told.balance == (172, 0)
    other = {**body, "business": {"reference": 1}}
    assert told.send(other).status_code == 422


def test_another_currency_is_refused_with_words_and_writes_nothing(shop: Shop) -> None:
    told = link(shop, "shopify")
    is_known_by(shop, email="jane@example.com", phone=None)
    news = told.tell(sample("shopify_orders_create", "body"), x_shopify_topic="orders/create")
    assert (news.state, news.result) == (NewsState.REFUSED, results.CURRENCY)
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("changed", "word"),
    [({"total_price": "9" * 30}, "unreadable_total"), ({"total_price": None}, "unreadable_total"),
     ({"total_price": "1e5"}, "unreadable_total"), ({"total_price": "-5"}, "unreadable_total"),
     ({"total_price": "0.00"}, results.NOTHING), ({"created_at": "2970-01-01T00:00:00Z"}, "in_the_future"),
     ({"created_at": "1970-01-01T00:00:00Z"}, "before_time"), ({"created_at": "yesterday"},
     "unreadable_time"),
     ({"line_items": "x"}, results.EARNED), ({"line_items": [{"price": {}}]}, "unreadable_amount")],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_word(shop: Shop, changed: dict[str, Any], word: str) -> None:
    order = {
        "id": 1, "currency": "SAR", "financial_status": "paid", "total_price": "10.00", "phone": "0501234567",
        "created_at": "2026-11-15T08:00:00Z", "updated_at": "2026-11-15T08:00:00Z", "line_items": [],
    }  # fmt: skip
    assert link(shop, "shopify").tell(order | changed, x_shopify_topic="orders/create").result == word


def test_a_customer_nobody_knows_waits_or_joins_as_the_merchant_chose(shop: Shop) -> None:
    order = {
        "id": 1, "currency": "SAR", "financial_status": "paid", "total_price": "10.00", "phone": "0555555555",
        "email": "new@example.com", "created_at": "2026-11-15T08:00:00Z",
        "updated_at": "2026-11-15T08:00:00Z",
        "line_items": [], "customer": {"id": 3, "first_name": "سارة"},
    }  # fmt: skip
    told = link(shop, "shopify")
    assert told.tell(order, x_shopify_topic="orders/create").state == NewsState.UNCLAIMED
    assert not Member.objects.filter(phone="+966555555555").exists()
    told = link(shop, "shopify", joins=True)
    assert (
        told.tell(order | {"id": 2, "phone": "12"}, x_shopify_topic="orders/create").result == results.UNKNOWN
    )
    assert told.tell(order | {"id": 3}, x_shopify_topic="orders/create").result == results.EARNED
    joined = Member.objects.get(phone="+966555555555")
    assert (joined.given_name, joined.source, joined.external_id) == ("سارة", "shopify", "shopify:3")


def test_an_unclaimed_order_becomes_its_customers_when_they_join(shop: Shop) -> None:
    order = {
        "id": 1, "currency": "SAR", "financial_status": "paid", "total_price": "10.00", "phone": "0555555555",
        "created_at": "2026-11-15T08:00:00Z", "updated_at": "2026-11-15T08:00:00Z", "line_items": [],
    }  # fmt: skip
    told = link(shop, "shopify")
    news = told.tell(order, x_shopify_topic="orders/create")
    assert news.state == NewsState.UNCLAIMED
    member, _new = join(merchant=shop.merchant, now=NOW, source="t", actor="t", phone="0555555555")
    outbox.relay_topic(topics.MEMBER_JOINED, now=NOW)
    work()
    news.refresh_from_db()
    assert news.result == results.EARNED
    assert (told.purchase.member, told.purchase.points) == (member, 10)
    assert not ShopOrder.objects.exclude(phone_hash="").exists()


def test_a_cart_is_an_event_that_rules_may_use(shop: Shop) -> None:
    from ledger.models import Occurrence

    told = link(shop, "salla")
    customer = sample("salla_order_created", "body")["data"]["customer"] | {"mobile": 501234567}
    cart = {"id": 5, "total": {"amount": 99.5, "currency": "SAR"}, "customer": customer,
            "updated_at": {"date": "2026-11-15 11:00:00.000000", "timezone": "Asia/Riyadh"}}  # fmt: skip
    news = told.tell({"event": "abandoned.cart", "merchant": 1, "data": cart})
    assert news.result == results.HAPPENED
    happened = Occurrence.objects.get()
    assert (happened.name, happened.amount_minor, happened.source) == ("cart", 9_950, "salla")
    assert told.tell({"event": "product.updated", "data": {"id": 1}}).state == NewsState.IGNORED


def test_held_days_and_a_review_both_have_to_pass(shop: Shop, clock: time_machine.Traveller) -> None:
    from django.utils import timezone

    from ledger.shops.working import open_due

    shop.version.__class__.objects.filter(pk=shop.version.pk).update(hold="days", hold_days=3)
    order = {
        "id": 1, "currency": "SAR", "financial_status": "pending", "total_price": "10.00",
        "phone": "0501234567",
        "created_at": "2026-11-15T08:00:00Z", "updated_at": "2026-11-15T08:00:00Z", "line_items": [],
    }  # fmt: skip
    told = link(shop, "shopify")
    told.tell(order, x_shopify_topic="orders/create")
    paid = order | {"financial_status": "paid", "updated_at": "2026-11-15T08:30:00Z"}
    assert told.tell(paid, x_shopify_topic="orders/paid").result == results.AWAITED
    assert told.balance == (0, 10)
    clock.shift(timedelta(days=2))
    assert open_due(clock=timezone.now) == 0
    clock.shift(timedelta(days=1))
    assert open_due(clock=timezone.now) == 1
    assert told.balance == (10, 0)
    assert ShopNews.objects.filter(state=NewsState.WAITING).count() == 0
    assert Balance.objects.get(pk=shop.member.pk).pending == 0
    assert json.loads(ShopNews.objects.first().body)["id"] == 1  # type: ignore[union-attr]
