"""Points spent at a shop's own checkout: a coupon there, its use, and its end."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import WalaaError
from ledger.bulk.codes import expire_redemptions
from ledger.events import RedemptionClosed, RedemptionIssued
from ledger.models import Redemption, ShopCoupon
from ledger.models.shops import CouponState
from ledger.posting import post
from ledger.receipt import Receipt
from ledger.shops import results
from ledger.shops.coupons import redeem_for_shop, work_coupons
from ledger.shops.errors import NoSuchShop
from tests.api.conftest import Caller
from tests.cast import Shop
from tests.ledger.books import Books, another, prove
from tests.shops.scene import Told, link
from tests.shops.shop_server import Desk
from tests.shops.test_pulling import shopify_order, woo_order

SHOPS = ("salla", "zid", "shopify", "woocommerce")


@pytest.fixture
def rich(shop: Shop) -> Books:
    """The member, with 1,000 points."""
    books = Books(shop.member, timezone.now())
    books.earn(1_000)
    return books


def linked(shop: Shop, source: str, desk: Desk) -> Told:
    return link(shop, source, api_token="partner manager", api_url=desk.address)


def redeem(books: Books, source: str, key: str = "r1", points: int = 500) -> Receipt:
    event = RedemptionIssued(**books.said("issue", key, timezone.now()), points=points)
    return redeem_for_shop(event, source, now=timezone.now())


def make() -> int:
    return work_coupons(clock=timezone.now)


def end(books: Books, code: str, outcome: str) -> None:
    said = books.said("close", None, timezone.now())
    post(RedemptionClosed(**said, code=code, outcome=outcome), now=timezone.now())


@pytest.mark.parametrize("source", SHOPS)
def test_a_coupon_is_made_there_once_and_taken_back_when_it_is_cancelled(
    shop: Shop, desk: Desk, rich: Books, source: str
) -> None:
    linked(shop, source, desk)
    receipt = redeem(rich, source)
    assert redeem(rich, source).code == receipt.code, "asked twice"
    assert make() == 1
    made = next(iter(desk.coupons.values()))
    assert made["code"] == receipt.code
    assert "25.00" in str(made)
    assert ShopCoupon.objects.get().state == CouponState.MADE
    assert make() == 0
    end(rich, receipt.code, "cancelled")
    assert make() == 1
    assert not desk.coupons
    assert ShopCoupon.objects.get().state == CouponState.VOIDED
    assert rich.available == 1_000
    prove(shop.merchant)


@pytest.mark.parametrize("source", SHOPS)
def test_an_answer_that_was_lost_makes_no_second_coupon(
    shop: Shop, desk: Desk, rich: Books, clock: time_machine.Traveller, source: str
) -> None:
    linked(shop, source, desk)
    redeem(rich, source)
    desk.hang_up = True
    assert make() == 0
    desk.hang_up = False
    clock.shift(timedelta(minutes=5))
    assert make() == 1
    assert len(desk.coupons) == 1
    assert ShopCoupon.objects.get().state == CouponState.MADE


def test_what_cannot_be_made_in_time_is_cancelled_and_the_points_return(
    shop: Shop, desk: Desk, rich: Books, clock: time_machine.Traveller
) -> None:
    linked(shop, "salla", desk)
    redeem(rich, "salla")
    desk.is_down = True
    for _try in range(20):
        make()
        clock.shift(timedelta(minutes=6))
    assert Redemption.objects.get().state == "cancelled"
    assert rich.available == 1_000
    desk.is_down = False
    clock.shift(timedelta(hours=3))
    make()
    assert ShopCoupon.objects.get().state == CouponState.FAILED
    assert not desk.coupons


def test_codes_that_ran_out_or_were_used_at_a_till_are_taken_back(
    shop: Shop, desk: Desk, rich: Books, clock: time_machine.Traveller
) -> None:
    linked(shop, "woocommerce", desk)
    first, second = redeem(rich, "woocommerce", "r1"), redeem(rich, "woocommerce", "r2")
    assert first.code != second.code
    make()
    assert len(desk.coupons) == 2
    end(rich, first.code, "used")
    make()
    assert [one["code"] for one in desk.coupons.values()] == [second.code]
    clock.shift(timedelta(days=8))
    expire_redemptions(now=timezone.now())
    make()
    assert not desk.coupons
    assert rich.available == 500


def test_its_use_comes_back_with_the_order(shop: Shop, desk: Desk, rich: Books) -> None:
    """RULES 6: 25 of 100 paid with points: 75 points; sent back whole, everything is as before."""
    told = linked(shop, "shopify", desk)
    receipt = redeem(rich, "shopify")
    make()
    order = shopify_order(7) | {
        "total_price": "75.00",
        "discount_codes": [{"code": receipt.code, "amount": "25.00"}],
    }
    assert told.tell(order, x_shopify_topic="orders/create").result == results.EARNED
    purchase = told.purchase
    assert (purchase.total_minor, purchase.points_paid_minor, purchase.points) == (10_000, 2_500, 75)
    used = Redemption.objects.get()
    assert (used.state, used.purchase_id, used.order_ref) == ("used", purchase.pk, "7")
    assert ShopCoupon.objects.get().state == CouponState.USED
    assert make() == 0, "what was used there is not taken back"
    assert rich.available == 575
    back = order | {"financial_status": "refunded", "updated_at": "2026-11-15T08:30:00Z"}
    told.tell(back, x_shopify_topic="orders/updated", x_shopify_webhook_id="2")
    assert rich.available == 1_000
    prove(shop.merchant)


def test_a_coupon_names_a_customer_nobody_knows(shop: Shop, desk: Desk, rich: Books) -> None:
    told = linked(shop, "woocommerce", desk)
    receipt = redeem(rich, "woocommerce")
    make()
    order = woo_order(8) | {
        "billing": {},
        "coupon_lines": [{"code": receipt.code.lower(), "discount": "25.00"}],
    }
    told.tell(order, x_wc_webhook_topic="order.created")
    assert told.purchase.member == rich.member
    assert Redemption.objects.get().state == "used"


def test_somebody_elses_coupon_spends_its_owners_points(shop: Shop, desk: Desk, rich: Books) -> None:
    told, other = linked(shop, "shopify", desk), another(shop.merchant, "0551234567")
    receipt = redeem(rich, "shopify")
    order = shopify_order(9) | {
        "phone": "0551234567",
        "total_price": "75.00",
        "discount_codes": [{"code": receipt.code}],
    }
    told.tell(order, x_shopify_topic="orders/create")
    assert told.purchase.member == other.member
    assert (told.purchase.total_minor, told.purchase.points) == (7_500, 75)
    assert Redemption.objects.get().state == "used"
    assert rich.available == 500


def test_only_a_linked_shop_that_takes_coupons(shop: Shop, desk: Desk, rich: Books) -> None:
    linked(shop, "foodics", desk)
    link(shop, "salla")
    for source in ("foodics", "salla", "zid", "nobody"):
        with pytest.raises(NoSuchShop):
            redeem(rich, source)
    linked(shop, "zid", desk)
    with pytest.raises(WalaaError):
        redeem(rich, "zid", points=5_000)
    assert not Redemption.objects.exists()
    assert not ShopCoupon.objects.exists()
    assert rich.available == 1_000


def test_a_shop_asks_for_a_coupon_through_the_api(shop: Shop, desk: Desk, rich: Books) -> None:
    linked(shop, "salla", desk)
    api, said = Caller(shop.key()), {"member": rich.member.number, "points": 500, "for_shop": "salla"}
    code = api.post("redemptions", said, once="k1")["code"]
    ShopCoupon.objects.all().delete()  # a server that died in between
    assert api.post("redemptions", said, once="k1")["code"] == code
    make()
    assert [one["code"] for one in desk.coupons.values()] == [code]
    for wrong in ({"for_shop": "foodics"}, {"for_shop": "nobody"}, {"for_shop": "salla", "reward": "x"}):
        api.post("redemptions", {"member": rich.member.number, **wrong}, 422, once="k2")
