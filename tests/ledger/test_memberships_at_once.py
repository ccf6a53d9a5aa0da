"""Fees from many doors at once, in real processes: one said often is one, several are as many periods."""

from collections.abc import Iterator

import pytest

from ledger.events_of_fees import MembershipPaid, MembershipStarted
from ledger.models import Membership, MembershipPayment
from programs.publishing import publish
from tests.cast import FOUNDED, open_shop
from tests.ledger.books import Books, prove
from tests.ledger.subscribed import sell
from tests.ledger.test_concurrency import at_once, posting


@pytest.fixture
def books(transactional_db: None) -> Iterator[Books]:
    """Books that other processes can see, at a shop that sells Plus."""
    shop = open_shop("oasis", "0501234567", live=False)
    sell(shop.version)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    yield Books(shop.member)
    prove(shop.merchant)


def fee(books: Books, key: str, source: str = "till") -> MembershipPaid:
    said = books.said("fee", key, None) | {"source": source}
    return MembershipPaid(**said, plan="plus", amount_minor=2900)


def test_the_same_fee_many_times_at_once_is_one(books: Books) -> None:
    answers = at_once([posting(fee(books, "F-1"), books)] * 8)
    assert {answer.membership["paid_through"] for answer in answers} == {"2026-02-25"}
    assert (Membership.objects.count(), MembershipPayment.objects.count()) == (1, 1)


def test_the_till_and_the_card_at_once_are_two_periods_of_one_membership(books: Books) -> None:
    answers = at_once([posting(fee(books, f"F-{n}", ("till", "moyasar")[n % 2]), books) for n in range(4)])
    days = sorted(answer.membership["paid_through"] for answer in answers)
    assert days == ["2026-02-25", "2026-03-25", "2026-04-25", "2026-05-25"]
    assert Membership.objects.get().fees == 4


def test_two_trials_at_once_are_one(books: Books) -> None:
    events = [MembershipStarted(**books.said("trial", f"t-{n}", None), plan="plus") for n in range(4)]
    answers = at_once([posting(event, books) for event in events])
    assert sorted(str(getattr(one, "kind", one)) for one in answers) == ["membership_held"] * 3 + [
        "plan-trial"
    ]
    assert Membership.objects.count() == 1
