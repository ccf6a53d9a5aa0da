"""RULES 44 at the till: a few points as an apology, within the day's budget, and never to one's own card."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Staff
from ledger.models import Balance, BookSettings, Movement, Purchase
from tests.cast import Cast, Shop
from tests.till.test_selling import page, sale, spare_of, words


def sorry(
    client: Client, number: str, points: Any, reason: str = "Cold coffee", spare: str = "T-SORRY"
) -> Any:
    said = {"points": points, "reason": reason, "spare": spare}
    return client.post(f"/till/members/{number}/apology/", said, follow=True)


def test_rule_44_points_are_given_once_with_a_reason(shop: Shop, cashier: Client) -> None:
    number = shop.member.number
    assert f"/till/members/{number}/apology/" in page(cashier, f"/till/members/{number}/")
    form = page(cashier, f"/till/members/{number}/apology/")
    assert "You may still give 200 points today" in words(form)
    given = sorry(cashier, number, "٥٠", spare=spare_of(form))
    assert "Given: 50 points." in given.content.decode()
    sorry(cashier, number, "50", spare=spare_of(form))  # a second press
    assert Balance.objects.get(member=shop.member).available == 50
    movement = Movement.objects.get()
    assert (movement.actor, movement.why[0]["note"]) == (
        f"staff:{shop.staff['cashier'].pk}", "Cold coffee",
    )  # fmt: skip


def test_rule_44_the_days_budget_is_the_merchants(shop: Shop, cashier: Client) -> None:
    BookSettings.objects.create(merchant=shop.merchant, make_good_daily=80)
    sorry(cashier, shop.member.number, 60, spare="T-1")
    refused = sorry(cashier, shop.member.number, 21, spare="T-2")
    assert refused.status_code == 422
    assert "You may still give 20 points today. For more, ask your manager." in refused.content.decode()
    assert Balance.objects.get(member=shop.member).available == 60


@pytest.mark.parametrize("points", ["", "0", "-5", "x", "1.5", "9" * 30])
def test_what_cannot_be_given_is_refused_at_its_field(points: str, shop: Shop, cashier: Client) -> None:
    refused = sorry(cashier, shop.member.number, points)
    assert refused.status_code == 422
    assert refused.context["form"].errors
    assert sorry(cashier, shop.member.number, 5, reason=" ").status_code == 422
    assert not Movement.objects.exists()


def test_rule_44_nobody_credits_their_own_card_by_apology_or_by_sale(shop: Shop, cashier: Client) -> None:
    Staff.objects.filter(user=shop.staff["cashier"]).update(phone=shop.member.phone)
    number = shop.member.number
    assert "Somebody else must do it" in sorry(cashier, number, 5).content.decode()
    assert "Somebody else must do it" in sale(cashier, number).content.decode()
    assert not Movement.objects.exists()
    assert not Purchase.objects.exists()


def test_a_rivals_member_is_not_there(stage: Cast, cashier: Client) -> None:
    assert sorry(cashier, stage.rival.member.number, 5).status_code == 404
    assert not Movement.objects.exists()
