"""Bringing a friend (RULES 38): who is rewarded, when, who is not, and what takes it back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from accounts.models import OutboxEvent
from ledger.bulk.befriending import with_friends
from ledger.models import Occurrence, Redemption, Referral
from ledger.models.referrals import ReferralWhy
from ledger.proving.verifying import differences
from ledger.referrals import note_referral, reconsider_order, reward_side, settle, undo
from programs.models import Programme
from programs.publishing import draft_of, publish
from programs.sentences import sentences
from tests.ledger.books import Books, prove
from tests.ledger.conftest import OpenBooks
from tests.ledger.referred import bring, hear, night, open_befriended, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(db: None) -> Iterator[Books]:
    """The books of a member who may bring friends."""
    made = open_befriended()
    yield made
    prove(made.merchant)


def test_rule_38_both_are_rewarded_once_the_days_for_a_return_are_over(books: Books) -> None:
    friend = bring(books)
    assert story(friend) == ("waiting", "")
    friend.buy(80_00)
    assert night(books) == 0
    assert story(friend) == ("qualified", "")
    assert night(books, days=14) == 0
    assert (books.moves(), friend.available) == ([], 80)
    assert night(books, days=1) == 1
    assert (books.available, friend.available) == (100, 130)
    assert story(friend) == ("rewarded", "")
    assert night(books, days=30) == 0
    assert (books.available, friend.available) == (100, 130)


def test_each_reward_is_an_event_with_its_reason_in_both_languages(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00)
    night(books)
    night(books, days=15)
    rows = {row.member_id: row for row in Occurrence.objects.all()}
    assert {row.name for row in rows.values()} == {"referral", "referred"}
    mine, theirs = rows[books.member.pk], rows[friend.member.pk]
    assert (mine.points, theirs.points, mine.occurred_at) == (100, 50, books.now)
    assert sentences(mine.reasons, "en") == ["A friend joined through you"]
    assert sentences(theirs.reasons, "en") == ["You joined through a friend"]
    assert "صديق" in sentences(mine.reasons, "ar")[0]
    assert "نورة" not in str(mine.reasons)


def test_both_members_are_told(books: Books) -> None:
    friend = bring(books)
    assert books.news("referral.joined") == [{"referral_id": Referral.objects.get().pk}]
    friend.buy(80_00)
    night(books)
    night(books, days=15)
    assert [one["points"] for one in books.news("referral.rewarded")] == [100]
    assert [one["points"] for one in friend.news("referral.rewarded")] == [50]


def test_the_first_order_that_reaches_the_minimum_counts(books: Books) -> None:
    friend = bring(books)
    friend.buy(49_99)
    assert night(books, days=20) == 0
    assert story(friend) == ("waiting", "")
    friend.now = books.now
    friend.buy(50_00)
    night(books)
    assert night(books, days=15) == 1


def test_points_pay_for_no_first_order(books: Books) -> None:
    friend = bring(books)
    friend.adjust(2_000)
    code = friend.issue(1_000).code
    friend.buy(60_00, redemption_codes=(code,))
    assert night(books, days=20) == 0
    assert story(friend) == ("waiting", "")


@pytest.mark.parametrize("back", [80_00, 30_01])
def test_an_order_returned_within_the_window_counts_for_nothing(books: Books, back: int) -> None:
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    friend.refund("first", back)
    hear(books)
    assert story(friend) == ("waiting", "")
    assert night(books, days=15) == 0
    friend.now = books.now
    friend.buy(60_00)
    night(books)
    assert night(books, days=15) == 1


def test_an_order_returned_unheard_is_noticed_when_it_is_due(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    friend.refund("first", 80_00)
    books.wait(days=15)
    assert settle(Referral.objects.get(), now=books.now) is False
    assert story(friend) == ("waiting", "")


def test_rule_38_a_cancelled_order_claws_both_back(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    night(books, days=15)
    friend.now = books.now
    friend.refund("first", 20_00)
    hear(books)
    assert story(friend) == ("rewarded", "")
    friend.refund("first", 20_00)
    hear(books)
    assert story(friend) == ("clawed_back", "returned")
    assert (books.available, books.balance.owed) == (0, 0)
    assert friend.available == 40
    reconsider_order(OutboxEvent.objects.filter(topic="order.refunded").latest("id"), books.now)
    undo(Referral.objects.get(), ReferralWhy.RETURNED, now=books.now)
    assert books.moves() == [("earn", 100), ("clawback", -100)]


def test_what_was_spent_already_is_owed(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    night(books, days=15)
    books.adjust(400)
    books.issue(500)
    friend.now = books.now
    friend.refund("first", 80_00)
    hear(books)
    assert (books.available, books.balance.owed) == (0, 100)


def test_the_rewards_own_points_go_first(books: Books) -> None:
    books.adjust(70)
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    night(books, days=15)
    friend.now = books.now
    friend.refund("first", 80_00)
    hear(books)
    assert books.lots() == [(70, 70), (100, 0)]


def test_rule_38_beyond_the_cap_it_waits_for_somebody_to_look() -> None:
    books = open_befriended(most_per_month=2, window_days=0)
    friends = [bring(books, f"055123450{number}") for number in range(3)]
    for friend in friends:
        friend.buy(80_00)
    assert night(books) == 2
    assert [story(friend)[0] for friend in friends] == ["rewarded", "rewarded", "held"]
    assert (books.available, friends[2].available) == (200, 80)
    assert night(books, days=31) == 0
    prove(books.merchant)


def test_after_thirty_days_others_may_come_again() -> None:
    books = open_befriended(most_per_month=1, window_days=0)
    bring(books, "0551234501").buy(80_00)
    assert night(books) == 1
    books.wait(days=31)
    bring(books, "0551234502").buy(80_00)
    assert night(books) == 1


def test_what_was_taken_back_counts_for_no_cap() -> None:
    books = open_befriended(most_per_month=1, window_days=0)
    first = bring(books, "0551234501")
    first.buy(80_00, key="first")
    night(books)
    first.now = books.now
    first.refund("first", 80_00)
    hear(books)
    bring(books, "0551234502").buy(80_00)
    assert night(books) == 1


def test_what_was_promised_when_the_friend_joined_is_kept(books: Books) -> None:
    friend = bring(books)
    draft = draft_of(programme=Programme.objects.get())
    draft.referrals.update(bringer_points=1)
    publish(version=draft, actor="test", effective_from=books.now + timedelta(days=1), now=books.now)
    friend.buy(80_00)
    night(books)
    night(books, days=15)
    assert books.available == 100
    later = bring(books, "0551234502")
    later.buy(80_00)
    night(books)
    night(books, days=15)
    assert books.available == 101


def test_a_pause_keeps_rewards_waiting(books: Books) -> None:
    bring(books).buy(80_00)
    assert [*with_friends()] == [books.merchant]
    Programme.objects.update(state="paused")
    assert [*with_friends()] == []


def test_without_an_offer_nothing_is_noted_and_a_refund_says_nothing_new(open_books: OpenBooks) -> None:
    books = open_books()
    friend = bring(books)
    friend.buy(80_00, key="first")
    friend.refund("first", 80_00)
    assert not Referral.objects.exists()
    assert books.news("order.refunded") == friend.news("order.refunded") == []


def test_a_crash_between_the_two_rewards_is_made_good(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00)
    night(books)
    books.wait(days=15)
    reward_side(Referral.objects.get(), "bringer", now=books.now)
    assert (books.available, friend.available) == (100, 80)
    assert night(books) == 1
    assert (books.available, friend.available) == (100, 130)


def test_noting_twice_is_noting_once(books: Books) -> None:
    bring(books)
    note_referral(OutboxEvent.objects.get(topic="member.joined"), books.now)
    assert Referral.objects.count() == 1
    assert len(books.news("referral.joined")) == 1


def test_a_reward_of_the_catalogue_is_a_voucher_and_void_again_when_the_order_comes_back() -> None:
    books = open_befriended(bringer_points=0, bringer_reward="gift-wrap", window_days=0)
    friend = bring(books)
    friend.buy(80_00, key="first")
    assert night(books) == 1
    voucher = Redemption.objects.get(member=books.member)
    assert (voucher.points, voucher.origin, voucher.state) == (0, "referral", "reserved")
    friend.now = books.now
    friend.refund("first", 80_00)
    hear(books)
    voucher.refresh_from_db()
    assert (voucher.state, story(friend)) == ("cancelled", ("clawed_back", "returned"))
    prove(books.merchant)


def test_a_voucher_that_was_used_stays_used() -> None:
    books = open_befriended(bringer_points=0, bringer_reward="gift-wrap", window_days=0)
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    voucher = Redemption.objects.get(member=books.member)
    books.close(voucher.code)
    friend.now = books.now
    friend.refund("first", 80_00)
    hear(books)
    voucher.refresh_from_db()
    assert (voucher.state, story(friend)[0]) == ("used", "clawed_back")
    prove(books.merchant)


def test_what_was_tampered_with_is_found(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00)
    night(books)
    night(books, days=15)
    Referral.objects.update(bringer_at=None)
    found = [str(one) for one in differences(books.merchant.pk)]
    assert any("referral" in one for one in found)
    Referral.objects.update(bringer_at=books.now)
