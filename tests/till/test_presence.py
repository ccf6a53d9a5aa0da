"""RULES C 19 at the till: found by phone a member is sold to; spending needs their page or a code."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from accounts.presence import token_of
from ledger.models import Redemption
from tests.cast import NOW, Shop
from tests.portal import carrier
from tests.till.test_selling import earn, page, sale, spare_of, words


@pytest.fixture
def number(shop: Shop) -> str:
    earn(shop, 60_000)
    return shop.member.number


@pytest.fixture
def phone(settings: LazySettings) -> list[tuple[str, str]]:
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    carrier.kept.clear()
    return carrier.kept


def find(cashier: Client, text: str) -> Any:
    return cashier.post("/till/find/", {"q": text}, follow=True)


def spend(cashier: Client, number: str, what: str = "points:500") -> Any:
    return cashier.post(f"/till/members/{number}/spend/", {"what": what, "spare": "T-ONEPRESS"}, follow=True)


def test_rule_19_found_by_phone_the_till_sells_and_does_not_spend(
    cashier: Client, shop: Shop, number: str
) -> None:
    html = find(cashier, "0501234567").content.decode()
    assert "Send a code to the customer" in html
    assert 'name="what"' not in html
    refused = words(spend(cashier, number).content.decode())
    assert "Scan the code on the member's page again" in refused.replace("&#x27;", "'")
    assert not Redemption.objects.exists()
    assert sale(cashier, number).status_code == 302


def test_rule_19_a_scanned_page_spends_and_brings_the_code_to_the_sale(
    cashier: Client, shop: Shop, number: str
) -> None:
    html = find(cashier, token_of(shop.member, now=NOW)).content.decode()
    assert 'value="points:500"' in html
    done = spend(cashier, number)
    code = Redemption.objects.get()
    assert (code.source, code.branch, code.points) == ("till", shop.branch, 500)
    assert done.request["QUERY_STRING"] == f"code={code.code}"
    assert f'value="{code.code}"' in done.content.decode()
    spend(cashier, number)
    assert Redemption.objects.count() == 1
    assert sale(cashier, number, code=code.code).status_code == 302
    code.refresh_from_db()
    assert code.state == "used"


def test_rule_19_a_page_scanned_at_one_counter_is_worth_nothing_at_another(
    cashier: Client, sign_in: Callable[[User], Client], shop: Shop, number: str
) -> None:
    shown = token_of(shop.member, now=NOW)
    for _scan in range(2):  # the scanner read it twice
        assert 'value="points:500"' in find(cashier, shown).content.decode()
    other = sign_in(shop.staff["manager"])
    assert "Scan the code on the member" in words(find(other, shown).content.decode())
    assert 'name="what"' not in page(other, f"/till/members/{number}/")


def test_rule_19_a_reward_is_handed_over_at_the_till(cashier: Client, shop: Shop, number: str) -> None:
    find(cashier, token_of(shop.member, now=NOW))
    reward = shop.version.rewards.order_by("points").first()
    assert reward
    html = spend(cashier, number, f"reward:{reward.code}").content.decode()
    assert Redemption.objects.get().reward_code == reward.code
    assert "Hand it over" in html


def test_rule_19_an_old_page_is_refused_in_words(
    cashier: Client, shop: Shop, number: str, clock: Any
) -> None:
    shown = token_of(shop.member, now=NOW)
    clock.shift(61)
    answer = find(cashier, shown)
    assert "Scan the code on the member" in words(answer.content.decode())
    assert 'name="what"' not in page(cashier, f"/till/members/{number}/")


def test_rule_19_being_there_ends_after_ten_minutes_and_is_this_members(
    cashier: Client, shop: Shop, number: str, clock: Any
) -> None:
    find(cashier, token_of(shop.member, now=NOW))
    clock.shift(9 * 60)
    assert 'name="what"' in page(cashier, f"/till/members/{number}/")
    clock.shift(61)
    assert 'name="what"' not in page(cashier, f"/till/members/{number}/")


def test_rule_19_a_one_time_code_read_out_lets_the_till_spend(
    cashier: Client, number: str, phone: list[tuple[str, str]]
) -> None:
    html = cashier.post(f"/till/members/{number}/one-time-code/", follow=True).content.decode()
    assert "A code is on its way to \u2066+966•••••567\u2069." in html
    ((_destination, code),) = phone
    wrong = "000000" if code != "000000" else "111111"
    there = f"/till/members/{number}/there/"
    assert 'name="what"' not in cashier.post(there, {"read_out": wrong}, follow=True).content.decode()
    html = cashier.post(there, {"read_out": code}, follow=True).content.decode()
    assert spare_of(html)
    assert 'name="what"' in html
    assert Redemption.objects.count() == 0
    spend(cashier, number)
    assert Redemption.objects.get().points == 500


def test_rule_19_who_cannot_be_reached_is_said_so(
    cashier: Client, number: str, settings: LazySettings
) -> None:
    settings.PHONE_CODE_CARRIER = ""
    html = cashier.post(f"/till/members/{number}/one-time-code/", follow=True).content.decode()
    assert "No code can be sent to this customer" in html
