"""A member's page of paid membership: what is sold, the trial, paying, the meter, leaving."""

from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from accounts.access import staff_actor
from accounts.models import Staff
from ledger.models import CardCharge, Membership
from ledger.moyasar.keys import save_keys
from programs.publishing import publish
from tests.cast import FOUNDED, NOW, Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.moyasar_server import KEY, Till, serving
from tests.ledger.subscribed import double_for_holders, pay, sell
from tests.portal.conftest import Buy, Visitor, token_of, words


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    shop = open_shop("oasis", "0501234567", live=False)
    sell(shop.version, discount_percent=5, benefits_en="A seat by the window\nNo queue", benefits_ar="مقعد")
    double_for_holders(shop.version)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return shop


@pytest.fixture
def moyasar(shop: Shop, settings: Settings) -> Iterator[Till]:
    """Moyasar, and the shop's keys to it."""
    owner = staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["owner"]))
    save_keys(actor=owner, secret_key=KEY, webhook_secret="a-secret-of-ours", now=NOW)
    with serving() as (till, address):
        settings.MOYASAR_URL = address
        yield till


def test_what_is_sold_stands_on_the_page_and_on_the_terms(member: Visitor) -> None:
    assert "Membership" in words(member.get())
    said = words(member.get("plan/"))
    for part in ("Plus", "29.00 SAR a month", "5% off every order", "A seat by the window", "No queue"):
        assert part in said
    assert "Try it free for 14 days" in said
    assert "You pay for it at the till." in said
    assert "Plus: 29.00 SAR a month" in words(member.get("terms/"))


def test_a_trial_begins_once_however_often_it_is_pressed(member: Visitor) -> None:
    token = token_of(member.get("plan/"))
    for _press in range(2):
        assert member.post("plan/plus/trial/", token=token).status_code == 302
    assert Membership.objects.get().state == "trial"
    assert "Your free trial lasts until" in words(member.get("plan/"))
    refused = member.post("plan/plus/trial/", token="0" * 32)
    assert refused.status_code == 409


def test_the_meter_and_a_goodbye_in_plain_words(member: Visitor, buy: Buy, shop: Shop) -> None:
    pay(Books(shop.member, NOW))
    buy(1000_00)
    said = words(member.get("plan/"))
    assert "You paid 29 SAR" in said
    assert "You saved 50 SAR" in said
    assert "1,000 points extra, worth 50 SAR" in said
    assert "It has given you 21 SAR more than it cost." in said
    assert "You keep your benefits until" in said
    member.post("plan/cancel/", token=token_of(member.get("plan/")))
    said = words(member.get("plan/"))
    assert "Cancelled: you keep everything until" in said
    assert "Cancel my membership" not in said
    assert member.post("plan/cancel/", token="0" * 32).status_code == 302, "asked again, it stays so"


def test_paying_leads_to_moyasars_page_and_twice_to_the_same(member: Visitor, moyasar: Till) -> None:
    first = member.post("plan/plus/pay/")
    assert first.headers["location"].startswith("https://checkout.moyasar.com/invoices/")
    assert member.post("plan/plus/pay/").headers["location"] == first.headers["location"]
    assert CardCharge.objects.count() == 1


def test_moyasar_being_down_is_said_and_nothing_is_lost(member: Visitor, moyasar: Till) -> None:
    moyasar.is_down = True
    refused = member.post("plan/plus/pay/")
    assert refused.status_code == 409
    assert "Paying by card does not work right now" in words(refused)
    assert not CardCharge.objects.exists()


@pytest.mark.parametrize(
    ("path", "status"), [("plan/nothing/trial/", 404), ("plan/nothing/pay/", 404), ("plan/cancel/", 409)]
)
def test_what_is_not_there_is_refused(member: Visitor, path: str, status: int) -> None:
    refused = member.post(path, token="0" * 32)
    assert refused.status_code == status
    assert (status == 404) or 'role="alert"' in refused.content.decode()


def test_the_page_is_for_members_and_actions_are_pressed(visitor: Visitor, member: Visitor) -> None:
    assert Visitor(visitor.shop).get("plan/").headers["location"].endswith("/sign-in/")
    assert member.get("plan/cancel/").status_code == 405
    assert member.get("plan/plus/pay/").status_code == 405
