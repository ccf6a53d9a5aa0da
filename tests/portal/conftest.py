"""A shop that is open, its member's browser, and pages read as a person would."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from itertools import count
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.models import Member
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.posting import post
from ledger.receipt import Receipt
from tests.cast import NOW, Shop, open_shop
from tests.portal import carrier


@pytest.fixture(autouse=True)
def _codes(settings: Settings) -> None:
    carrier.kept.clear()
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    return


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    return open_shop("oasis", "0501234567")


@pytest.fixture
def rival(db: None, clock: time_machine.Traveller) -> Shop:
    return open_shop("mirage", "0507654321")


@dataclass
class Visitor:
    """A browser at one shop: `get` and `post` take the path behind /m/<slug>/."""

    shop: Shop
    client: Client = field(default_factory=lambda: Client(headers={"accept-language": "en"}))

    def get(self, path: str = "", **query: str) -> HttpResponse:
        return self.client.get(self.url(path), query)  # type: ignore[return-value]

    def post(self, path: str, **data: Any) -> HttpResponse:
        return self.client.post(self.url(path), data)  # type: ignore[return-value]

    def url(self, path: str = "") -> str:
        return f"/m/{self.shop.merchant.slug}/{path}"

    def ask(self, destination: str, **data: str) -> HttpResponse:
        return self.post("sign-in/", destination=destination, **data)

    def enter(self, destination: str = "0501234567") -> HttpResponse:
        """Come in by a phone's code."""
        self.ask(destination)
        answer = self.post("code/", code=carrier.kept[-1][1])
        if answer.headers.get("location", "").endswith("/is-this-you/"):  # not heard of for months
            answer = self.post("is-this-you/", answer="yes")
        return answer

    @property
    def is_inside(self) -> bool:
        """Whether anybody is signed in here."""
        return self.member_id is not None

    @property
    def member_id(self) -> int | None:
        """Who the session remembers here."""
        return self.client.session.get(f"member:{self.shop.merchant.pk}")


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    return Visitor(shop)


@pytest.fixture
def member(visitor: Visitor) -> Visitor:
    """The shop's member, signed in, reading English."""
    Member.objects.filter(pk=visitor.shop.member.pk).update(language="en")
    visitor.enter()
    assert visitor.member_id == visitor.shop.member.pk
    return visitor


Buy = Callable[..., Receipt]


@pytest.fixture
def buy(shop: Shop) -> Buy:
    """Pay an order at the shop: `buy(12_50, days_ago=3)`."""
    orders = count(1)

    def pay(
        amount_minor: int, *, days_ago: float = 0, at: datetime = NOW, who: Member | None = None
    ) -> Receipt:
        when = at - timedelta(days=days_ago)
        event = PurchaseMade(
            merchant_id=shop.merchant.pk,
            member_id=(who or shop.member).pk,
            occurred_at=when,
            source="till",
            key=f"order-{next(orders)}",
            actor="test",
            lines=(LineItem(amount_minor),),
            branch_id=shop.branch.pk,
        )
        return post(event, now=when)

    return pay


def words(response: HttpResponse) -> str:
    """Return what a page says, without its tags, in one line."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(text)).strip()


def token_of(response: HttpResponse) -> str:
    """Return the one-press token of a form."""
    found = re.search(r'name="token" value="([0-9a-f]{32})"', response.content.decode())
    assert found, words(response)
    return found[1]
