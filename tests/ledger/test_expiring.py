"""Expiry (RULES D 22-24, 26)."""

from datetime import UTC, date, datetime

import pytest

from ledger import topics
from ledger.bulk.sweeping import sweep
from ledger.errors import NotEnoughPoints
from ledger.models import ExpiryNotice, Lot, LotExtension, Movement
from ledger.queries import Dying, account, expiring
from programs.lifecycle import pause
from tests.cast import Shop
from tests.ledger.books import Books
from tests.ledger.conftest import OpenBooks


def test_rule_22_the_last_day_counts_to_its_last_second(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=1)
    books.earn(1000)
    assert Lot.objects.get().expires_on == date(2026, 2, 25)
    books.now = datetime(2026, 2, 25, 20, 59, 59, tzinfo=UTC)
    assert books.issue(500).available == 500
    books.now = datetime(2026, 2, 25, 21, 0, 0, tzinfo=UTC)
    with pytest.raises(NotEnoughPoints) as refused:
        books.issue(500)
    assert refused.value.params == {"short": 500}
    assert account(books.member, now=books.now).available == 0


def test_rule_22_month_ends_clamp(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=1)
    books.go_to(2027, 1, 31)
    assert books.earn(10).lots == [{"points": 10, "expires_on": "2027-02-28"}]


@pytest.mark.parametrize(
    ("rounding", "day"),
    [("month", "2026-02-28"), ("quarter", "2026-03-31"), ("half", "2026-06-30"), ("year", "2026-12-31")],
)
def test_rule_22_the_last_day_may_be_rounded_up(open_books: OpenBooks, rounding: str, day: str) -> None:
    books = open_books(expiry_months=1, expiry_rounding=rounding)
    assert books.earn(10).lots == [{"points": 10, "expires_on": day}]


def test_rule_23_lots_die_one_by_one_never_the_balance(books: Books) -> None:
    books.earn(500)
    books.go_to(2026, 2, 10)
    books.earn(300)
    books.issue(500)
    books.go_to(2027, 1, 27)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (0, 300)
    books.go_to(2027, 2, 11)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (300, 0)


def test_rule_24_the_sweep_run_twice_writes_each_expiry_once(books: Books) -> None:
    books.earn(500)
    books.go_to(2027, 1, 26, hour=0, minute=10)
    assert [sweep(merchant=books.merchant, now=books.now) for _time in range(2)] == [500, 0]
    died = Movement.objects.get(kind="expire")
    assert (died.points, died.business_date) == (-500, date(2027, 1, 25))
    assert [news["points"] for news in books.news(topics.POINTS_EXPIRED)] == [500]
    assert Lot.objects.get().expired_at == books.now


def test_rule_24_every_kind_of_credit_expires(books: Books) -> None:
    books.adjust(100)
    books.buy(10000, award=True)
    books.wait(days=3)
    books.adjust(50)
    books.go_to(2027, 1, 26)
    assert sweep(merchant=books.merchant, now=books.now) == 200
    assert books.lots() == [(100, 0), (100, 0), (50, 50)]


def test_rule_24_what_died_together_is_one_movement_and_each_day_its_own(books: Books) -> None:
    books.earn(10)
    books.earn(20)
    books.wait(days=1)
    books.earn(40)
    books.go_to(2027, 3, 1)
    books.earn(1)
    assert [move for move in books.moves() if move[0] == "expire"] == [("expire", -30), ("expire", -40)]


def test_rule_26_pausing_a_programme_freezes_expiry_and_keeps_redeeming_open(
    shop: Shop, books: Books
) -> None:
    books.earn(500)
    pause(programme=shop.version.programme, now=books.now)
    books.go_to(2027, 6, 1)
    assert sweep(merchant=books.merchant, now=books.now) == 0
    assert account(books.member, now=books.now).available == 500
    assert expiring(books.merchant, first=date(2027, 1, 1), last=date(2027, 2, 1)) == []
    assert books.issue(500).points == -500


def test_points_may_live_for_ever(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=None)
    assert books.earn(10).lots == [{"points": 10, "expires_on": None}]
    books.go_to(2040, 1, 1)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (0, 10)


def undelivered(books: Books, day: date, *, deliverable: bool = False) -> None:
    ExpiryNotice.objects.create(
        member=books.member, expires_on=day, points=1, deliverable=deliverable, at=books.now
    )


def test_rule_27_points_whose_alert_could_not_be_delivered_get_one_grace_marked(books: Books) -> None:
    books.earn(500)
    undelivered(books, date(2027, 1, 25))
    books.go_to(2027, 1, 26, hour=0, minute=0)
    assert account(books.member, now=books.now).available == 500
    assert [sweep(merchant=books.merchant, now=books.now) for _time in range(2)] == [0, 0]
    moved = LotExtension.objects.get()
    assert (moved.why, moved.from_day, moved.until_day) == (
        *("undelivered", date(2027, 1, 25)),
        date(2027, 2, 24),
    )
    assert account(books.member, now=books.now).next_expiry == Dying(books.member.pk, 500, date(2027, 2, 24))
    books.go_to(2027, 2, 24, hour=23, minute=59)
    assert books.issue(500).available == 0


def test_rule_27_the_grace_comes_once_and_never_twice(books: Books) -> None:
    books.earn(500)
    undelivered(books, date(2027, 1, 25))
    undelivered(books, date(2027, 2, 24))
    books.go_to(2027, 1, 26)
    sweep(merchant=books.merchant, now=books.now)
    books.go_to(2027, 2, 25)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (500, 0)
    assert LotExtension.objects.count() == 1


def test_rule_27_a_sale_before_the_sweep_spares_them_too(books: Books) -> None:
    books.earn(500)
    undelivered(books, date(2027, 1, 25))
    books.go_to(2027, 1, 26)
    assert books.earn(10).available == 510


def test_rule_27_a_sweep_that_comes_after_the_grace_buries_on_its_last_day(books: Books) -> None:
    books.earn(500)
    undelivered(books, date(2027, 1, 25))
    books.go_to(2027, 6, 1)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (500, 0)
    assert Movement.objects.get(kind="expire").business_date == date(2027, 2, 24)


def test_rule_27_who_could_be_told_or_needed_no_alert_loses_them(books: Books) -> None:
    books.earn(500)
    books.wait(days=1)
    books.earn(5)
    undelivered(books, date(2027, 1, 25), deliverable=True)
    books.go_to(2027, 1, 27)
    assert sweep(merchant=books.merchant, now=books.now) == 505
