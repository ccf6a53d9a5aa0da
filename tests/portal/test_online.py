"""Points used at the online shop, from a phone: a coupon there, its use, its end, and a shop that is away."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.joining import join
from accounts.models import Member
from ledger.bulk.codes import expire_redemptions
from ledger.models import Balance, Redemption, ShopCoupon
from ledger.shops.coupons import MOST_A_DAY, work_coupons
from tests.cast import NOW, Shop
from tests.portal.conftest import Buy, Visitor, token_of, words
from tests.shops.conftest import desk
from tests.shops.scene import Told, link
from tests.shops.shop_server import Desk
from tests.shops.test_pulling import shopify_order

__all__ = ["desk"]
pytestmark = pytest.mark.postgres
PAGE = "rewards/online/"


@pytest.fixture
def salla(shop: Shop, desk: Desk) -> Told:
    return link(shop, "salla", api_token="opens-salla")


@pytest.fixture
def rich(member: Visitor, buy: Buy, salla: Told) -> Visitor:
    """The member, with 1,240 points and a shop that takes coupons."""
    buy(1240_00)
    return member


def available(visitor: Visitor) -> int:
    return Balance.objects.get(member=visitor.shop.member).available


def ask(visitor: Visitor, points: object = 500, shop: str = "salla", token: str = "") -> str:
    """Get a coupon; returns the path of its page, or the status of a refusal."""
    token = token or token_of(visitor.get(PAGE))
    answer = visitor.post(PAGE, token=token, points=points, shop=shop)
    place = answer.headers.get("location", "")
    return place.removeprefix(visitor.url()) if place else str(answer.status_code)


def make() -> int:
    return work_coupons(clock=timezone.now)


def cancel(visitor: Visitor, path: str) -> None:
    visitor.post(f"{path}cancel/", token=token_of(visitor.get(path)))


def test_points_become_a_coupon_of_the_shop(rich: Visitor, desk: Desk) -> None:
    page = words(rich.get(PAGE))
    assert "our shop on Salla" in page
    assert "25 SAR off" in page
    path = ask(rich)
    code = Redemption.objects.get().code
    waiting = rich.get(path)
    assert "Your coupon is being made" in words(waiting)
    assert code not in waiting.content.decode(), "it does not work there yet"
    assert make() == 1
    ready = words(rich.get(path))
    assert code in ready
    assert "Valid until 21 November, 12:00 PM" in ready
    assert "Smallest order 25 SAR" in ready
    (made,) = desk.coupons.values()
    assert (made["code"], made["amount"], made["minimum_amount"]) == (code, "25.00", "25.00")
    assert "your coupon for our shop on Salla" in words(rich.get())
    assert available(rich) == 740


def test_it_is_offered_where_points_are_spent_and_stands_in_the_history(rich: Visitor) -> None:
    for path in ("", "rewards/", "rewards/points/"):
        assert f'href="{rich.url(PAGE)}"' in rich.get(path).content.decode(), path
    ask(rich)
    history = words(rich.get("history/"))
    assert "Redeemed for 25.00 SAR off · our shop on Salla" in history


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", {}),
        ("foodics", {"api_token": "x"}),
        ("salla", {"api_token": ""}),
        ("salla", {"api_token": "x", "is_on": False}),
    ],
)
def test_without_a_shop_that_takes_coupons_there_is_no_such_page(
    member: Visitor, buy: Buy, shop: Shop, source: str, said: dict[str, object]
) -> None:
    buy(1240_00)
    if source:
        link(shop, source, **said)
    assert member.get(PAGE).status_code == 404
    assert member.post(PAGE, token="0" * 32, points=500, shop="salla").status_code == 404
    for path in ("", "rewards/", "rewards/points/"):
        assert PAGE not in member.get(path).content.decode()
    assert not Redemption.objects.exists()


def test_the_shop_is_chosen_where_there_are_two(rich: Visitor, desk: Desk, shop: Shop) -> None:
    link(shop, "shopify", api_token="opens-shopify", api_url=desk.address)
    page = rich.get(PAGE).content.decode()
    assert re.findall(r'name="shop" value="(\w+)"', page) == ["salla", "shopify"]
    ask(rich, shop="shopify")
    assert ShopCoupon.objects.get().link.source == "shopify"
    for wrong in ("zid", "foodics", "", "x" * 30):
        answer = rich.post(PAGE, token=token_of(rich.get(PAGE)), points=500, shop=wrong)
        assert answer.status_code == 422
        assert "takes no coupons" in words(answer)
    assert ShopCoupon.objects.count() == 1


@pytest.mark.parametrize("points", ["499", "501", "1500", "-500", "0", "", "x", "٩٩٩٩٩٩٩٩٩٩٩٩"])
def test_rule_16_only_whole_blocks_in_hand(rich: Visitor, points: str) -> None:
    assert ask(rich, points) in {"409", "422"}
    assert not Redemption.objects.exists()
    assert available(rich) == 1240


def test_rule_16_too_few_points_are_told_how_many_are_missing(member: Visitor, buy: Buy, salla: Told) -> None:
    buy(499_00)
    page = member.get(PAGE)
    assert "1 point to go" in words(page)
    assert 'name="token"' not in page.content.decode()
    assert ask(member, 500, token="0" * 32) == "409"


def test_rule_17_the_programmes_cap_bounds_the_coupon(rich: Visitor) -> None:
    version = rich.shop.version
    type(version).objects.filter(pk=version.pk).update(max_redeem_minor=25_00)
    from programs.queries import forget_terms

    forget_terms()
    assert re.findall(r'name="points" value="(\d+)"', rich.get(PAGE).content.decode()) == ["500"]
    assert ask(rich, 1000) == "422"


def test_pressing_twice_is_one_coupon_whatever_happened_in_between(rich: Visitor, desk: Desk) -> None:
    token = token_of(rich.get(PAGE))
    places = {ask(rich, token=token) for _press in range(3)}
    ShopCoupon.objects.all().delete()  # as if the server had died before it was noted
    places.add(ask(rich, token=token))
    assert len(places) == 1
    assert make() == 1
    assert make() == 0
    assert len(desk.coupons) == 1
    assert (Redemption.objects.count(), available(rich)) == (1, 740)
    assert ask(rich, 1000, token=token) == "409"
    for wrong in ("", "x", "Z" * 32):
        answer = rich.post(PAGE, token=wrong, points=500, shop="salla")
        assert answer.status_code == 422


def test_a_server_that_dies_half_way_has_written_nothing(
    rich: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(rich.get(PAGE))
    with monkeypatch.context() as dying:
        dying.setattr(ShopCoupon.objects, "get_or_create", lambda **_said: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ask(rich, token=token)
    assert (Redemption.objects.count(), available(rich)) == (0, 1240)
    assert ask(rich, token=token).startswith("codes/")


def test_an_answer_of_the_shop_that_was_lost_is_looked_for(
    rich: Visitor, desk: Desk, clock: time_machine.Traveller
) -> None:
    path = ask(rich)
    desk.hang_up = True
    make()
    assert "The shop is not answering right now" in words(rich.get(path))
    desk.hang_up = False
    clock.shift(timedelta(minutes=5))
    make()
    assert Redemption.objects.get().code in words(rich.get(path))
    assert len(desk.coupons) == 1


def test_a_shop_that_stays_away_costs_nobody_points(
    rich: Visitor, desk: Desk, clock: time_machine.Traveller
) -> None:
    path = ask(rich)
    desk.is_down = True
    make()
    Member.objects.filter(pk=rich.shop.member.pk).update(language="ar")
    told = rich.get(path)
    assert "المتجر لا يردّ الآن" in words(told)
    assert Redemption.objects.get().code not in told.content.decode()
    for _try in range(6):
        clock.shift(timedelta(minutes=10))
        make()
    assert "لم يردّ المتجر" in words(rich.get(path)), "to the minute that was named"
    assert available(rich) == 1240
    assert not desk.coupons


def test_cancelling_takes_the_coupon_back_before_the_points_return(
    rich: Visitor, desk: Desk, clock: time_machine.Traveller
) -> None:
    """Whoever copied the code cannot use it once the points are back."""
    path = ask(rich)
    make()
    token = token_of(rich.get(path))
    desk.is_down = True
    for _press in range(2):
        rich.post(f"{path}cancel/", token=token)
    make()
    assert "The coupon is being taken back" in words(rich.get(path))
    assert (available(rich), len(desk.coupons)) == (740, 1)
    desk.is_down = False
    clock.shift(timedelta(minutes=3))
    make()
    assert "Cancelled" in words(rich.get(path))
    assert (available(rich), len(desk.coupons)) == (1240, 0)
    rich.post(f"{path}cancel/", token="1" * 32)
    assert available(rich) == 1240


def test_a_coupon_that_was_used_cannot_be_cancelled(rich: Visitor, desk: Desk) -> None:
    path = ask(rich)
    make()
    next(iter(desk.coupons.values()))["used"] = 1
    cancel(rich, path)
    make()
    assert "Used. Enjoy!" in words(rich.get(path))
    assert available(rich) == 740


def test_its_use_is_told_with_the_order(rich: Visitor, desk: Desk, shop: Shop) -> None:
    there = link(shop, "shopify", api_token="opens-shopify", api_url=desk.address)
    path = ask(rich, shop="shopify")
    make()
    code = Redemption.objects.get().code
    order = shopify_order(7) | {"total_price": "75.00", "discount_codes": [{"code": code}]}
    there.tell(order, x_shopify_topic="orders/create")
    page = rich.get(path)
    assert "Used. Enjoy! today, 12:00 PM · Order 7".lower() in words(page).lower()
    assert "cancel/" not in page.content.decode()
    assert available(rich) == 740 + 75


def test_a_coupon_that_ran_out_gives_its_points_back(rich: Visitor, clock: time_machine.Traveller) -> None:
    path = ask(rich)
    make()
    clock.shift(timedelta(days=6))
    page = words(rich.get(path))
    assert "This coupon has run out" in page
    assert Redemption.objects.get().code not in page
    clock.shift(timedelta(days=1))
    expire_redemptions(now=timezone.now())
    assert "return to your card" in words(rich.get(path))
    assert available(rich) == 1240


def test_many_a_day_are_too_many(rich: Visitor, buy: Buy, clock: time_machine.Traveller) -> None:
    buy(500_00 * MOST_A_DAY)
    for place in range(MOST_A_DAY):
        assert ask(rich, token=f"{place:032x}").startswith("codes/")
    answer = rich.post(PAGE, token="f" * 32, points=500, shop="salla")
    assert answer.status_code == 429
    assert "enough coupons for today" in words(answer)
    assert ask(rich, token=f"{0:032x}").startswith("codes/"), "one that was had already"
    clock.shift(timedelta(days=1))
    assert ask(rich, token="e" * 32).startswith("codes/")


def test_nobody_elses_coupon_opens_and_no_ones_shop_serves_another(
    rich: Visitor, rival: Shop, desk: Desk
) -> None:
    path = ask(rich)
    make()
    other, _new = join(merchant=rich.shop.merchant, now=NOW, source="t", actor="x", phone="0551112223")
    beside, thief = Visitor(rich.shop), Visitor(rival)
    beside.enter("0551112223")
    thief.enter("0507654321")
    for who in (beside, thief):
        assert who.member_id in {other.pk, rival.member.pk}
        assert who.get(path).status_code == 404
        assert who.post(f"{path}cancel/", token="a" * 32).status_code == 404
    assert thief.get(PAGE).status_code == 404
    assert Client().get(rich.url(PAGE)).status_code == 302
    assert ShopCoupon.objects.get().asked_back_at is None


def test_how_much_is_asked_does_not_grow(
    rich: Visitor, django_assert_max_num_queries: object, buy: Buy
) -> None:
    for path in (PAGE, "", "rewards/", ask(rich)):
        with django_assert_max_num_queries(25):  # type: ignore[operator]
            rich.get(path)
    buy(5000_00)
    for place in range(6):
        ask(rich, token=f"{place:032x}")
    for path in ("", "rewards/", "history/"):
        with django_assert_max_num_queries(25):  # type: ignore[operator]
            rich.get(path)
