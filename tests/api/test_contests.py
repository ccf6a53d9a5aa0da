"""Contests and pictures of badges through the API."""

from datetime import date

import pytest
import time_machine

from programs.models import Badge
from programs.queries import forget_terms
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import Shop
from tests.ledger.held import open_holding_shop

pytestmark = pytest.mark.postgres
HELD = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30)}


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    return open_holding_shop(
        contests=({**HELD, "by_joining": True},),
        challenges=[{"target": 1, "badge": "regular"}],
    )


def test_a_member_joins_a_contest_and_reads_their_place(api: Caller, till: Caller, shop: Shop) -> None:
    number = shop.member.number
    buy(api, "120", number=number, order="A-1")
    (held,) = api.get(f"members/{number}/cards")["contests"]
    assert (held["code"], held["has_joined"], held["place"], held["count"]) == ("cup", False, None, None)
    for _time in range(2):
        joined = api.post(f"members/{number}/contests/cup/join", {}, 200)
    assert (joined["place"], joined["count"], joined["members"], joined["missing"]) == (1, 12000, 1, 0)
    assert (joined["last_day"], joined["decided_on"]) == ("2026-11-30", "2026-12-15")
    assert "who spends most" in joined["terms"]
    assert till.get(f"members/{number}/cards")["contests"] == [joined]
    till.post(f"members/{number}/contests/cup/join", {}, 403)
    api.post(f"members/{number}/contests/none/join", {}, 404)


def test_a_won_badge_tells_where_its_picture_is(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    buy(api, "10", number=number, order="A-1")
    (badge,) = api.get(f"members/{number}/cards")["badges"]
    assert badge["picture"] is None
    Badge.objects.filter(version=shop.version).update(picture="rewards/abc.webp")
    forget_terms()
    (badge,) = api.get(f"members/{number}/cards")["badges"]
    assert badge["picture"]["url"].endswith("/pictures/abc.webp")
    assert badge["picture"]["alt"] == "Regular"
