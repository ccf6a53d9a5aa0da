"""A challenge that another version tells anew under the same code begins anew there (RULES 39)."""

from typing import Any

import pytest

from programs.models import Challenge
from programs.publishing import draft_of
from programs.queries import forget_terms
from tests.ledger.books import Books, prove
from tests.ledger.collected import achieved, open_collecting, put_in_force, stamps

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def retell(books: Books, **facts: Any) -> None:
    """From tomorrow on the challenge asks for something else."""
    books.wait(days=1)
    draft = draft_of(programme=books.merchant.programme)
    Challenge.objects.filter(version=draft).update(**facts)
    put_in_force(draft, since=books.now)
    forget_terms()
    books.wait(hours=1)


def test_money_collected_is_no_visits() -> None:
    dare = {"counts": "spend", "target": 500_00, "repeats": True, "points": 10}
    books = open_collecting(cards=[], challenges=[dare])
    books.buy(400_00, key="A")
    retell(books, counts="visit", target=3)
    told = books.buy(10_00)
    assert (told.goals[0]["count"], told.goals[0]["target"], told.goals[0]["reached"]) == (1, 3, 0)
    books.refund("A", 400_00)  # it comes off what it was counted for
    assert books.buy(10_00).goals[0]["count"] == 2
    assert books.buy(10_00).goals[0]["reached"] == 1
    retell(books, points=20)  # another prize is the same count
    assert books.buy(10_00).goals[0]["count"] == 1
    prove(books.merchant)


def test_a_streak_of_old_is_not_told_anew_by_a_shorter_one() -> None:
    dare = {"kind": "streak", "period": "day", "target": 4, "repeats": True, "points": 10}
    books = open_collecting(cards=[], challenges=[dare])
    for _day in range(4):
        books.buy(10_00)
        books.wait(days=1)
    assert achieved(books) == [("dare", 1)]
    retell(books, target=2)
    assert books.buy(10_00).goals[0]["reached"] == 0
    books.wait(days=1)
    assert books.buy(10_00).goals[0]["reached"] == 1
    assert achieved(books) == [("dare", 1), ("dare", 1)]
    prove(books.merchant)


def test_a_lower_target_takes_nothing_from_who_began() -> None:
    books = open_collecting(cards=[], challenges=[{"target": 9, "points": 10}])
    for _visit in range(4):
        books.buy(10_00)
    retell(books, target=5)
    assert books.buy(10_00).goals[0]["reached"] == 1
    assert stamps(books, "dare") == 0
    prove(books.merchant)
