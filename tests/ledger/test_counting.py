"""What orders count for tiers: one number, whether the database works it out or the planner (RULES 33)."""

import pytest
from django.db.models import Sum

from ledger.counting import NET, count_of
from ledger.event import LineItem
from ledger.models import Purchase, TierPeriod
from ledger.models.purchases import LineKind
from programs.terms import TierBasis
from tests.ledger.books import Books
from tests.ledger.conftest import OpenBooks
from tests.ledger.tiers import BASES, counting, prove_books

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def some_orders(books: Books) -> None:
    """Orders that earn, that earn nothing, and that came back in part, whole, or without their goods."""
    books.buy(100_00, key="kept")
    books.buy(80_00, 20_00, key="part")
    books.refund("part", lines={1: 80_00})
    books.buy(50_00, key="whole")
    books.refund("whole", 20_00)
    books.refund("whole", 30_00)
    books.buy(LineItem(30_00, kind=LineKind.SHIPPING), key="shipping")
    books.buy(LineItem(40_00), LineItem(10_00, kind=LineKind.SHIPPING), key="goods-back")
    books.refund("goods-back", lines={1: 40_00})
    books.buy(99_99, key="history", award=False)


@pytest.mark.parametrize(
    ("basis", "counts"),
    [
        ("spend", [100_00, 20_00, 0, 0, 0, 99_99]),
        ("points", [100, 20, 0, 0, 0, 0]),
        ("visits", [1, 1, 0, 0, 0, 1]),
    ],
)
def test_rule_33_an_order_counts_what_is_left_of_it(
    books: Books, basis: TierBasis, counts: list[int]
) -> None:
    some_orders(books)
    rows = Purchase.objects.filter(member=books.member).order_by("id")
    assert [count_of(row, basis) for row in rows] == counts
    assert list(rows.annotate(net=NET[basis]).values_list("net", flat=True)) == counts
    assert rows.aggregate(total=Sum(NET[basis]))["total"] == sum(counts)


@pytest.mark.parametrize("basis", BASES)
def test_rule_32_a_refund_ends_what_was_not_reached_without_it(basis: str) -> None:
    books = counting(basis)
    for number in range(3):
        books.buy(600_00, key=f"A-{number}")
        books.wait(days=1)
    assert books.balance.tier_code == "silver"
    books.refund("A-2", 300_00)
    if basis == "visits":  # what is left of the order is still a visit
        assert books.balance.tier_code == "silver"
        books.refund("A-2", 300_00)
    elif basis == "points":
        assert books.balance.tier_code == "silver"
        books.refund("A-2", 1_00)
    else:
        assert books.balance.tier_code == "silver"
        books.refund("A-2", 1)
    assert books.balance.tier_code == "bronze"
    assert TierPeriod.objects.filter(member=books.member).latest("id").why == "refund"
    prove_books(books)


def test_rule_33_a_calendar_years_tier_is_kept_to_the_end_of_the_year_that_judges_it(
    open_books: OpenBooks,
) -> None:
    books = open_books(tier_window="calendar_year")
    books.go_to(2026, 1, 5)
    books.buy(1_600_00)
    books.go_to(2027, 1, 6)
    assert books.pass_time().tier_code == "silver"
    books.go_to(2027, 12, 31, hour=23, minute=59)
    assert books.pass_time().tier_code == "silver"
    books.go_to(2028, 1, 1, hour=0)
    assert books.pass_time().tier_code == "bronze"


def test_rule_12_the_last_evening_of_a_year_in_utc_is_the_next_year_here(open_books: OpenBooks) -> None:
    books = open_books(tier_window="calendar_year")
    books.go_to(2026, 12, 31, hour=23, minute=59)
    books.buy(1_499_99)
    books.go_to(2027, 1, 1, hour=0)  # 21:00 in UTC, still 2026 there
    assert books.buy(1_00).tier_code == "bronze"


def test_rule_33_an_order_at_the_very_midnight_counts_for_the_year_that_begins(books: Books) -> None:
    books.buy(1_500_00)
    books.go_to(2027, 1, 26, hour=0)
    books.buy(1_500_00)
    periods = TierPeriod.objects.filter(member=books.member).order_by("starts_at", "id")
    assert [row.why for row in periods] == ["upgrade", "lapsed", "upgrade"]
