"""Whose an order is: a phone, the shop's own number, an address as far as nothing speaks against it."""

from typing import Any

import pytest

from accounts.joining import join
from accounts.models import Member
from ledger.models import Purchase
from ledger.models.shops import NewsState
from ledger.shops import results
from tests.cast import NOW, Shop
from tests.shops.scene import Told, link

NOURA = "noura@oasis.example"


@pytest.fixture
def told(shop: Shop) -> Told:
    return link(shop, "shopify")


def order(number: int = 1, **who: Any) -> dict[str, Any]:
    return {
        "id": number, "currency": "SAR", "financial_status": "paid", "total_price": "10.00",
        "created_at": "2026-11-15T08:00:00Z", "updated_at": "2026-11-15T08:00:00Z", "line_items": [], **who,
    }  # fmt: skip


def tell(told: Told, said: dict[str, Any]) -> Any:
    return told.tell(said, x_shopify_topic="orders/create")


def test_a_gift_is_its_buyers_whoever_opens_the_door(told: Told) -> None:
    join(merchant=told.shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone="0551112222")
    sent_to = {"first_name": "Sara", "phone": "0551112222"}
    gift = order(email=NOURA, billing_address={"first_name": "Noura"}, shipping_address=sent_to)
    assert tell(told, gift).result == results.EARNED
    assert told.purchase.member == told.shop.member


@pytest.mark.parametrize("email", [NOURA, "NOURA@Oasis.example"])
def test_an_address_leads_to_its_one_member(told: Told, email: str) -> None:
    assert tell(told, order(email=email)).result == results.EARNED
    assert told.purchase.member == told.shop.member


def test_with_the_members_own_phone_beside_it_too(told: Told) -> None:
    assert tell(told, order(email=NOURA, phone="0501234567")).result == results.EARNED
    assert told.purchase.member == told.shop.member


def test_a_shared_address_is_not_followed_past_another_phone(told: Told) -> None:
    """Her brother orders with their family's address and a phone of his own."""
    news = tell(told, order(email=NOURA, phone="0559998877"))
    assert (news.state, news.result) == (NewsState.UNCLAIMED, results.UNKNOWN)
    assert not Purchase.objects.exists()
    brother, _new = join(
        merchant=told.shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone="0559998877"
    )
    assert tell(told, order(2, email=NOURA, phone="0559998877")).result == results.EARNED
    assert told.purchase.member == brother


def test_whoever_joins_by_a_shared_address_joins_without_it(told: Told) -> None:
    type(told.link).objects.update(joins=True)
    assert tell(told, order(email=NOURA, phone="0559998877")).result == results.EARNED
    joined = told.purchase.member
    assert (joined.phone, joined.email) == ("+966559998877", "")
    told.shop.member.refresh_from_db()
    assert told.shop.member.email == NOURA


def test_a_shared_address_is_not_followed_past_another_customer_of_the_shop(told: Told) -> None:
    Member.objects.filter(pk=told.shop.member.pk).update(external_id="shopify:77")
    other = order(email=NOURA, customer={"id": 78, "email": NOURA})
    assert tell(told, other).result == results.UNKNOWN
    own = order(2, email="new@oasis.example", customer={"id": 77})
    assert tell(told, own).result == results.EARNED
    assert told.purchase.member == told.shop.member


def test_the_shops_own_number_says_more_than_an_address(told: Told) -> None:
    """The shop knows who signed in there; what is typed into a field at the checkout is only said."""
    sister, _new = join(
        merchant=told.shop.merchant, now=NOW, source="t", actor="t", quiet=True, external_id="shopify:5"
    )
    assert tell(told, order(email=NOURA, customer={"id": 5})).result == results.EARNED
    assert told.purchase.member == sister


def test_an_address_that_was_somebodys_leads_nowhere(told: Told) -> None:
    Member.objects.filter(pk=told.shop.member.pk).update(detached_at=NOW)
    assert tell(told, order(email=NOURA)).result == results.UNKNOWN
    assert not Purchase.objects.exists()


def test_an_address_of_the_neighbours_member_is_nobodys_here(told: Told) -> None:
    assert tell(told, order(email="noura@mirage.example")).result == results.UNKNOWN
