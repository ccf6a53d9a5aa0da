"""RULES 37 in the books: what fees pay for, until when benefits last, and once only."""

from datetime import date, timedelta

import pytest

from ledger import errors
from ledger.models import Membership, MembershipPayment, Purchase
from programs.publishing import publish
from tests.cast import FOUNDED, open_shop
from tests.ledger.books import Books, bought, prove
from tests.ledger.subscribed import (
    Open,
    begin_trial,
    cancel,
    give_back,
    pay,
    sell,
)
from tests.ledger.subscribed import books as books
from tests.ledger.subscribed import open_plan as open_plan


def test_months_are_counted_from_the_first_day_and_never_drift(books: Books) -> None:
    books.go_to(2027, 1, 31)
    assert pay(books).membership["paid_through"] == "2027-02-28"
    books.go_to(2027, 2, 28)
    assert pay(books).membership["paid_through"] == "2027-03-31"
    books.go_to(2027, 3, 30)
    assert pay(books).membership["paid_through"] == "2027-04-30"
    days = MembershipPayment.objects.order_by("id").values_list("from_day", "to_day")
    assert list(days) == [
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2027, 3, 1), date(2027, 3, 31)),
        (date(2027, 4, 1), date(2027, 4, 30)),
    ]
    prove(books.merchant)


def test_benefits_last_through_the_paid_day_and_a_week_of_grace(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    assert books.buy(10000).points == 200
    books.go_to(2027, 2, 10, 23, 59)
    assert books.buy(10000).points == 200
    books.go_to(2027, 2, 17, 23, 59)
    assert books.buy(10000).points == 200, "seven days of grace"
    books.go_to(2027, 2, 18, 0, 0)
    assert books.buy(10000).points == 100
    prove(books.merchant)


def test_who_cancels_keeps_the_days_that_are_paid_and_has_no_grace(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    assert cancel(books).membership["is_cancelled"]
    books.go_to(2027, 2, 10, 23, 59)
    assert books.buy(10000).points == 200
    books.go_to(2027, 2, 11, 0, 0)
    assert books.buy(10000).points == 100


def test_who_cancels_in_the_grace_is_out_at_once(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    books.go_to(2027, 2, 14)
    assert cancel(books).membership["state"] == "ended"
    assert books.buy(10000).points == 100
    with pytest.raises(errors.NoMembership):
        cancel(books)


def test_a_fee_in_the_grace_continues_from_the_old_date(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    books.go_to(2027, 2, 16)
    assert pay(books).membership["paid_through"] == "2027-03-10"
    assert Membership.objects.count() == 1


def test_a_fee_after_the_grace_begins_anew(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    books.go_to(2027, 2, 20)
    assert pay(books).membership["paid_through"] == "2027-03-20"
    assert Membership.objects.count() == 2


def test_a_fee_paid_in_time_and_told_late_continues_what_the_night_had_ended(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    books.go_to(2027, 2, 17, 22)
    in_time = books.now
    books.go_to(2027, 2, 18, 12)
    assert pay(books, at=in_time).membership["paid_through"] == "2027-03-10"
    assert Membership.objects.count() == 1
    prove(books.merchant)


def test_an_order_told_late_has_the_plan_of_its_own_day(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    assert books.buy(10000, at=books.now - timedelta(hours=1)).points == 100, "an hour before the fee"
    books.go_to(2027, 2, 5)
    inside = books.now
    books.go_to(2027, 2, 25)
    assert books.buy(10000).points == 100
    assert books.buy(10000, at=inside).points == 200


def test_a_quote_and_the_award_agree_and_say_what_the_plan_gave(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    quoted, awarded = books.quote(9999), books.buy(9999)
    assert (quoted.points, quoted.reasons) == (awarded.points, awarded.reasons)
    assert awarded.points == 199
    gave = [one for one in awarded.reasons if one["code"] == "plan_gave"]
    assert gave == [{"code": "plan_gave", "plan": "plus", "points": 100, "name_ar": "بلس", "name_en": "Plus"}]
    assert bought(awarded).reasons == awarded.reasons


def test_the_trial_is_free_once_and_the_first_fee_follows_it(books: Books) -> None:
    books.go_to(2027, 1, 10)
    assert begin_trial(books).membership["trial_until"] == "2027-01-24"
    assert books.buy(10000).points == 200
    with pytest.raises(errors.OtherMembership):
        begin_trial(books)
    assert pay(books).membership["paid_through"] == "2027-02-24"
    fee = MembershipPayment.objects.get()
    assert (fee.from_day, fee.to_day) == (date(2027, 1, 25), date(2027, 2, 24))
    books.go_to(2027, 5, 1)
    with pytest.raises(errors.TrialUsed):
        begin_trial(books)


def test_a_trial_that_nobody_paid_has_no_grace(books: Books) -> None:
    books.go_to(2027, 1, 10)
    begin_trial(books)
    books.go_to(2027, 1, 24, 23)
    assert books.buy(10000).points == 200
    books.go_to(2027, 1, 25)
    assert books.buy(10000).points == 100


def test_a_plan_without_a_trial_has_none(open_plan: Open) -> None:
    books = open_plan(trial_days=0)
    with pytest.raises(errors.NoTrial):
        begin_trial(books)
    with pytest.raises(errors.NotSold):
        begin_trial(books, "gold")


def test_the_fee_is_the_price_and_earns_nothing(books: Books) -> None:
    with pytest.raises(errors.WrongFee):
        pay(books, 2899)
    assert pay(books).points == 0
    assert books.available == 0
    assert not Purchase.objects.exists()


def test_a_fee_that_earns_is_taken_back_with_its_refund(open_plan: Open) -> None:
    books = open_plan(fee_earns=True)
    assert pay(books, key="fee-1").points == 29
    assert books.available == 29
    assert give_back(books, "fee-1").points == -29
    assert books.available == 0
    prove(books.merchant)


def test_the_same_fee_told_again_is_one(books: Books) -> None:
    first = pay(books, key="fee-1")
    again = pay(books, key="fee-1")
    assert again.repeated
    assert again.membership == first.membership
    assert MembershipPayment.objects.count() == 1
    with pytest.raises(errors.KeyConflict):
        pay(books, key="fee-1", method="card")


def test_two_fees_from_two_doors_are_two_periods(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books, key="a")
    assert pay(books, source="moyasar", key="a", method="online").membership["paid_through"] == "2027-03-10"


def test_a_refund_takes_its_period_and_with_the_last_the_membership(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books, key="a")
    pay(books, key="b")
    assert give_back(books, "b").membership["paid_through"] == "2027-02-10"
    assert books.buy(10000).points == 200
    books.wait(hours=1)
    assert give_back(books, "a").membership["state"] == "ended"
    assert books.buy(10000).points == 100
    assert books.buy(10000, at=books.now - timedelta(minutes=30)).points == 200, "it was held then"
    with pytest.raises(errors.FeeGivenBack):
        give_back(books, "a")
    prove(books.merchant)


def test_one_plan_at_a_time(db: None) -> None:
    shop = open_shop("oasis", "0501234567", live=False)
    sell(shop.version)
    sell(shop.version, code="gold", name_en="Gold", price_minor=9900)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    books = Books(shop.member)
    pay(books)
    with pytest.raises(errors.OtherMembership):
        pay(books, 9900, plan="gold")


def test_a_year_begun_on_the_29th_of_february(open_plan: Open) -> None:
    books = open_plan(period="year", trial_days=0)
    books.go_to(2028, 2, 29)
    assert pay(books).membership["paid_through"] == "2029-02-28"
    assert pay(books).membership["paid_through"] == "2030-02-28"
    assert pay(books).membership["paid_through"] == "2031-02-28"
    assert pay(books).membership["paid_through"] == "2032-02-29"
