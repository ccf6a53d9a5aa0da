"""Contests under a race, in real processes: however many workers close one, it is decided and given once."""

from collections.abc import Iterator
from functools import partial

import pytest

from ledger.contests.closing import close_contests
from ledger.models import Achievement, ContestClosing, ContestStanding, PostingKey, Redemption
from tests.ledger.books import Books, another, prove
from tests.ledger.held import open_holding_shop, places
from tests.ledger.test_concurrency import at_once

pytestmark = pytest.mark.postgres
WORKERS = 4
WINNERS = 12
PRIZES = ({"points": 300, "badge": "regular"}, {"first_place": 2, "last_place": WINNERS, "reward": "coffee"})


@pytest.fixture
def field(transactional_db: None) -> Iterator[list[Books]]:
    """Members who bought in the contest's days, the first one most, that other processes can see."""
    shop = open_holding_shop(prizes=PRIZES)
    others = (another(shop.merchant, f"05011100{number:02}") for number in range(WINNERS + 2))
    field = [Books(shop.member), *others]
    for number, books in enumerate(field):
        books.go_to(2026, 2, 10)
        books.buy(500_00 - number * 100)
    yield field
    prove(shop.merchant)


def test_workers_that_close_one_contest_at_once_decide_it_once_and_give_each_prize_once(
    field: list[Books],
) -> None:
    books = field[0]
    books.go_to(2026, 3, 15, hour=1)
    before = books.available
    gave = at_once([partial(close_contests, now=books.now)] * WORKERS)
    assert sum(gave) == WINNERS, gave
    closing = ContestClosing.objects.get()
    assert (closing.contenders, closing.done_at is not None) == (len(field), True)
    assert [member for _place, member, _count in places(books)] == [one.member.pk for one in field]
    assert ContestStanding.objects.count() == len(field)
    assert PostingKey.objects.filter(source="contest").count() == WINNERS
    assert Achievement.objects.filter(kind="contest").count() == WINNERS
    assert Redemption.objects.filter(origin="contest").count() == WINNERS - 1
    assert books.available - before == 300


def test_workers_with_clocks_of_their_own_decide_it_once_too(field: list[Books]) -> None:
    books = field[0]
    books.go_to(2026, 3, 15, hour=1)
    moments = [books.now.replace(second=second) for second in range(WORKERS)]
    gave = at_once([partial(close_contests, now=moment) for moment in moments])
    assert sum(gave) == WINNERS, gave
    assert ContestClosing.objects.get().closed_at in moments
    assert Achievement.objects.filter(kind="contest").count() == WINNERS


def test_a_worker_that_died_after_deciding_leaves_the_prizes_to_the_next(field: list[Books]) -> None:
    books = field[0]
    books.go_to(2026, 3, 15, hour=1)
    assert close_contests(now=books.now) == WINNERS
    ContestClosing.objects.update(done_at=None)  # as if nobody had come to the end
    assert close_contests(now=books.now) == 0
    assert ContestClosing.objects.get().done_at is not None
