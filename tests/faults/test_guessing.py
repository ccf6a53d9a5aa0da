"""Guessing is slow everywhere: codes, scanned pages, keys, one-time codes. The real cache counts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.guessing import CODES, KEYS, PAGES
from accounts.signing_in import MAX_PER_DESTINATION, MAX_TRIES
from tests.api.conftest import Caller
from tests.api.selling import buy, code_for, paid_with
from tests.cast import Cast, Shop
from tests.faults.conftest import everything
from tests.portal import carrier

ARABIC = re.compile(r"[\u0600-\u06ff]")
NONE = "NNNNNNNN"

Guess = Callable[[Caller, str], Any]
GUESSES: dict[str, tuple[Guess, int]] = {
    "look up": (lambda api, _who: api.client.get(f"/api/v1/redemptions/{NONE}"), 404),
    "use": (lambda api, _who: api.send("post", f"redemptions/{NONE}/use", {}, once="k"), 404),
    "cancel": (lambda api, _who: api.send("post", f"redemptions/{NONE}/cancel", {}, once="k"), 404),
    "pay with": (lambda api, who: api.send("post", "purchases", order(who) | paid_with(NONE)), 404),
    "quote with": (lambda api, who: api.send("post", "purchases/quote", bare(who) | paid_with(NONE)), 404),
    "quoted": (lambda api, who: api.send("post", "purchases", order(who) | {"quote": "q" * 20}), 404),
}


def bare(who: str) -> dict[str, Any]:
    return {"member": who, "amount": "40"}


def order(who: str) -> dict[str, Any]:
    return bare(who) | {"order": "N-1"}


@pytest.fixture
def phone(settings: Any) -> list[tuple[str, str]]:
    """What the member's phone receives."""
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    carrier.kept.clear()
    return carrier.kept


@pytest.mark.parametrize("way", GUESSES)
def test_guessed_codes_are_throttled_per_key(
    stage: Cast, shop: Shop, clock: time_machine.Traveller, way: str
) -> None:
    guess, status = GUESSES[way]
    guesser, honest, number = Caller(shop.key("till"), "ar"), Caller(shop.key()), shop.member.number
    buy(honest, "2000", number=number)
    right, before = code_for(honest, number, 500), everything()
    for _guess in range(CODES.most):
        assert guess(guesser, number).status_code == status
    refused = guess(guesser, number)
    told = refused.json()
    assert (refused.status_code, told["code"], told["errors"]) == (429, "too_many", [])
    assert ARABIC.search(told["title"])
    assert 0 < int(refused.headers["Retry-After"]) <= CODES.seconds
    assert guesser.client.get(f"/api/v1/redemptions/{right}").status_code == 429  # luck comes too late
    assert guess(honest, number).status_code == status  # another key is not shut out
    assert everything() == before
    clock.shift(int(refused.headers["Retry-After"]))
    assert guesser.client.get(f"/api/v1/redemptions/{right}").status_code == 200


def test_guessed_pages_are_throttled_per_key(shop: Shop) -> None:
    till, said = Caller(shop.key("till")), {"shown": f"{shop.member.number}.222222222222", "points": 500}
    codes = [till.send("post", "redemptions", said, once=f"k{n}").status_code for n in range(PAGES.most + 1)]
    assert codes == [403] * PAGES.most + [429]


def test_guessed_keys_are_throttled_per_address_and_the_right_one_still_opens(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    def call(key: str, address: str = "192.0.2.1") -> Any:
        client = Client(headers={"authorization": f"Api-Key {key}"})
        return client.get("/api/v1/programme", REMOTE_ADDR=address)

    right = shop.key()
    wrong = (right[:-1] + ("a" if right[-1] != "a" else "b"), "nonsense", "x" * 8 + "." + "y" * 32)
    for number in range(KEYS.most):
        assert call(wrong[number % 3]).status_code == 401
    refused = call(wrong[0])
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert 0 < int(refused.headers["Retry-After"]) <= KEYS.seconds
    assert call(right).status_code == 200
    assert call(wrong[0], "192.0.2.2").status_code == 401
    clock.shift(KEYS.seconds)
    assert call(wrong[0]).status_code == 401


def test_guessed_one_time_codes_end_after_five_tries_and_five_codes(
    shop: Shop, phone: list[tuple[str, str]], clock: time_machine.Traveller
) -> None:
    till, number = Caller(shop.key("till")), shop.member.number
    buy(Caller(shop.key()), "2000", number=number)
    for _code in range(MAX_PER_DESTINATION):
        till.post(f"members/{number}/one-time-codes", {})
        right = phone[-1][1]
        said = {"member": number, "one_time_code": "000000" if right != "000000" else "111111"}
        tries = [till.send("post", "redemptions", said, once="k").json()["code"] for _try in range(MAX_TRIES)]
        assert tries == ["wrong_code"] * MAX_TRIES
        late = till.post("redemptions", said | {"one_time_code": right}, 422, once="k")
        assert (late["code"], late["errors"][0]["field"]) == ("code_over", "/one_time_code")
    refused = till.send("post", f"members/{number}/one-time-codes", {})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert refused.headers["Retry-After"] == "3600"
    clock.shift(3600)
    till.post(f"members/{number}/one-time-codes", {})


@pytest.mark.parametrize(
    ("path", "field", "typed", "limit", "status"),
    [
        ("find/", "q", NONE, CODES, 422),
        ("find/", "q", "{number}.222222222222", PAGES, 422),
        (f"codes/{NONE}/use/", "spare", "T-TESTTEST", CODES, 404),
        ("members/{number}/sale/", "code", NONE, CODES, 422),
        ("members/{number}/quote/", "code", NONE, CODES, 422),
    ],
)
def test_guesses_at_the_till_end_on_a_polite_page(
    cashier: Client, shop: Shop, path: str, field: str, typed: str, limit: Any, status: int
) -> None:
    shop.staff["cashier"].language = "ar"
    shop.staff["cashier"].save()
    address = f"/till/{path.format(number=shop.member.number)}"
    form = {"amount": "10", "order": "", "spare": "T-TESTTEST"} | {
        field: typed.format(number=shop.member.number)
    }
    before = everything()
    for _guess in range(limit.most):
        assert cashier.post(address, form).status_code == status
    refused = cashier.post(address, form)
    assert refused.status_code == 429
    assert "محاولات كثيرة" in refused.content.decode()
    assert everything() == before


def test_guesses_at_the_members_door_end_with_the_code_and_with_the_hour(
    shop: Shop, phone: list[tuple[str, str]]
) -> None:
    visitor, door = Client(headers={"accept-language": "ar"}), "/m/oasis/"
    for _code in range(MAX_PER_DESTINATION):
        visitor.post(f"{door}sign-in/", {"destination": "0501234567"})
        right = phone[-1][1]
        wrong = "000000" if right != "000000" else "111111"
        pages = [visitor.post(f"{door}code/", {"code": wrong}) for _try in range(MAX_TRIES)]
        assert {page.status_code for page in pages} == {422}
        late = visitor.post(f"{door}code/", {"code": right})
        assert late.status_code == 422
        assert not visitor.session.get(f"member:{shop.merchant.pk}")
    refused = visitor.post(f"{door}sign-in/", {"destination": "0501234567"})
    assert refused.status_code == 429
    assert "محاولات كثيرة" in refused.content.decode()
    assert len(phone) == MAX_PER_DESTINATION
