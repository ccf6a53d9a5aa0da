"""Stamps of two records, stamps brought along, many at once: the same sums (RULES 36, 42, 47)."""

from typing import Any

import pytest
from django.db.models import ForeignKey, Model

from accounts.models import Merchant
from ledger.bulk.many import post_many
from ledger.errors import MergeInUse
from ledger.events import PointsOpened
from ledger.models import Achievement, GoalCount, GoalEntry, Movement
from ledger.posting import post
from programs.models import Card
from programs.publishing import draft_of
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.collected import (
    achieved,
    add_goals,
    open_collecting,
    open_collecting_shop,
    put_in_force,
    stamps,
    vouchers,
)
from tests.ledger.merged import merge, undo
from tests.ledger.test_bulk import NOW, year_of

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def brought(books: Books, name: str, count: int) -> Any:
    said = books.said("brought", None, None)
    return post(PointsOpened(**said, card=name, stamps=count), now=books.now)


def test_rule_42_merging_adds_stamps_and_an_undo_parts_them_again() -> None:
    books = open_collecting(cards=[{"stamps": 5}])
    other = another(books.merchant, "0551234567")
    for mine in (books, books, books, other, other, other):
        mine.buy(10_00)
    receipt = merge(books, other)
    assert vouchers(books) == [("coffee", "reserved")]
    assert (stamps(books), stamps(other)) == (-2, 3)
    undo(books, receipt)
    assert (stamps(books), stamps(other)) == (3, 3)
    assert vouchers(books) == [("coffee", "cancelled")]
    prove(books.merchant)


def test_rule_42_after_a_merge_all_records_fill_one_card() -> None:
    books = open_collecting(cards=[{"stamps": 3}])
    other = another(books.merchant, "0551234567")
    other.buy(10_00, key="theirs")
    merge(books, other)
    assert books.buy(10_00).stamps[0]["count"] == 2
    assert len(other.buy(10_00).vouchers) == 1
    assert books.refund("theirs", 10_00).stamps[0]["count"] == 2
    assert vouchers(books) == [("coffee", "cancelled")]
    prove(books.merchant)


def test_rule_42_a_merge_whose_gift_was_used_is_not_undone() -> None:
    books = open_collecting(cards=[{"stamps": 2}])
    other = another(books.merchant, "0551234567")
    books.buy(10_00)
    other.buy(10_00)
    receipt = merge(books, other)
    books.close(receipt.vouchers[0]["code"])
    with pytest.raises(MergeInUse):
        undo(books, receipt)


def test_rule_47_stamps_brought_along_count_on_the_card_of_that_name() -> None:
    books = open_collecting()
    receipt = brought(books, " COFFEE card ", 7)
    assert receipt.stamps[0]["count"] == 7
    assert books.buy(10_00).stamps[0]["count"] == 8
    prove(books.merchant)


def test_rule_47_stamps_wait_until_the_shop_has_their_card() -> None:
    shop = open_shop("oasis", "0501234567")
    books = Books(shop.member)
    assert brought(books, "بطاقة القهوة", 12).stamps == []
    brought(books, "Another card", 3)
    draft = draft_of(programme=shop.version.programme)
    add_goals(draft, cards=[{}])
    put_in_force(draft, since=books.now)
    receipt = books.buy(10_00)
    assert receipt.stamps[0] | {"name_ar": "", "name_en": ""} == {
        "code": "coffee-card", "name_ar": "", "name_en": "",
        "got": 13, "count": 4, "target": 9, "reached": 1,
    }  # fmt: skip
    assert books.buy(10_00).stamps[0]["count"] == 5
    prove(books.merchant)


def test_a_card_that_asks_for_more_takes_nothing_from_those_who_began() -> None:
    shop = open_collecting_shop(cards=[{"stamps": 2}])
    books = Books(shop.member)
    for _visit in range(3):
        books.buy(10_00)
    draft = draft_of(programme=shop.version.programme)
    Card.objects.filter(version=draft).update(stamps=3)
    put_in_force(draft, since=books.now)
    assert [books.buy(10_00).stamps[0]["count"] for _visit in range(3)] == [2, 0, 1]
    assert achieved(books) == [("coffee-card", 1), ("coffee-card", 2)]
    prove(books.merchant)


def test_bulk_collects_what_posting_one_by_one_collects() -> None:
    one, many = (_shop("oasis", "0501234567"), _shop("mirage", "0507654321"))
    for event in sorted(year_of(one, 4), key=lambda event: event.occurred_at):
        post(event, now=NOW)
    assert all(outcome.created for outcome in post_many(year_of(many, 4), now=NOW))
    for model in (GoalEntry, GoalCount, Achievement, Movement):
        assert _rows(model, one.merchant) == _rows(model, many.merchant), model
    assert Achievement.objects.filter(merchant=many.merchant, kind="card").exists()
    assert Achievement.objects.filter(merchant=many.merchant, code="autumn").exists()
    for shop in (one, many):
        prove(shop.merchant)


def _shop(slug: str, phone: str) -> Shop:
    autumn = {"starts_on": "2026-08-01", "ends_on": "2026-10-31", "card": "coffee-card", "stamps": 3}
    return open_collecting_shop(
        slug=slug,
        phone=phone,
        cards=[{"counts": "item", "most_per_visit": 2, "stamps": 4}],
        challenges=[
            {"kind": "streak", "period": "month", "target": 2, "repeats": True, "points": 30},
            {"code": "autumn", "counts": "spend", "target": 300_00, "badge": "regular", **autumn},
        ],
    )


def _rows(model: type[Model], merchant: Merchant) -> list[tuple[Any, ...]]:
    """What a table says of a shop, by the members' phones instead of ids."""
    plain = [
        field.name
        for field in model._meta.concrete_fields
        if not isinstance(field, ForeignKey) and field.name != "id"
    ]
    rows = model._default_manager.filter(merchant=merchant)
    return sorted(rows.values_list("member__phone", *plain), key=repr)
