"""What moved a last day goes over with the points of a merged record (RULES 26, 27, 42)."""

from datetime import date

import pytest

from ledger.bulk.sweeping import sweep
from ledger.freezing import close, reopen, resume
from ledger.models import ExpiryNotice, Lot
from programs.lifecycle import pause
from programs.models import Programme
from tests.ledger.books import Books, prove
from tests.ledger.merged import merge


def undelivered(books: Books, on: date) -> None:
    """Note that no alert about that day could be delivered."""
    ExpiryNotice.objects.create(member=books.member, expires_on=on, points=1, deliverable=False, at=books.now)


def test_rule_27_the_one_grace_goes_over_with_its_lot(books: Books, other: Books) -> None:
    other.earn(300)
    undelivered(other, date(2027, 1, 25))
    other.go_to(2027, 1, 26)
    other.pass_time()
    books.now = other.now
    merge(books, other)
    copy = Lot.objects.get(member=books.member)
    assert copy.expires_on == date(2027, 2, 24)
    assert [row.why for row in copy.extensions.all()] == ["undelivered"]
    undelivered(books, date(2027, 2, 24))
    books.go_to(2027, 2, 25)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (300, 0)
    prove(books.merchant)


def test_rule_27_an_alert_that_failed_before_a_merge_spares_the_points_after_it(
    books: Books, other: Books
) -> None:
    other.earn(300)
    other.go_to(2027, 1, 20)
    undelivered(other, date(2027, 1, 25))
    books.now = other.now
    merge(books, other)
    books.go_to(2027, 1, 26)
    books.pass_time()
    assert (books.available, Lot.objects.get(member=books.member).expires_on) == (300, date(2027, 2, 24))


def test_rule_27_the_night_spares_what_an_alert_failed_for_before_a_merge(books: Books, other: Books) -> None:
    other.earn(300)
    undelivered(other, date(2027, 1, 25))
    books.now = other.now
    merge(books, other)
    books.go_to(2027, 1, 26)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (0, 300)
    books.go_to(2027, 2, 25)
    assert sweep(merchant=books.merchant, now=books.now) == 300


def test_rule_27_points_that_may_not_die_yet_go_over_with_their_grace(books: Books, other: Books) -> None:
    other.earn(300)
    undelivered(other, date(2027, 1, 25))
    books.go_to(2027, 1, 26)  # over since midnight, and no night has come by
    assert merge(books, other).points == 300
    copy = Lot.objects.get(member=books.member)
    assert (copy.expires_on, [row.why for row in copy.extensions.all()]) == (
        date(2027, 2, 24), ["undelivered"],
    )  # fmt: skip
    undelivered(books, date(2027, 2, 24))
    books.go_to(2027, 2, 25)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (300, 0)
    prove(books.merchant)


def test_rule_26_points_merged_during_a_pause_get_all_its_days(books: Books, other: Books) -> None:
    other.earn(300)
    programme = Programme.objects.get(merchant=books.merchant)
    pause(programme=programme, now=other.now)
    books.now = other.now
    books.wait(days=10)
    merge(books, other)
    books.wait(days=10)
    resume(programme=programme, now=books.now)
    assert Lot.objects.get(member=books.member).expires_on == date(2027, 2, 14)
    prove(books.merchant)


def test_rule_26_points_given_back_after_a_merge_get_all_the_days_of_a_pause(
    books: Books, other: Books
) -> None:
    other.earn(1000)
    other.buy(10_000, redemption_codes=(other.issue(500).code,), key="paid")
    unused = other.issue(500).code
    books.now = other.now
    merge(books, other)
    programme = Programme.objects.get(merchant=books.merchant)
    pause(programme=programme, now=books.now)
    books.wait(days=10)
    books.close(unused, "cancelled")
    books.refund("paid", 10_000)
    books.wait(days=10)
    resume(programme=programme, now=books.now)
    lots = Lot.objects.filter(member=books.member, remaining__gt=0)
    assert [(lot.remaining, lot.expires_on) for lot in lots] == [(500, date(2027, 2, 14))] * 2
    prove(books.merchant)


def test_rule_26_points_given_back_after_a_merge_live_on_when_a_closing_is_taken_back(
    books: Books, other: Books
) -> None:
    other.earn(1000)
    other.buy(10_000, redemption_codes=(other.issue(500).code,), key="paid")
    unused = other.issue(500).code
    programme = Programme.objects.get(merchant=books.merchant)
    close(programme=programme, now=other.now)
    books.now = other.now
    merge(books, other)
    books.close(unused, "cancelled")
    books.refund("paid", 10_000)
    assert last_days(books) == [(500, date(2026, 4, 25))] * 2
    reopen(programme=programme, now=books.now)
    assert last_days(books) == [(500, date(2027, 1, 25))] * 2
    prove(books.merchant)


def test_rule_27_points_given_back_after_a_merge_have_had_their_grace(books: Books, other: Books) -> None:
    other.earn(1000)
    undelivered(other, date(2027, 1, 25))
    other.go_to(2027, 1, 26)
    other.pass_time()
    unused = other.issue(500).code
    books.now = other.now
    merge(books, other)
    books.close(unused, "cancelled")
    undelivered(books, date(2027, 2, 24))
    books.go_to(2027, 2, 25)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (1000, 0)
    prove(books.merchant)


@pytest.mark.parametrize(("closes", "grace"), [((11, 15), date(2027, 2, 24)), ((6, 1), date(2026, 9, 29))])
def test_rule_27_a_grace_given_since_the_closing_goes_over_whole(
    books: Books, other: Books, closes: tuple[int, int], grace: date
) -> None:
    other.earn(300)
    other.go_to(2026, *closes)
    close(programme=Programme.objects.get(merchant=books.merchant), now=other.now)
    ((_points, last_day),) = last_days(other)
    assert last_day
    undelivered(other, last_day)
    other.go_to(last_day.year, last_day.month, last_day.day + 1)
    other.pass_time()
    books.now = other.now
    merge(books, other)
    assert last_days(books) == [(300, grace)]
    prove(books.merchant)


def last_days(books: Books) -> list[tuple[int, date | None]]:
    """What is left of each open lot, and its last day."""
    lots = Lot.objects.filter(member=books.member, remaining__gt=0).order_by("id")
    return [(lot.remaining, lot.expires_on) for lot in lots]
