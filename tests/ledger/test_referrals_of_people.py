"""Whom bringing a friend brings nothing (RULES 38): oneself, who was here before, who left; merges (42)."""

from collections.abc import Iterator

import pytest

from accounts.erasing import erase
from accounts.joining import change_member
from accounts.models import Member
from ledger.models import Referral
from tests.ledger.books import Books, another, prove
from tests.ledger.merged import merge
from tests.ledger.referred import bring, hear, joined_through, night, open_befriended, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(db: None) -> Iterator[Books]:
    """The books of a member who may bring friends."""
    made = open_befriended()
    yield made
    prove(made.merchant)


@pytest.mark.parametrize(
    ("bringer", "friend"),
    [
        ("a@example.com", "a+1@example.com"),
        ("a+2@example.com", "A+1@example.com"),
        ("a.b@gmail.com", "ab@googlemail.com"),
    ],
)
def test_rule_38_nobody_brings_themselves_by_another_spelling(
    books: Books, bringer: str, friend: str
) -> None:
    change_member(member=books.member, now=books.now, changes={"email": bringer})
    assert story(bring(books, email=friend)) == ("refused", "self")


def test_an_address_that_is_said_later_is_looked_at_too(books: Books) -> None:
    change_member(member=books.member, now=books.now, changes={"email": "a@example.com"})
    friend = bring(books)
    friend.buy(80_00)
    change_member(member=friend.member, now=books.now, changes={"email": "a+1@example.com"})
    night(books)
    assert night(books, days=15) == 0
    assert story(friend) == ("refused", "self")
    assert books.moves() == []


def test_dots_tell_people_apart_elsewhere(books: Books) -> None:
    change_member(member=books.member, now=books.now, changes={"email": "a.b@example.com"})
    assert story(bring(books, email="ab@example.com")) == ("waiting", "")


def test_rule_38_never_for_an_existing_member(books: Books) -> None:
    old = another(books.merchant, "0557654321", email="old@example.com")
    books.wait(minutes=1)
    assert joined_through(books, "0557654321").member == old.member
    hear(books)
    assert not Referral.objects.exists()
    assert story(bring(books, email="old+1@example.com")) == ("refused", "existing")


def test_one_mailbox_is_one_friend(books: Books) -> None:
    bring(books, "0551234501", email="f@example.com")
    assert story(bring(books, "0551234502", email="f+2@example.com")) == ("refused", "existing")


def test_who_was_erased_and_comes_again_is_no_friend(books: Books) -> None:
    old = another(books.merchant, "0551234567")
    erase(member=old.member, actor="test", now=books.now)
    assert story(bring(books, "0551234567")) == ("refused", "existing")


def test_a_friend_whose_record_turns_out_to_be_older_is_none(books: Books) -> None:
    old = another(books.merchant, "0557654321")
    books.wait(minutes=1)
    old.now = books.now
    friend = bring(books)
    friend.buy(80_00)
    night(books)
    merge(old, friend)
    assert night(books, days=15) == 0
    assert story(friend) == ("refused", "existing")


def test_who_is_merged_with_their_friend_gives_both_back(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00)
    night(books)
    night(books, days=15)
    merge(books, friend)
    hear(books)
    assert story(friend) == ("clawed_back", "self")
    assert books.available == 80


def test_rule_42_a_merge_moves_who_brought_the_friend(books: Books) -> None:
    other = another(books.merchant, "0557654321")
    other.now = books.now
    friend = bring(books)
    friend.buy(80_00)
    night(books)
    merge(other, books)
    assert night(books, days=15) == 1
    assert (other.available, books.available, friend.available) == (100, 0, 130)


def test_rewards_of_merged_records_go_back_by_their_own_lots(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    night(books, days=15)
    other = another(books.merchant, "0557654321")
    other.now = books.now
    other.adjust(30)
    merge(other, books)
    friend.now = books.now
    friend.refund("first", 80_00)
    hear(books)
    assert other.lots() == [(30, 30), (100, 0)]


def test_a_loop_brings_nothing(books: Books) -> None:
    friend = bring(books)
    assert joined_through(friend, "0501234567").member == books.member
    hear(books)
    assert Referral.objects.count() == 1


def test_who_left_is_rewarded_no_more(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00)
    night(books)
    erase(member=Member.objects.get(pk=books.member.pk), actor="test", now=books.now)
    assert night(books, days=15) == 0
    assert story(friend) == ("refused", "left")


def test_what_an_erased_member_was_given_goes_back_all_the_same(books: Books) -> None:
    friend = bring(books)
    friend.buy(80_00, key="first")
    night(books)
    night(books, days=15)
    erase(member=Member.objects.get(pk=books.member.pk), actor="test", now=books.now)
    friend.now = books.now
    friend.refund("first", 80_00)
    hear(books)
    assert books.available == 0
