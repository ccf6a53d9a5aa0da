"""What the member's page shows of points that wait (RULES 11), and the QR of who is there (RULES 19)."""

import re

import time_machine

from accounts.presence import token_of
from tests.api.selling import new_terms
from tests.cast import NOW, Shop
from tests.portal.conftest import Buy, Visitor, words


def test_rule_11_the_card_shows_what_waits_apart_and_from_when(
    member: Visitor, shop: Shop, buy: Buy, clock: time_machine.Traveller
) -> None:
    new_terms(shop, hold="days", hold_days=14)
    buy(600_00)
    said = words(member.get())
    assert "Your balance 0 points" in said
    assert "600 points on their way: yours to use from 29 November" in said
    clock.move_to("2026-11-29T00:00:00+03:00")
    said = words(member.get())
    assert "Your balance 600 points, worth 30 SAR" in said
    assert "on their way" not in said


def test_rule_11_the_card_says_for_what_they_wait(member: Visitor, shop: Shop, buy: Buy) -> None:
    new_terms(shop, hold="event")
    buy(600_00)
    assert "600 points on their way: yours to use once your order is delivered" in words(member.get())
    member.post("language/", language="ar")
    assert "في الطريق: متاحة للاستخدام بعد تسليم الطلب" in words(member.get())


def test_rule_19_the_card_for_the_till_changes_every_half_minute_without_a_script(
    member: Visitor, shop: Shop, clock: time_machine.Traveller
) -> None:
    assert member.url("card/") in member.get().content.decode()
    first = member.get("card/").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in first
    assert re.search(r'data-watch="\d+"', first)
    clock.shift(30)
    second = member.get("card/").content.decode()
    assert first[first.index("<path") :] != second[second.index("<path") :]
    assert token_of(shop.member, now=NOW) not in second


def test_rule_19_the_card_is_the_members_own(visitor: Visitor) -> None:
    assert visitor.get("card/").status_code == 302
