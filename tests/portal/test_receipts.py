"""A member shows a receipt of a sale without a customer: its points are theirs, once, within the window."""

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import segno
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from ledger.claims.keeping import keep
from ledger.claims.zatca import written
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models import Balance, Purchase, UnclaimedOrder
from ledger.posting import post
from tests.cast import NOW, Shop
from tests.ledger.books import another, prove
from tests.portal.conftest import Visitor, words

VAT = "310122393500003"
SOLD = NOW - timedelta(hours=2)


@pytest.fixture(autouse=True)
def _known(shop: Shop) -> None:
    shop.merchant.vat_number = VAT
    shop.merchant.save()


def sale(shop: Shop, key: str = "R-1", amount_minor: int = 115_00, at: datetime = SOLD) -> PurchaseMade:
    return PurchaseMade(
        merchant_id=shop.merchant.pk,
        member_id=0,
        occurred_at=at,
        source="api",
        key=key,
        actor="key:till",
        lines=(LineItem(amount_minor),),
    )


def sell(shop: Shop, key: str = "R-1", amount_minor: int = 115_00, at: datetime = SOLD) -> UnclaimedOrder:
    return keep(sale(shop, key, amount_minor, at), shop.merchant, now=NOW)[0]


def paper(total: str = "115.00", at: datetime = SOLD, vat_number: str = VAT, seller: str = "Oasis") -> str:
    return written(seller, vat_number, f"{at:%Y-%m-%dT%H:%M:%S}Z", total, "15.00")


def available(visitor: Visitor) -> int:
    return Balance.objects.get(member=visitor.shop.member).available


def photo(text: str) -> SimpleUploadedFile:
    drawn = io.BytesIO()
    segno.make(text, micro=False, error="m").save(drawn, kind="png", scale=6, border=8)
    return SimpleUploadedFile("receipt.png", drawn.getvalue(), "image/png")


def test_a_photo_of_the_receipt_brings_its_points_once(member: Visitor, shop: Shop) -> None:
    order = sell(shop)
    assert "Points from a receipt" in words(member.get("history/"))
    read = member.post("receipt/", photo=photo(paper()))
    assert not Purchase.objects.exists()  # it is shown first, and claimed by the next press
    for line in ("Is this your receipt?", "Shop Oasis", "Day 15 November 2026", "Total 115 SAR"):
        assert line in words(read)
    found = re.search(r'name="text" value="([^"]+)"', read.content.decode())
    assert found
    text = found[1]
    assert member.post("receipt/", text=text).status_code == 302
    assert "Yours now: 115 points." in words(member.get("history/"))
    order.refresh_from_db()
    purchase = Purchase.objects.get()
    assert (purchase.external_id, purchase.occurred_at, purchase.points) == ("R-1", SOLD, 115)
    assert order.member_id == purchase.member_id == shop.member.pk
    assert member.post("receipt/", text=paper()).status_code == 302  # the same again is the same answer
    assert available(member) == 115
    prove(shop.merchant)


def test_a_second_claim_by_anyone_is_refused(member: Visitor, shop: Shop) -> None:
    sell(shop)
    assert member.post("receipt/", text=paper()).status_code == 302
    friend = Visitor(shop)
    another(shop.merchant, "0555555555", language="en")
    friend.enter("0555555555")
    for again in (paper(), paper(seller="Oasis Coffee"), paper(at=SOLD + timedelta(hours=3))):
        answer = friend.post("receipt/", text=again)
        assert answer.status_code == 409
        assert "claimed already" in words(answer)
    assert Purchase.objects.count() == 1


def test_two_like_sales_at_one_time_are_two_receipts(member: Visitor, shop: Shop) -> None:
    """Two coffees at one price, a minute apart: each paper has its own sale, and no third can be had."""
    sell(shop, "R-1"), sell(shop, "R-2", at=SOLD + timedelta(minutes=1))
    for minutes, status in ((1, 302), (0, 302), (2, 409)):
        answer = member.post("receipt/", text=paper(at=SOLD + timedelta(minutes=minutes)))
        assert answer.status_code == status
    assert available(member) == 230
    assert list(Purchase.objects.order_by("id").values_list("external_id", flat=True)) == ["R-2", "R-1"]


def test_a_till_that_prints_its_wall_clock_with_a_z_is_understood(member: Visitor, shop: Shop) -> None:
    sell(shop)
    assert member.post("receipt/", text=paper(at=SOLD + timedelta(hours=3))).status_code == 302


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("https://example.com/", 422, "not the code of a tax receipt"),
        ("", 422, "not the code of a tax receipt"),
        (paper(total="115.01"), 404, "We do not know this receipt"),
        (paper(at=SOLD + timedelta(minutes=4)), 404, "We do not know this receipt"),
        (paper(vat_number="399999999900003"), 404, "We do not know this receipt"),
        (paper(at=NOW - timedelta(days=31)), 422, "too old"),
        (paper(total="115.001"), 422, "not the code of a tax receipt"),
    ],
)
def test_what_cannot_be_claimed_is_refused_in_words(
    member: Visitor, shop: Shop, text: str, status: int, said: str
) -> None:
    sell(shop), sell(shop, "OLD", at=NOW - timedelta(days=31))
    answer = member.post("receipt/", text=text)
    assert answer.status_code == status
    assert said in words(answer)
    assert not Purchase.objects.exists()


def test_no_picture_and_no_code_in_a_picture_are_refused(member: Visitor) -> None:
    broken = SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png")
    assert "PNG, JPEG or WebP" in words(member.post("receipt/", photo=broken))
    assert "not the code" in words(member.post("receipt/", photo=photo("hello")))
    assert "not the code" in words(member.post("receipt/"))


def test_a_photo_of_another_shops_receipt_is_refused_before_it_is_shown(member: Visitor) -> None:
    answer = member.post("receipt/", photo=photo(paper(vat_number="399999999900003")))
    assert answer.status_code == 404
    assert "We do not know this receipt" in words(answer)
    assert "Is this your receipt?" not in words(answer)


def test_who_tries_one_receipt_after_the_other_has_to_wait(member: Visitor) -> None:
    for minute in range(10):
        assert member.post("receipt/", text=paper(at=SOLD - timedelta(minutes=minute))).status_code == 404
    assert member.post("receipt/", text=paper()).status_code == 429


def test_an_order_that_was_told_of_somebody_else_meanwhile_is_theirs(member: Visitor, shop: Shop) -> None:
    order = sell(shop)
    post(replace(sale(shop), member_id=another(shop.merchant, "0555555555").member.pk), now=NOW)
    assert member.post("receipt/", text=paper()).status_code == 409
    order.refresh_from_db()
    assert Purchase.objects.count() == 1


def test_a_sale_that_came_back_and_a_rivals_sale_are_unknown(
    member: Visitor, shop: Shop, rival: Shop, clock: time_machine.Traveller
) -> None:
    UnclaimedOrder.objects.filter(pk=sell(shop).pk).update(cancelled_at=NOW)
    rival.merchant.vat_number = VAT
    rival.merchant.save()
    sell(rival)
    assert member.post("receipt/", text=paper()).status_code == 404


def test_a_shop_without_a_vat_number_has_no_such_page(member: Visitor, shop: Shop) -> None:
    shop.merchant.vat_number = ""
    shop.merchant.save()
    assert member.get("receipt/").status_code == 404
    assert "Points from a receipt" not in words(member.get("history/"))
