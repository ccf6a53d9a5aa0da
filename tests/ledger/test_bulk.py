"""Hundreds at a time are the same books as one by one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from ledger.bulk.many import post_many
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.models import BonusUse, Lot, LotUse, Movement, PostingKey, Purchase, PurchaseLine, TierPeriod
from ledger.posting import post
from ledger.receipt import Receipt
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove

NOW = datetime(2026, 11, 15, 9, tzinfo=UTC)
NAMES = frozenset({"id", "merchant", "member", "purchase", "movement", "lot", "version", "external_id"})


def year_of(shop: Shop, seed: int, members: int = 6, orders: int = 40) -> list[PurchaseMade]:
    """A year and a half of orders, in no order."""
    random, events = Random(seed), []
    for number in range(members):
        born = date(1990, 1 + number, 3) if number % 2 else None
        books = another(shop.merchant, f"05000001{number:02}", birthday=born)
        books.now = NOW
        for _order in range(orders):
            at = NOW - timedelta(minutes=random.randrange(550 * 1440))
            lines = tuple(LineItem(random.randrange(1, 30_000)) for _line in range(random.randrange(1, 3)))
            events.append(books.order(*lines, at=at, award=True, quiet=True))
    return events


def rows(model: type[Model], shop: Shop) -> list[tuple[Any, ...]]:
    """What a table says of a shop, without ids."""
    scope = {"merchant": shop.merchant} if hasattr(model, "merchant_id") else {}
    names = [field.name for field in model._meta.concrete_fields if field.name not in NAMES]
    if not scope:
        path = {"PurchaseLine": "purchase__merchant", "LotUse": "lot__merchant"}.get(
            model.__name__, "member__merchant"
        )
        scope = {path: shop.merchant}
    return sorted(model._default_manager.filter(**scope).values_list(*names), key=repr)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bulk_writes_what_posting_one_by_one_in_time_writes(db: None, seed: int) -> None:
    one, many = open_shop("oasis", "0501234567"), open_shop("mirage", "0507654321")
    for event in sorted(year_of(one, seed), key=lambda event: event.occurred_at):
        post(event, now=NOW)
    outcomes = post_many(year_of(many, seed), now=NOW)
    assert all(outcome.created for outcome in outcomes)
    for model in (Purchase, PurchaseLine, Movement, Lot, LotUse, TierPeriod, BonusUse):
        assert rows(model, one) == rows(model, many), model
    assert TierPeriod.objects.exists()
    assert BonusUse.objects.exists()
    assert Movement.objects.filter(kind="expire").exists()
    prove(one.merchant)
    prove(many.merchant)


def test_bulk_again_changes_nothing_and_answers_the_same(shop: Shop) -> None:
    events = year_of(shop, 4)
    first = post_many(events, now=NOW)
    again = post_many(events, now=NOW + timedelta(days=1))
    set_back = post_many(events, now=NOW - timedelta(days=800))
    for before, now, early in zip(first, again, set_back, strict=True):
        assert isinstance(before.answer, Receipt)
        assert now.answer == early.answer == replace(before.answer, repeated=True)
    assert Purchase.objects.count() == PostingKey.objects.count() == len(events)


def test_bulk_refuses_rows_one_by_one(shop: Shop, books: Books) -> None:
    books.buy(500, key="known")
    books.now = NOW
    good = books.order(1000, key="good")
    outcomes = post_many(
        [
            good,
            books.order(999, key="known"),
            books.order(1000, key="future", at=NOW + timedelta(days=1)),
            books.order(1000, key="currency", currency="KWD"),
            replace(books.order(1000, key="nobody"), member_id=10**9),
            good,
            books.order(2000, key="good"),
        ],
        now=NOW,
    )
    assert [(outcome.refusal, outcome.field, outcome.repeated) for outcome in outcomes] == [
        ("", "", False),
        ("key_conflict", "key", False),
        ("in_the_future", "occurred_at", False),
        ("wrong_currency", "currency", False),
        ("not_found", "member", False),
        ("", "", True),
        ("key_conflict", "key", False),
    ]
    assert (outcomes[0].points, Purchase.objects.count()) == (10, 2)


def test_bulk_goes_on_from_what_is_there(shop: Shop, books: Books) -> None:
    books.buy(50000, key="A-1")
    books.issue(500)
    books.refund("A-1", 2000)
    books.wait(days=1)
    outcomes = post_many([books.order(1500, key="B-1"), books.order(1500, key="B-2")], now=books.now)
    assert [outcome.points for outcome in outcomes] == [15, 15]
    assert (books.available, books.balance.owed) == (10, 0)


def test_bulk_reads_as_often_for_many_as_for_few(shop: Shop) -> None:
    def queries(count: int, seed: int) -> int:
        events = year_of(shop, seed, members=count, orders=5)
        with CaptureQueriesContext(connection) as captured:
            post_many([replace(event, key=f"{seed}-{event.key}") for event in events], now=NOW)
        return len(captured)

    queries(1, 8)
    assert queries(2, 9) == queries(6, 10)
