"""Dealings about who somebody is: records that are merged and parted, friends, and paid membership."""

from collections.abc import Callable
from itertools import count

from accounts.joining import record_consent
from accounts.models import Member
from ledger.events import (
    EventOccurred,
    ReferralUndone,
)
from ledger.models import Purchase, Referral
from ledger.posting import post
from ledger.receipt import Receipt
from ledger.referrals import reward_side
from programs.models import ProgrammeVersion
from tests.ledger.books import Books, another
from tests.ledger.merged import merge, undo
from tests.ledger.subscribed import begin_trial, cancel, give_back, pay

Deal = Callable[[], Receipt]


PHONES = count(560000001)


def second(books: Books) -> Books:
    """Another record at the same shop, with an order of its own."""
    other = another(books.merchant, f"0{next(PHONES)}")
    other.now = books.now
    other.buy(70_00, key=f"theirs-{other.member.pk}")
    return other


def in_debt(books: Books) -> None:
    key = f"gone-{books.member.pk}-{next(books.numbers)}"
    books.buy(300_00, key=key, award=True)
    available = books.available
    if available:
        books.adjust(-available)
    books.refund(key, 300_00)


def rich(books: Books) -> Books:
    """A second record with everything there is to go over."""
    other = second(books)
    third = second(books)
    merge(other, third)
    other.adjust(900)
    other.issue(500)
    Member.objects.filter(pk=second(books).member.pk).update(referred_by=other.member)
    for of, granted in ((books, True), (other, False)):
        record_consent(
            member=of.member, channel="sms", purpose="marketing", granted=granted, now=books.now,
            source="test", actor="test",
        )  # fmt: skip
    return other


def merging(books: Books) -> Deal:
    other = rich(books)
    return lambda: merge(books, other)


def merging_debts(books: Books) -> Deal:
    other = second(books)
    in_debt(other)
    return lambda: merge(books, other)


def undoing(books: Books) -> Deal:
    receipt = merge(books, rich(books))
    return lambda: undo(books, receipt)


def undoing_debts(books: Books) -> Deal:
    other = second(books)
    in_debt(other)
    receipt = merge(books, other)
    return lambda: undo(books, receipt)


def a_friend_who_ordered(books: Books) -> Referral:
    """A referral by the member of these books whose days are over."""
    friend = second(books)
    return Referral.objects.create(
        merchant=books.merchant, bringer=books.member, friend=friend.member, joined_at=books.now,
        version=ProgrammeVersion.objects.get(programme__merchant=books.merchant), state="qualified",
        purchase=Purchase.objects.get(member=friend.member),
    )  # fmt: skip


def rewarding(books: Books) -> Deal:
    made = a_friend_who_ordered(books)
    said = books.said("friend", f"{made.pk}-bringer-given", None) | {"source": "referral"}
    event = EventOccurred(**said, name="referral", award=True, referral_id=made.pk)
    return lambda: post(event, now=books.now)


def taking_back(books: Books) -> Deal:
    made = a_friend_who_ordered(books)
    reward_side(made, "bringer", now=books.now)
    event = ReferralUndone(**books.said("friend", None, None), referral_id=made.pk, side="bringer")
    return lambda: post(event, now=books.now)


def a_trial_begins(books: Books) -> Deal:
    other = second(books)
    return lambda: begin_trial(other)


def a_fee_is_paid(books: Books) -> Deal:
    return lambda: pay(books)


def a_member_cancels(books: Books) -> Deal:
    pay(books)
    return lambda: cancel(books)


def a_fee_is_given_back(books: Books) -> Deal:
    key = f"fee-{next(books.numbers)}"
    pay(books, key=key)
    return lambda: give_back(books, key)
