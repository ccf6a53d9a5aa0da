"""Memberships as the books keep them: the night, merged records, both writers, proofs, a fee's voucher."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from ledger import errors
from ledger.bulk.lapsing import lapse
from ledger.bulk.many import post_many
from ledger.catalogue import rewards_for
from ledger.models import Membership, MembershipPayment, Redemption
from ledger.proving.verifying import differences
from programs.having import RewardOffer
from programs.having_wording import why_not_text
from programs.models import Reward
from tests.ledger.books import Books, another, prove
from tests.ledger.merged import merge, undo
from tests.ledger.subscribed import (
    Open,
    begin_trial,
    cancel,
    give_back,
    held,
    pay,
)
from tests.ledger.subscribed import books as books
from tests.ledger.subscribed import open_plan as open_plan


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
