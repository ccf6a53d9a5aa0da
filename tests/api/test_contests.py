"""Contests and pictures of badges through the API."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import timezone

from ledger.contests.closing import close_contests
from programs.models import Badge, ContestPrize
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


def test_a_member_leaves_a_contest_and_joins_it_again(api: Caller, till: Caller, shop: Shop) -> None:
    number = shop.member.number
    buy(api, "120", number=number, order="A-1")
    api.post(f"members/{number}/contests/cup/join", {}, 200)
    for _time in range(2):
        left = api.post(f"members/{number}/contests/cup/leave", {}, 200)
    assert (left["has_joined"], left["place"], left["count"], left["won"]) == (False, None, None, [])
    assert api.post(f"members/{number}/contests/cup/join", {}, 200)["count"] == 12000
    till.post(f"members/{number}/contests/cup/leave", {}, 403)
    api.post(f"members/{number}/contests/none/leave", {}, 404)
    api.post(f"members/{number}/contests/cup/leave", {"why": "tired"}, 422)


def test_what_a_member_won_is_told_with_its_voucher(
    api: Caller, shop: Shop, clock: time_machine.Traveller
) -> None:
    number = shop.member.number
    buy(api, "120", number=number, order="A-1")
    api.post(f"members/{number}/contests/cup/join", {}, 200)
    ContestPrize.objects.filter(version=shop.version).update(reward="coffee")
    forget_terms()
    clock.move_to(datetime(2026, 12, 15, 12, tzinfo=UTC))
    assert close_contests(now=timezone.now()) == 1
    (held,) = api.get(f"members/{number}/cards")["contests"]
    assert (held["decided"], held["place"], held["members"]) == (True, 1, 1)
    assert held["won"] == [{"points": 300, "badge": "regular", "reward": "coffee", "voucher": "reserved"}]
    api.post(f"members/{number}/contests/cup/leave", {}, 404)  # it is over


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
