"""A gift card at the till: looked up by its code, paying a part; rewards with pictures and reasons."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.presence import token_of
from ledger.events import GiftCardEnded, GiftCardIssued
from ledger.models import GiftCard, Purchase
from ledger.posting import post
from programs.models import Reward
from tests.cast import NOW, Cast, Shop
from tests.till.test_selling import earn, page, quote, sale, words


def card_of(shop: Shop, value_minor: int = 50_00, **said: Any) -> str:
    """A card that the shop sold."""
    event = GiftCardIssued(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=NOW, source="admin", key="card",
        actor="test", value_minor=value_minor, why="sold", order_ref="S-1", **said,
    )  # fmt: skip
    return post(event, now=NOW).code


def left(code: str) -> int:
    return GiftCard.objects.get(code=code).balance_minor


def test_a_card_is_looked_up_by_its_code_and_brought_to_the_sale(cashier: Client, shop: Shop) -> None:
    code = card_of(shop)
    found = cashier.post("/till/find/", {"q": f"{code[:4]} {code[4:8]}-{code[8:]}".lower()})
    assert found.headers["Location"] == f"/till/gift-cards/{code}/"
    shown = page(cashier, f"/till/gift-cards/{code}/")
    assert "50 SAR" in words(shown)
    assert "Ready to pay" in shown
    to_sale = cashier.post("/till/find/", {"q": "0501234567", "gift": code})
    assert to_sale.headers["Location"] == f"/till/members/{shop.member.number}/?gift={code}"
    form = page(cashier, to_sale.headers["Location"])
    assert re.search(rf'name="gift" value="{code}"', form)
    assert '<details class="more" open>' in form


def test_rule_06_a_card_pays_a_part_and_that_part_earns(cashier: Client, shop: Shop) -> None:
    code = card_of(shop)
    quoted = words(quote(cashier, shop.member.number, gift=code, gift_amount="٢٠").content.decode())
    assert "+100 points" in quoted
    assert re.search(r"30 SAR stays on it 20 SAR To collect 80 SAR", quoted)
    assert left(code) == 50_00
    made = sale(cashier, shop.member.number, gift=code, gift_amount="20")
    assert "30 SAR stays on it" in words(page(cashier, made.headers["Location"]))
    sale(cashier, shop.member.number, gift=code, gift_amount="20")
    assert left(code) == 30_00
    sale(cashier, shop.member.number, gift=code, spare="T-THERESTX")
    assert left(code) == 0
    assert "Nothing is left on it" in page(cashier, f"/till/gift-cards/{code}/")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"gift": "NOSUCHCARD22"}, "There is no gift card with this code."),
        ({"gift_amount": "20"}, "Write the code of the gift card."),
        ({"gift": "{code}", "gift_amount": "60"}, "This gift card holds 50.00."),
        ({"gift": "{code}", "gift_amount": "30", "amount": "20"}, "would pay more than is due"),
        ({"gift": "{code}", "gift_amount": "x"}, "errorlist"),
        ({"gift": "{code}", "gift_amount": "-1"}, "errorlist"),
        ({"gift": "\x00"}, "This text cannot be used."),
    ],
)
def test_what_a_card_cannot_pay_is_refused_at_its_field(
    cashier: Client, shop: Shop, said: dict[str, str], told: str
) -> None:
    fields = {name: value.format(code=card_of(shop)) for name, value in said.items()}
    for ask in (quote, sale):
        refused = ask(cashier, shop.member.number, **fields)
        assert refused.status_code == 422
        assert told in refused.content.decode()
        assert '<details class="more" open>' in refused.content.decode()
    assert not Purchase.objects.exists()


def test_a_card_that_is_over_or_anothers_pays_nothing(cashier: Client, stage: Cast) -> None:
    code = card_of(stage.rival)
    assert "no gift card" in sale(cashier, stage.shop.member.number, gift=code).content.decode()
    page(cashier, f"/till/gift-cards/{code}/", 404)
    mine = card_of(stage.shop)
    over = GiftCardEnded(
        merchant_id=stage.shop.merchant.pk, member_id=stage.shop.member.pk, occurred_at=NOW, source="admin",
        key="over", actor="test", code=mine,
    )  # fmt: skip
    post(over, now=NOW)
    assert "run out or was cancelled" in sale(cashier, stage.shop.member.number, gift=mine).content.decode()
    assert "Pay an order with it" not in page(cashier, f"/till/gift-cards/{mine}/")


def test_codes_of_cards_are_not_guessed(cashier: Client, shop: Shop) -> None:
    answers = [cashier.get(f"/till/gift-cards/WRONGCARD{wrong:03}/").status_code for wrong in range(40)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_rewards_are_shown_with_what_is_in_the_way(cashier: Client, shop: Shop) -> None:
    earn(shop, 600_00)
    Reward.objects.filter(version=shop.version).update(points=500)
    shut = Reward.objects.filter(version=shop.version).order_by("pk")[0]
    Reward.objects.filter(pk=shut.pk).update(points=800)
    cashier.post("/till/find/", {"q": token_of(shop.member, now=NOW)})
    html = page(cashier, f"/till/members/{shop.member.number}/")
    assert 'value="points:500" checked' in html
    assert f'value="reward:{shut.code}"' not in html
    assert "200 points to go" in words(html) or "200 more" in words(html)
    tried = {"what": f"reward:{shut.code}", "spare": "T-ONEPRESS"}
    cashier.post(f"/till/members/{shop.member.number}/spend/", tried)
    assert not shop.member.redemptions.exists()
