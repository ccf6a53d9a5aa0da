"""The catalogue, gift cards and upgrades through the API: what a shop's server and a till see of them."""

from typing import Any

import pytest
from django.test import Client

from programs.models import Reward
from programs.pictures import cleaned
from tests.api.selling import buy
from tests.cast import Shop
from tests.programs.test_rewards import upload


@pytest.fixture
def number(shop: Shop) -> str:
    """Our member's number."""
    return shop.member.number


def asks(code: str = "surprise", **said: Any) -> None:
    Reward.objects.filter(code=code).update(**said)


def of_catalogue(api: Any, number: str, code: str = "surprise") -> Any:
    return next(one for one in api.get(f"members/{number}/rewards")["results"] if one["code"] == code)


def test_the_catalogue_says_why_not_in_the_callers_language(api: Any, number: str) -> None:
    buy(api, "900", number=number)
    assert of_catalogue(api, number)["why_not"] == {"code": "points_short", "message": "100 points to go"}
    buy(api, "200", number=number)
    assert of_catalogue(api, number)["why_not"] is None
    asks(stock=1, member_limit=5)
    assert of_catalogue(api, number)["left"] == 1
    first = api.post("redemptions", {"member": number, "reward": "surprise"}, once="a")
    asks(stock=1)
    assert of_catalogue(api, number)["why_not"]["code"] == "sold_out"
    refused = api.post("redemptions", {"member": number, "reward": "surprise"}, 422, once="b")
    assert (refused["code"], refused["title"]) == ("reward_unavailable", "Sold out")
    api.post(f"redemptions/{first['code']}/cancel", {}, 200, once="c")
    assert of_catalogue(api, number)["available"] is True


def test_a_picture_has_an_address_that_is_only_a_picture(api: Any, number: str) -> None:
    reward = Reward.objects.filter(code="surprise")[0]
    kept = cleaned(upload())
    name = reward.picture.storage.save(f"rewards/{kept.name}", kept)
    asks(picture=name, picture_alt_ar="مفاجأة", picture_alt_en="A surprise")
    shown = of_catalogue(api, number)["picture"]
    assert shown["alt"] == "A surprise"
    answer = Client().get("/" + shown["url"].split("/", 3)[3])
    assert (answer.status_code, answer["content-type"], answer["x-content-type-options"]) == (
        200,
        "image/webp",
        "nosniff",
    )
    assert "sandbox" in answer["content-security-policy"]
    assert Client().get("/pictures/of-nobody.webp").status_code == 404


def test_a_gift_card_pays_as_a_tender_and_gets_its_money_back(api: Any, till: Any, number: str) -> None:
    said = {"member": number, "amount": "50.00", "why": "sold", "order": "S-1"}
    card = api.post("gift-cards", said, once="card")
    assert (card["balance"], card["last_day"], card["closed_at"]) == ("50.00", None, None)
    assert api.post("gift-cards", said, 201, once="card")["code"] == card["code"]
    tender = {"type": "gift_card", "code": card["code"]}
    got = buy(till, "30", number=number, order="A-1", tenders=[tender])
    used = {"card": card["code"][-4:], "amount": "-30.00", "left": "20.00"}
    assert (got["points"], got["gift_cards"]) == (30, [used])
    assert any("20 SAR" in line or "20.00" in line for line in got["receipt_lines"]["en"])
    assert till.get(f"gift-cards/{card['code']}")["balance"] == "20.00"
    back = api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "15"})
    assert back["gift_cards"][0]["left"] == "35.00"
    assert api.get(f"members/{number}/gift-cards")["results"][0]["balance"] == "35.00"
    assert api.post(f"gift-cards/{card['code']}/cancel", {}, 200, once="end")["balance"] == "0.00"
    assert buy(api, "30", number=number, status=409, tenders=[tender])["code"] == "gift_card_over"


def test_a_reward_becomes_a_card_or_an_upgrade_when_its_code_is_used(api: Any, number: str) -> None:
    buy(api, "2000", number=number)
    asks(kind="gift_card", value_minor=25_00)
    code = api.post("redemptions", {"member": number, "reward": "surprise"}, once="a")
    assert (code["reward_kind"], code["value"], code["gift_card"]) == ("gift_card", "25.00", None)
    used = api.post(f"redemptions/{code['code']}/use", {}, 200, once="b")
    assert api.get(f"gift-cards/{used['gift_card']}")["why"] == "reward"
    asks(kind="upgrade", value_minor=0, feature="premium", lasts_days=30)
    code = api.post("redemptions", {"member": number, "reward": "surprise"}, once="c")
    assert api.get(f"members/{number}/upgrades")["results"] == []
    api.post(f"redemptions/{code['code']}/use", {}, 200, once="d")
    assert [one["opens"] for one in api.get(f"members/{number}/upgrades")["results"]] == ["premium"]
