"""A day's most, prizes within caps, and what a signed quote promises of stamps (RULES 3, 10, 36)."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.bulk.many import post_many
from ledger.models import Achievement, Budget, CapUse
from ledger.quoting import release, sign
from programs.models import Card, EarnCap
from programs.publishing import draft_of
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.collected import add_goals, happen, put_in_force, stamps, vouchers

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

DARE = {"target": 1, "repeats": True, "points": 50}
ALL, MEMBER = {"scope": "all", "period": "month"}, {"scope": "member", "period": "month"}


def open_limited(
    *, cards: tuple[dict[str, Any], ...] = (), caps: tuple[dict[str, Any], ...] = (), **more: Any
) -> Books:
    shop: Shop = open_shop("oasis", "0501234567", live=False)
    add_goals(shop.version, cards=list(cards), **more)
    for cap in caps:
        EarnCap.objects.create(version=shop.version, **cap)
    put_in_force(shop.version)
    return Books(shop.member)


def test_a_day_brings_no_more_stamps_than_its_most() -> None:
    books = open_limited(cards=({"counts": "item", "most_per_day": 3},))
    assert [books.buy(10_00, 10_00, key="A").stamps[0]["got"], books.buy(10_00, 10_00).stamps[0]["got"]] == [
        2,
        1,
    ]
    assert books.buy(10_00).stamps == []
    books.refund("A", lines={1: 10_00})  # what comes back makes room on its own day
    assert books.buy(10_00, 10_00).stamps[0]["got"] == 1
    books.wait(days=1)
    assert books.buy(10_00).stamps[0]["got"] == 1
    assert books.buy(10_00, at=books.now - timedelta(days=1)).stamps == []  # late: its own day is full
    prove(books.merchant)


def test_events_have_their_most_of_a_day_too_and_many_orders_at_once_the_same() -> None:
    dare = {"counts": "event", "event": "review", "target": 9, "most_per_day": 2}
    books = open_limited(cards=({"most_per_day": 1},), challenges=[dare])
    for _time in range(3):
        happen(books, "review")
    assert stamps(books, "dare") == 2
    orders = [books.order(10_00, at=books.now + timedelta(days=day // 2)) for day in range(6)]
    books.wait(days=3)
    list(post_many(orders, now=books.now))
    assert stamps(books) == 3
    prove(books.merchant)


@pytest.mark.parametrize("cap", [MEMBER, ALL])
def test_rule_10_prizes_stay_within_the_caps_of_all_rules(cap: dict[str, Any]) -> None:
    books = open_limited(caps=({**cap, "points": 120},), challenges=[DARE])
    first = books.buy(50_00, key="A")
    assert first.points == 100
    second = books.buy(10_00, key="B")  # 10 of its own, 10 of the prize are left
    assert (second.points, books.available) == (20, 120)
    assert second.goals[0]["reached"] == 1
    assert [one["cut"] for one in second.reasons if one["code"] == "capped"] == [40]
    assert books.buy(10_00).points == 0
    assert list(Achievement.objects.order_by("id").values_list("points", flat=True)) == [50, 10, 0]
    if cap is ALL:
        assert Budget.objects.get(rule="", period="month").used == 120
        assert another(books.merchant, "0551110001").buy(10_00).points == 0
    prove(books.merchant)
    books.refund("A", 50_00)
    assert sum(CapUse.objects.values_list("points", flat=True)) == 20
    assert books.buy(100_00).points == 100
    prove(books.merchant)


def test_an_orders_cap_holds_for_its_points_and_prizes_together() -> None:
    books = open_limited(caps=({"scope": "member", "period": "order", "points": 60},), challenges=[DARE])
    assert [books.buy(40_00).points, books.buy(5_00).points, books.buy(90_00).points] == [60, 55, 60]
    prove(books.merchant)


def test_rule_03_a_signed_quote_keeps_the_stamps_it_promised() -> None:
    books = open_limited(cards=({"stamps": 2, "most_per_day": 1},))
    quoted = sign(books.order(10_00), now=books.now)
    assert quoted.receipt.stamps[0]["got"] == 1
    assert books.buy(10_00).stamps == []  # the day's stamp is the quote's
    worse_card(books)
    assert books.buy(10_00, quote=quoted.token).stamps[0]["got"] == 1
    books.wait(days=1)
    lapsed = sign(books.order(100_00), now=books.now)
    books.wait(hours=2)
    release(now=books.now)
    assert lapsed.receipt.stamps[0]["reached"] == 1
    assert books.buy(100_00).stamps[0]["got"] == 1  # nobody holds it any more
    prove(books.merchant)


def test_the_card_is_filled_by_whoever_brings_its_last_stamp() -> None:
    """Two promised the same coffee: the stamps are two all the same, and the coffee is one."""
    books = open_limited(cards=({"stamps": 2},))
    books.buy(10_00)
    quoted = sign(books.order(10_00), now=books.now)
    assert len(quoted.receipt.vouchers) == 1
    assert len(books.buy(10_00).vouchers) == 1
    told = books.buy(10_00, quote=quoted.token)
    assert (told.stamps[0]["got"], told.vouchers) == (quoted.receipt.stamps[0]["got"], [])
    assert (len(vouchers(books)), stamps(books)) == (1, 1)
    prove(books.merchant)


def worse_card(books: Books) -> None:
    """From now on an order of less than 100 brings no stamp."""
    draft = draft_of(programme=books.merchant.programme)
    Card.objects.filter(version=draft).update(min_amount_minor=100_00)
    put_in_force(draft, since=books.now)
    books.wait(minutes=1)
