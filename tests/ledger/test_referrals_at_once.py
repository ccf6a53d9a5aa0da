"""Friends under a race, in real processes (RULES 38): whoever comes at once, the cap and the once hold."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from accounts.joining import join
from accounts.models import Member
from ledger.bulk.befriending import qualify, reward_friends
from ledger.models import Movement, Referral
from ledger.referrals import settle
from tests.ledger.books import Books, another, prove
from tests.ledger.referred import bring, hear, open_befriended
from tests.ledger.test_concurrency import at_once

pytestmark = pytest.mark.postgres


@pytest.fixture
def books(transactional_db: None) -> Iterator[Books]:
    """Books that other processes can see, of a member who may bring three friends a month."""
    made = open_befriended(most_per_month=3, window_days=0)
    yield made
    prove(made.merchant)


def befriend(books: Books, many: int) -> list[int]:
    """Friends who ordered; returns the ids of their referrals."""
    for number in range(many):
        bring(books, f"05512345{number:02}").buy(80_00)
    qualify(Referral.objects.all())
    return list(Referral.objects.order_by("pk").values_list("pk", flat=True))


def settling(pk: int, books: Books) -> Callable[[], bool]:
    return lambda: settle(Referral.objects.get(pk=pk), now=books.now)


def test_rule_38_fifty_at_once_never_exceed_the_cap(books: Books) -> None:
    pks = befriend(books, 10)
    answers = at_once([settling(pk, books) for pk in pks * 5])
    assert {type(answer) for answer in answers} <= {bool, str}, answers
    while Referral.objects.filter(state="qualified").exists():  # who was busy comes again
        reward_friends(merchant=books.merchant, now=books.now)
    states = list(Referral.objects.order_by("pk").values_list("state", flat=True))
    assert (states.count("rewarded"), states.count("held")) == (3, 7)
    assert books.available == 300
    assert Movement.objects.filter(kind="earn", points=50).count() == 3


def test_two_workers_at_one_shop_reward_everybody_once(books: Books) -> None:
    befriend(books, 3)
    nights = [partial(reward_friends, merchant=books.merchant, now=books.now) for _worker in range(4)]
    answers = at_once(nights)
    assert [answer for answer in answers if not isinstance(answer, int)] == []
    reward_friends(merchant=books.merchant, now=books.now)
    assert set(Referral.objects.values_list("state", flat=True)) == {"rewarded"}
    assert books.available == 300


def test_one_friend_whom_two_bring_at_once_is_brought_by_one(books: Books) -> None:
    other = another(books.merchant, "0557654321")

    def joining(bringer: Member) -> Callable[[], int]:
        return lambda: join(
            merchant=books.merchant, now=books.now, source="portal", actor="test", phone="0551234567",
            referred_by=bringer,
        )[0].pk  # fmt: skip

    found = at_once([joining(one.member) for one in (books, other) * 5])
    assert len(set(found)) == 1, found
    hear(books)
    noted = Referral.objects.get()
    assert noted.bringer_id == Member.objects.get(pk=found[0]).referred_by_id
