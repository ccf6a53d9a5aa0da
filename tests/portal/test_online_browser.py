"""A coupon for the online shop in a real browser: every stage readable, copied by a press, no script."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from ledger.events import RedemptionIssued
from ledger.models import Redemption, ShopCoupon
from ledger.models.shops import CouponState
from ledger.shops.coupons import redeem_for_shop
from tests.cast import Shop
from tests.portal.test_browser import SMALL_TARGETS, WCAG, shop, signed_in
from tests.shops.scene import link

__all__ = ["shop", "signed_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NewPage = Callable[..., Any]
SCREENS = [("ar", 390), ("en", 390), ("ar", 1440), ("en", 1440)]
STAGES: dict[str, dict[str, Any]] = {
    "asked": {},
    "slow": {"tries": 2},
    "ready": {"state": CouponState.MADE, "number": "501"},
    "leaving": {"state": CouponState.MADE, "number": "501", "asked_back_at": timezone.now()},
    "noticed": {"state": CouponState.USED},
}


@pytest.fixture
def coupon(shop: Shop) -> Redemption:
    """A coupon of the member's, wanted at the first of two shops."""
    link(shop, "salla", api_token="opens-salla")
    link(shop, "shopify", api_token="opens-shopify", api_url="https://shop.example")
    now = timezone.now()
    event = RedemptionIssued(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=now, source="portal", key="c",
        actor="test", points=1000,
    )  # fmt: skip
    receipt = redeem_for_shop(event, "salla", now=now)
    ShopCoupon.objects.update(act_at=now + timedelta(days=1))
    return Redemption.objects.get(code=receipt.code)


def bring_to(stage: str) -> None:
    """Let the one coupon stand where a stage says."""
    at_first = {"state": CouponState.WANTED, "number": "", "tries": 0, "asked_back_at": None}
    ShopCoupon.objects.update(**at_first | STAGES[stage])


@pytest.mark.parametrize(("language", "width"), SCREENS)
def test_every_stage_is_readable_and_fits(
    coupon: Redemption, signed_in: NewPage, language: str, width: int
) -> None:
    page, found = signed_in(language, width=width), []
    for stage in (*STAGES, "choosing"):
        path = f"codes/{coupon.pk}/" if stage in STAGES else "rewards/online/"
        if stage in STAGES:
            bring_to(stage)
        page.goto(f"/m/oasis/{path}")
        violations = Axe().run(page, options=WCAG).response["violations"]
        found += [(stage, one["id"]) for one in violations]
        for narrow in (width, 320):
            page.set_viewport_size({"width": narrow, "height": 844})
            overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(overflow) <= 0, (stage, narrow)
        assert not page.evaluate(SMALL_TARGETS), stage
        page.set_viewport_size({"width": width, "height": 844})
    assert not found


def test_the_code_is_copied_by_a_press(coupon: Redemption, signed_in: NewPage) -> None:
    bring_to("ready")
    page = signed_in("en", width=390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/m/oasis/codes/{coupon.pk}/")
    page.click("[data-copy-text]")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == coupon.code


def test_where_copying_is_not_allowed_the_code_is_marked(coupon: Redemption, signed_in: NewPage) -> None:
    bring_to("ready")
    page = signed_in("en", width=390)
    page.goto(f"/m/oasis/codes/{coupon.pk}/")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.click("[data-copy-text]")
    page.wait_for_function("code => getSelection().toString().trim() === code", arg=coupon.code)


def test_the_page_goes_on_by_itself_when_the_coupon_is_there(coupon: Redemption, signed_in: NewPage) -> None:
    page = signed_in("en", width=390)
    page.goto(f"/m/oasis/codes/{coupon.pk}/")
    assert not page.query_selector("#coupon-code")
    bring_to("ready")
    page.wait_for_selector("#coupon-code", timeout=15_000)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_whole_way_works_without_script(coupon: Redemption, signed_in: NewPage, language: str) -> None:
    page = signed_in(language, width=390, java_script_enabled=False)
    page.goto("/m/oasis/rewards/")
    page.click("a[href$='/rewards/online/']")
    page.check("input[value=shopify]", force=True)
    page.check("input[name=points] >> nth=0", force=True)
    page.click("main form button.btn")
    mine = Redemption.objects.latest("pk")
    assert (mine.points, mine.coupon.link.source) == (500, "shopify")
    ShopCoupon.objects.filter(redemption=mine).update(state=CouponState.MADE, number="9", act_at=None)
    page.click(".unscripted a")
    assert page.inner_text("#coupon-code") == mine.code
    assert not page.is_visible("[data-copy-text]")
    page.click(".ticket form button")
    assert ShopCoupon.objects.get(redemption=mine).asked_back_at is not None
