"""A coupon whose making or taking back broke off half-way: taken up again, or cleaned away; never doubled."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from ledger.models import Redemption, ShopCoupon
from ledger.models.shops import CouponState
from ledger.shops.asking import Api
from ledger.shops.coupons import take_back
from ledger.shops.source import Source, Voucher
from ledger.shops.sources import sources
from tests.cast import Shop
from tests.ledger.books import Books, prove
from tests.shops.shop_server import Desk
from tests.shops.test_coupons import end, linked, make, redeem, rich

__all__ = ["rich"]
pytestmark = pytest.mark.postgres
BETWEEN = r"discount_codes\.json$"
"""The second of Shopify's two calls."""


def test_a_rule_without_its_code_is_taken_up_again(
    shop: Shop, desk: Desk, rich: Books, clock: time_machine.Traveller
) -> None:
    linked(shop, "shopify", desk)
    receipt = redeem(rich, "shopify")
    desk.hangs_up_at = BETWEEN
    for _try in range(3):
        assert make() == 0
        clock.shift(timedelta(minutes=5))
    assert [one["code"] for one in desk.coupons.values()] == [""]
    desk.hangs_up_at = ""
    clock.shift(timedelta(minutes=5))
    assert make() == 1
    (made,) = desk.coupons.values()
    assert (made["code"], made["value"]) == (receipt.code, "-25.00")
    assert ShopCoupon.objects.get().number == str(made["id"])


def test_a_worker_that_died_between_the_two_calls_is_followed(
    shop: Shop, desk: Desk, rich: Books, clock: time_machine.Traveller
) -> None:
    """Nothing was noted of its try: the row looks as if nobody had been at it."""
    linked(shop, "shopify", desk)
    receipt = redeem(rich, "shopify")
    for broken in (BETWEEN, ""):
        desk.hangs_up_at = broken
        desk.hang_up = not broken  # then: both calls done, and the last answer lost
        make()
        ShopCoupon.objects.update(tries=0, act_at=timezone.now())
    desk.hang_up = False
    assert make() == 1
    (made,) = desk.coupons.values()
    assert made["code"] == receipt.code


def test_a_rule_that_was_never_finished_is_cleaned_away(
    shop: Shop, desk: Desk, rich: Books, clock: time_machine.Traveller
) -> None:
    linked(shop, "shopify", desk)
    redeem(rich, "shopify")
    desk.hangs_up_at = BETWEEN
    for _try in range(15):
        make()
        clock.shift(timedelta(minutes=6))
    assert Redemption.objects.get().state == "cancelled"
    assert rich.available == 1_000
    clock.shift(timedelta(hours=2))
    make()
    assert not desk.coupons
    assert ShopCoupon.objects.get().state == CouponState.FAILED


def test_anothers_rule_of_the_same_second_is_left_alone(shop: Shop, desk: Desk, rich: Books) -> None:
    linked(shop, "shopify", desk)
    codes = [redeem(rich, "shopify", key).code for key in ("r1", "r2")]
    assert make() == 2
    assert sorted(one["code"] for one in desk.coupons.values()) == sorted(codes)


def ask_back() -> bool:
    return take_back(ShopCoupon.objects.select_related("redemption").get(), now=timezone.now())


@pytest.mark.parametrize("source", ["salla", "shopify", "woocommerce"])
def test_what_was_used_there_is_not_taken_back(shop: Shop, desk: Desk, rich: Books, source: str) -> None:
    """The order's news are late: the shop itself knows better than we do."""
    linked(shop, source, desk)
    redeem(rich, source)
    make()
    next(iter(desk.coupons.values()))["used"] = 1
    assert ask_back()
    make()
    assert desk.coupons
    assert ShopCoupon.objects.get().state == CouponState.USED
    assert Redemption.objects.get().state == "reserved"
    assert rich.available == 500
    assert not ask_back()


@pytest.mark.parametrize("source", ["salla", "zid", "shopify", "woocommerce"])
def test_points_return_once_the_coupon_is_gone_there(
    shop: Shop, desk: Desk, rich: Books, clock: time_machine.Traveller, source: str
) -> None:
    linked(shop, source, desk)
    redeem(rich, source)
    make()
    assert ask_back()
    assert ask_back(), "asked twice"
    desk.is_down = True
    assert make() == 0
    assert rich.available == 500, "the coupon still works there"
    desk.is_down = False
    clock.shift(timedelta(minutes=5))
    assert make() == 1
    assert not desk.coupons
    assert rich.available == 1_000
    assert ShopCoupon.objects.get().state == CouponState.VOIDED
    prove(shop.merchant)


def test_one_that_was_asked_back_while_it_was_being_made_is_withdrawn(
    shop: Shop, desk: Desk, rich: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(shop, "salla", desk)
    redeem(rich, "salla")
    salla = type(sources()["salla"])
    made = salla.make_coupon

    def meanwhile(source: Source, api: Api, voucher: Voucher) -> str:
        assert ask_back()
        return made(source, api, voucher)

    monkeypatch.setattr(salla, "make_coupon", meanwhile)
    make()
    coupon = ShopCoupon.objects.get()
    assert (coupon.state, rich.available) == (CouponState.WANTED, 500)
    make()
    assert not desk.coupons
    assert rich.available == 1_000


def test_a_coupon_that_is_not_made_yet_is_not_wanted_any_more(shop: Shop, desk: Desk, rich: Books) -> None:
    linked(shop, "salla", desk)
    redeem(rich, "salla")
    desk.is_down = True
    assert ask_back()
    make()
    assert rich.available == 1_000, "nobody can have used it: the shop is not waited for"
    assert Redemption.objects.get().state == "cancelled"


def test_points_and_coupon_are_written_together_or_not_at_all(
    shop: Shop, desk: Desk, rich: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(shop, "salla", desk)
    with monkeypatch.context() as dying:
        dying.setattr(ShopCoupon.objects, "get_or_create", lambda **_said: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            redeem(rich, "salla")
    assert rich.available == 1_000
    assert not Redemption.objects.exists()
    redeem(rich, "salla")
    end(rich, Redemption.objects.get().code, "cancelled")
    prove(shop.merchant)
