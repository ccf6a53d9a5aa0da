"""At the till: a friend's code when joining, a check-in, a green action."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Member, Staff
from ledger.models import Occurrence
from programs.models import EarnRule, Programme
from programs.publishing import draft_of, publish
from tests.cast import NOW, Cast, Shop
from tests.till.test_selling import page, spare_of


@pytest.fixture
def rewarding(shop: Shop) -> Shop:
    """The shop gives something for both."""
    draft = draft_of(programme=Programme.objects.get(merchant=shop.merchant))
    for code, points in (("check-in", 10), ("green-action", 5)):
        EarnRule.objects.create(
            version=draft, code=code, name_ar="زيارة", name_en="Visit", kind="fixed", points=points,
            trigger=code,
        )  # fmt: skip
    publish(version=draft, actor="test", effective_from=NOW, now=NOW)
    return shop


def press(client: Client, number: str, what: str, **said: Any) -> Any:
    return client.post(f"/till/members/{number}/{what}/", said, follow=True)


def test_a_friends_code_is_typed_when_joining(shop: Shop, cashier: Client) -> None:
    said = {"phone": "0551112222", "given_name": "Sara", "referral": shop.member.referral_code.lower()}
    assert cashier.post("/till/join/", said).status_code == 302
    assert Member.objects.get(phone="+966551112222").referred_by == shop.member


def test_an_unknown_code_is_refused_at_its_field(shop: Shop, cashier: Client, stage: Cast) -> None:
    for code in ("ZZZZZZZ", stage.rival.member.referral_code):
        refused = cashier.post("/till/join/", {"phone": "0551112222", "referral": code})
        assert refused.status_code == 422
        assert "Nobody has this code" in refused.content.decode()
    assert not Member.objects.filter(phone="+966551112222").exists()


def test_buttons_stand_there_only_where_the_programme_has_something(rewarding: Shop, cashier: Client) -> None:
    shown = page(cashier, f"/till/members/{rewarding.member.number}/")
    assert "/check-in/" in shown
    assert "/green/" in shown


def test_without_rules_there_are_no_buttons(shop: Shop, cashier: Client) -> None:
    shown = page(cashier, f"/till/members/{shop.member.number}/")
    assert "/check-in/" not in shown
    assert "/green/" not in shown


def test_a_check_in_counts_once_a_day_and_a_green_action_once_a_press(
    rewarding: Shop, cashier: Client
) -> None:
    number = rewarding.member.number
    spare = spare_of(page(cashier, f"/till/members/{number}/"))
    assert "Checked in: 10 points." in press(cashier, number, "check-in").content.decode()
    assert "Checked in today already." in press(cashier, number, "check-in").content.decode()
    for _press in range(2):
        assert "Thank you! 5 points." in press(cashier, number, "green", spare=spare).content.decode()
    assert press(cashier, number, "green").status_code == 200
    kept = Occurrence.objects.order_by("id").values_list("name", "points")
    assert list(kept) == [("check-in", 10), ("green-action", 5)]


def test_rule_44_nobody_checks_in_their_own_card(rewarding: Shop, cashier: Client) -> None:
    Staff.objects.filter(user=rewarding.staff["cashier"]).update(phone=rewarding.member.phone)
    for what in ("check-in", "green"):
        assert press(cashier, rewarding.member.number, what, spare="T-BCDFGHJ2").status_code == 403
    assert not Occurrence.objects.exists()


def test_a_rivals_member_is_nobody(rewarding: Shop, cashier: Client, stage: Cast) -> None:
    for what in ("check-in", "green"):
        assert press(cashier, stage.rival.member.number, what, spare="T-BCDFGHJ2").status_code == 404
