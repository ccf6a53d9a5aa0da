"""What a product page may ask of everybody's programme: points for a price, and nothing about anybody."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.guessing import Limit
from loyalty_site.widget import views
from programs.lifecycle import pause
from tests.api.selling import new_terms
from tests.cast import NOW, Shop


def asked(shop: Shop, **query: str) -> Any:
    return Client().get(f"/w/{shop.merchant.slug}/earn.json", query)


def test_a_price_is_answered_in_both_languages_for_everybody(shop: Shop) -> None:
    answer = asked(shop, price="120.50")
    assert answer.json() == {"points": 120, "ar": "اكسب 120 نقطة", "en": "Earn 120 points"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert asked(shop, price="٣").json()["ar"] == "اكسب 3 نقاط"
    assert asked(shop, price="1").json()["en"] == "Earn 1 point"


def test_who_asks_changes_nothing(shop: Shop) -> None:
    """A member of staff that is signed in gets the same answer, byte by byte."""
    signed_in = Client()
    signed_in.force_login(shop.staff["owner"], backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = signed_in.get(f"/w/{shop.merchant.slug}/earn.json", {"price": "50"})
    assert answer.content == asked(shop, price="50").content


def test_bonuses_are_not_promised(shop: Shop) -> None:
    new_terms(shop, rule={"code": "double", "factor": "2"})
    assert asked(shop, price="100").json()["points"] == 100


@pytest.mark.parametrize("price", ["", "x", "NaN", "-5", "1e5", "9" * 80, "10.001", "\x00", "½"])
def test_a_price_that_is_none_is_refused(shop: Shop, price: str) -> None:
    answer = asked(shop, price=price)
    assert (answer.status_code, answer.json()["field"]) == (422, "price")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_shop_that_is_not_there_and_one_that_is_not_open(shop: Shop) -> None:
    assert Client().get("/w/nowhere/earn.json", {"price": "5"}).status_code == 404
    assert Client().post(f"/w/{shop.merchant.slug}/earn.json").status_code == 405
    pause(programme=shop.version.programme, now=NOW)
    assert asked(shop, price="5").json() == {"points": 0, "ar": "", "en": ""}


def test_questions_are_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "CALLS", Limit("widget", 3, 60))
    answers = [asked(shop, price="5") for _question in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) <= 60


def test_the_page_shows_what_to_paste(shop: Shop, owner: Client) -> None:
    page = owner.get(reverse("admin:widget")).content.decode()
    assert "http://testserver/static/widget/points.js" in page
    assert f"data-shop=&quot;{shop.merchant.slug}&quot;" in page
    assert "data-walaa-price=&quot;120.00&quot;" in page
    assert "Earn 120 points" in page
