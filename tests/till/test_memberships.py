"""Selling a membership at the till: the fee is recorded once."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Staff
from ledger.models import Membership, MembershipPayment
from programs.publishing import publish
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.subscribed import sell
from tests.till.test_selling import page, spare_of


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    shop = open_shop("oasis", "0501234567", live=False)
    sell(shop.version)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return shop


@pytest.fixture
def at(shop: Shop) -> str:
    return f"/till/members/{shop.member.number}/membership/"


def fee(client: Client, at: str, spare: str = "T-FEE", **said: Any) -> Any:
    return client.post(at, {"plan": "plus", "method": "cash", "spare": spare} | said, follow=True)


def test_a_fee_is_recorded_once_and_the_member_is_told_until_when(
    shop: Shop, at: str, cashier: Client
) -> None:
    assert at in page(cashier, f"/till/members/{shop.member.number}/")
    form = page(cashier, at)
    assert "Plus: 29.00 SAR a month" in form
    done = fee(cashier, at, spare_of(form))
    assert "The membership is paid until" in done.content.decode()
    fee(cashier, at, spare_of(form))
    payment = MembershipPayment.objects.get()
    assert (payment.amount_minor, payment.method, payment.source) == (2900, "cash", "till")
    assert payment.actor == f"staff:{shop.staff['cashier'].pk}"
    assert "Another fee adds a period to it." in page(cashier, at)


@pytest.mark.parametrize("said", [{"plan": "gold"}, {"plan": ""}, {"method": "online"}, {"spare": ""}])
def test_what_cannot_be_sold_is_refused(at: str, cashier: Client, said: dict[str, str]) -> None:
    assert fee(cashier, at, **({"spare": "T-1"} | said)).status_code == 422
    assert not Membership.objects.exists()


def test_nobody_sells_to_their_own_card(shop: Shop, at: str, cashier: Client) -> None:
    Staff.objects.filter(user=shop.staff["cashier"]).update(phone=shop.member.phone)
    assert "Somebody else must do it" in fee(cashier, at).content.decode()
    assert not Membership.objects.exists()
