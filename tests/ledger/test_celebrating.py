"""Birthdays, anniversaries, complete profiles and check-ins become events, once per person and occasion."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts import outbox
from accounts.errors import NotFound
from accounts.joining import change_member
from accounts.models import Branch, Member, Merchant
from ledger.bulk.celebrating import celebrate
from ledger.models import Occurrence
from ledger.visiting import branch_shown, check_in, place_token
from tests.ledger.books import Books, another, prove
from tests.ledger.capped import open_with
from tests.ledger.merged import merge

pytestmark = pytest.mark.django_db

GIFT: dict[str, Any] = {"kind": "fixed", "points": 100}


@pytest.fixture
def books() -> Iterator[Books]:
    """The books of a shop that gives 100 points for a birthday and for an anniversary, 10 for a check-in."""
    shop = open_with(
        rules=[
            GIFT | {"code": "birthday-gift", "trigger": "birthday"},
            GIFT | {"code": "years", "trigger": "anniversary"},
            GIFT | {"code": "profile", "trigger": "profile-completed", "points": 30},
            GIFT | {"code": "there", "trigger": "check-in", "points": 10},
        ]
    )
    made = Books(shop.member)
    yield made
    prove(made.merchant)


def born(books: Books, birthday: date) -> None:
    Member.objects.filter(pk=books.member.pk).update(birthday=birthday)


def at(books: Books, year: int, month: int, day: int, hour: int = 0, minute: int = 2) -> int:
    """A night of that day; returns how many events it posted."""
    books.go_to(year, month, day, hour, minute)
    return celebrate(merchant=books.merchant, now=books.now)


def days(name: str) -> list[date]:
    return list(Occurrence.objects.filter(name=name).order_by("id").values_list("business_date", flat=True))


def test_a_birthday_is_an_event_at_local_midnight_once_however_often_the_night_runs(books: Books) -> None:
    born(books, date(1990, 3, 7))
    assert at(books, 2026, 3, 6, 23, 59) == 0
    assert at(books, 2026, 3, 7) == 1
    assert at(books, 2026, 3, 7, 1) == at(books, 2026, 3, 8) == 0
    kept = Occurrence.objects.get()
    assert (kept.points, kept.occurred_at) == (100, datetime(2026, 3, 6, 21, tzinfo=UTC))
    assert at(books, 2027, 3, 7) == 1
    assert days("birthday") == [date(2026, 3, 7), date(2027, 3, 7)]


def test_a_night_that_comes_late_keeps_the_day_across_the_years_end(books: Books) -> None:
    born(books, date(1990, 12, 30))
    assert at(books, 2027, 1, 3) == 1
    assert days("birthday") == [date(2026, 12, 30)]
    assert at(books, 2027, 12, 30) == 1


def test_a_week_later_it_is_no_news_any_more(books: Books) -> None:
    born(books, date(1990, 3, 7))
    assert at(books, 2026, 3, 15) == 0


def test_rule_9_the_29th_of_february_is_the_28th_in_common_years(books: Books) -> None:
    born(books, date(2000, 2, 29))
    assert at(books, 2027, 2, 28) == 1
    assert at(books, 2028, 2, 28) == 0
    assert at(books, 2028, 2, 29) == 1
    assert days("birthday") == [date(2027, 2, 28), date(2028, 2, 29)]


def test_rule_9_a_date_changed_after_a_gift_earns_none_for_a_year(books: Books) -> None:
    born(books, date(1990, 3, 7))
    assert at(books, 2026, 3, 7) == 1
    books.go_to(2026, 4, 1)
    change_member(
        member=Member.objects.get(pk=books.member.pk), now=books.now, changes={"birthday": date(1990, 3, 20)}
    )
    assert at(books, 2027, 3, 20) == 0
    assert at(books, 2028, 3, 20) == 1


def test_who_joins_afterwards_and_who_left_is_not_congratulated(books: Books) -> None:
    born(books, date(1990, 3, 7))
    Member.objects.update(joined_at=datetime(2026, 3, 8, tzinfo=UTC))
    assert at(books, 2026, 3, 9) == 0
    Member.objects.update(joined_at=datetime(2024, 1, 1, tzinfo=UTC), detached_at=books.now)
    assert at(books, 2026, 3, 9) == 0


def test_without_a_rule_of_that_day_nothing_is_posted() -> None:
    books = Books(open_with("mirage", "0507654321").member)
    born(books, date(1990, 3, 7))
    assert at(books, 2026, 3, 7) == 0
    assert not Occurrence.objects.exists()


def test_a_merged_record_has_had_the_years_gift(books: Books) -> None:
    born(books, date(1990, 3, 7))
    assert at(books, 2026, 3, 7) == 1
    other = another(books.merchant, "0551234567", birthday=date(1990, 3, 10))
    other.now = books.now
    merge(other, books)
    assert at(books, 2026, 3, 10) == 0
    assert at(books, 2027, 3, 10) == 1


def test_the_first_purchase_has_its_anniversary_by_whichever_record(books: Books) -> None:
    books.go_to(2026, 2, 10)
    books.earn(10)
    assert at(books, 2026, 2, 10, 23) == 0
    other = another(books.merchant, "0551234567")
    other.go_to(2026, 5, 1)
    other.earn(10)
    merge(other, books)
    other.go_to(2027, 2, 10, 0, 2)
    assert celebrate(merchant=books.merchant, now=other.now) == 1
    other.go_to(2027, 5, 1, 0, 2)
    assert celebrate(merchant=books.merchant, now=other.now) == 0
    kept = Occurrence.objects.get(name="anniversary")
    assert (kept.member_id, kept.business_date) == (other.member.pk, date(2027, 2, 10))


def test_a_profile_is_complete_once(books: Books) -> None:
    def change(**changes: Any) -> None:
        change_member(member=Member.objects.get(pk=books.member.pk), now=books.now, changes=changes)
        while outbox.relay(now=books.now):
            pass

    change(gender="f")
    assert days("profile-completed") == []
    change(birthday=date(1990, 3, 7))
    change(given_name="")
    change(given_name="Noura")
    assert [row.points for row in Occurrence.objects.filter(name="profile-completed")] == [30]


def test_what_a_complete_profile_says_is_the_shops_to_choose(books: Books) -> None:
    Merchant.objects.filter(pk=books.merchant.pk).update(profile_asks=["given_name", "gender"])
    change_member(member=Member.objects.get(pk=books.member.pk), now=books.now, changes={"gender": "f"})
    while outbox.relay(now=books.now):
        pass
    assert [row.points for row in Occurrence.objects.filter(name="profile-completed")] == [30]


def test_a_check_in_counts_once_a_day_and_branch(books: Books) -> None:
    branch = Branch.objects.get(merchant=books.merchant)
    second = Branch.objects.create(merchant=books.merchant, code="malaz", name_ar="الملز", name_en="Malaz")
    books.go_to(2026, 3, 7, 9)
    said = [check_in(books.member, branch, actor=actor, now=books.now) for actor in ("member", "till")]
    assert [is_news for _receipt, is_news in said] == [True, False]
    books.go_to(2026, 3, 7, 23, 59)
    assert not check_in(books.member, branch, actor="member", now=books.now)[1]
    assert check_in(books.member, second, actor="member", now=books.now)[1]
    books.go_to(2026, 3, 8, 0, 0)
    assert check_in(books.member, branch, actor="member", now=books.now)[1]
    assert books.available == 30


def test_a_branchs_printed_code_lasts_and_a_rotating_one_does_not(books: Books) -> None:
    branch = Branch.objects.get(merchant=books.merchant)
    printed, turning = place_token(branch), place_token(branch, now=books.now)
    later = books.now + timedelta(days=400)
    assert branch_shown(books.merchant, printed, now=later) == branch
    assert branch_shown(books.merchant, turning, now=books.now + timedelta(minutes=1)) == branch
    stale = (turning, books.now + timedelta(minutes=5))
    for token, moment in (stale, (printed + "x", books.now), ("", later)):
        with pytest.raises(NotFound):
            branch_shown(books.merchant, token, now=moment)
    Branch.objects.update(is_active=False)
    with pytest.raises(NotFound):
        branch_shown(books.merchant, printed, now=books.now)


def test_a_rivals_code_opens_nothing(books: Books) -> None:
    rival = open_with("mirage", "0507654321")
    with pytest.raises(NotFound):
        branch_shown(books.merchant, place_token(rival.branch), now=books.now)
