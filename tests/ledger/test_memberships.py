"""RULES 37 in the books: what fees pay for, until when benefits last, and once only."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ledger import errors
from ledger.bulk.lapsing import lapse
from ledger.bulk.many import post_many
from ledger.catalogue import rewards_for
from ledger.models import Membership, MembershipPayment, Purchase, Redemption
from ledger.proving.verifying import differences
from programs.having import RewardOffer
from programs.having_wording import why_not_text
from programs.models import Reward
from programs.publishing import publish
from tests.cast import FOUNDED, open_shop
from tests.ledger.books import Books, another, bought, prove
from tests.ledger.merged import merge, undo
from tests.ledger.subscribed import begin_trial, cancel, double_for_holders, give_back, held, pay, sell

Open = Callable[..., Books]


@pytest.fixture
def open_plan(db: None) -> Open:
    """Open a shop that sells Plus, whose holders earn twice: ``open_plan(period="year")``."""

    def made(**plan: object) -> Books:
        shop = open_shop("oasis", "0501234567", live=False)
        sell(shop.version, **plan)
        double_for_holders(shop.version)
        publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
        return Books(shop.member)

    return made


@pytest.fixture
def books(open_plan: Open) -> Books:
    return open_plan()


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


def test_a_file_of_orders_earns_as_the_till_does(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    books.go_to(2027, 2, 20)
    days = [datetime(2027, 2, day, 9, tzinfo=UTC) for day in (9, 16, 19)]
    events = [books.order(10000, at=at) for at in days]
    found = post_many(events, now=books.now)
    assert [outcome.points for outcome in found] == [200, 200, 100]
    prove(books.merchant)


def test_the_night_brings_the_state_up_to_date_and_tells_it_once(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    states = []
    for day, hour in ((10, 23), (11, 0), (17, 23), (18, 0), (19, 0)):
        books.go_to(2027, 2, day, hour, 30)
        for _night in range(2):
            lapse(merchant=books.merchant, now=books.now)
        states.append(held(books).state)
    assert states == ["active", "grace", "grace", "ended", "ended"]
    row = held(books)
    assert row.ended_at == datetime(2027, 2, 17, 21, tzinfo=UTC), (
        "midnight in Riyadh, whenever the night came"
    )
    assert [len(books.news(topic)) for topic in ("membership.unpaid", "membership.ended")] == [1, 1]
    assert pay(books, at=datetime(2027, 2, 17, 20, tzinfo=UTC)).membership["paid_through"] == "2027-03-10"


def test_a_late_night_takes_and_gives_nothing(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    cancel(books)
    begin = another(books.merchant, "0551230001")
    begin.now = books.now
    begin_trial(begin)
    books.go_to(2027, 6, 1)
    lapse(merchant=books.merchant, now=books.now)
    assert (held(books).ended_why, held(begin).ended_why) == ("cancelled", "trial")
    assert held(books).ended_at == datetime(2027, 2, 10, 21, tzinfo=UTC)
    assert held(begin).ended_at == datetime(2027, 1, 24, 21, tzinfo=UTC)


def test_two_records_of_one_person_share_the_longer_membership_and_part_with_their_own(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    other = another(books.merchant, "0551230001")
    other.now = books.now
    pay(other)
    pay(other)
    merged = merge(books, other)
    books.go_to(2027, 3, 1)
    undone = Books(books.member, books.now, books.numbers)
    assert undone.quote(10000).points == 200, "by what the other record brought"
    undo(books, merged)
    assert books.quote(10000).points == 100
    other.now = books.now
    assert other.quote(10000).points == 200


def test_a_fee_after_a_merge_extends_the_longer_one(books: Books) -> None:
    books.go_to(2027, 1, 10)
    pay(books)
    other = another(books.merchant, "0551230001")
    other.now = books.now
    pay(other)
    pay(other)
    merge(books, other)
    assert pay(books).membership["paid_through"] == "2027-04-10"
    prove(books.merchant)


def test_the_trial_of_a_merged_record_was_the_persons(books: Books) -> None:
    other = another(books.merchant, "0551230001")
    begin_trial(other)
    merge(books, other)
    books.wait(days=40)
    with pytest.raises(errors.TrialUsed):
        begin_trial(books)


@pytest.mark.parametrize("by_rows", [True, False])
def test_both_writers_write_the_same(books: Books, settings: Settings, by_rows: bool) -> None:
    settings.LEDGER_BY_ROWS = by_rows
    books.go_to(2027, 1, 10)
    begin_trial(books)
    pay(books, key="a")
    pay(books, key="b")
    cancel(books)
    give_back(books, "b")
    row = held(books)
    assert (row.fees, row.paid_through, row.state) == (1, date(2027, 2, 24), "active")
    assert row.cancelled_at == books.now
    fees = MembershipPayment.objects.order_by("id").values_list("kind", "external_id", "refunds__external_id")
    assert [(kind, of) for kind, _number, of in fees] == [("fee", None), ("fee", None), ("refund", "b")]
    prove(books.merchant)


@pytest.mark.parametrize("change", [{"fees": 2}, {"paid_through": date(2030, 1, 1)}])
def test_a_membership_that_its_fees_do_not_pay_for_is_found(books: Books, change: dict[str, Any]) -> None:
    pay(books)
    Membership.objects.update(**change)
    found = [str(one) for one in differences(books.merchant.pk)]
    assert found
    assert all(one.startswith("membership") for one in found), found


def test_the_first_fee_brings_a_voucher_and_its_refund_makes_it_void(open_plan: Open) -> None:
    books = open_plan(welcome_reward="gift-wrap")
    assert pay(books, key="a").vouchers[0]["reward"] == "gift-wrap"
    pay(books, key="b")
    voucher = Redemption.objects.get()
    assert (voucher.origin, voucher.points, voucher.state) == ("plan", 0, "reserved")
    give_back(books, "b")
    assert Redemption.objects.get().state == "reserved"
    give_back(books, "a")
    assert Redemption.objects.get().state == "cancelled"
    prove(books.merchant)


def test_a_plan_has_a_reward_earlier_and_says_so(books: Books) -> None:
    books.adjust(5_000)
    early = {"starts_on": books.now.date() + timedelta(days=9), "early_days": 20, "early_plans": ["plus"]}
    Reward.objects.filter(code="surprise").update(**early)

    def shown() -> RewardOffer:
        offers = rewards_for(books.member, now=books.now)
        return next(one for one in offers if one.reward.code == "surprise")

    why = shown().why_not
    assert why is not None
    assert why_not_text(why, "en") == "Early access for Plus; for all from 3 February"
    with pytest.raises(errors.RewardUnavailable):
        books.issue(reward_code="surprise")
    pay(books)
    assert shown().is_affordable
    assert books.issue(reward_code="surprise").code
    prove(books.merchant)
