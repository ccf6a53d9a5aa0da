"""Caps under a race, in real processes (RULES 10): whoever comes at once, no cap is exceeded."""

from collections.abc import Iterator
from functools import partial

import pytest

from ledger.models import Budget
from ledger.receipt import Receipt
from tests.ledger.books import Books, another, prove
from tests.ledger.capped import open_with
from tests.ledger.test_concurrency import at_once, post_all, posting

pytestmark = pytest.mark.postgres

CAPS = [
    {"scope": "all", "period": "month", "points": 1_005},
    {"scope": "member", "period": "day", "points": 130},
]


@pytest.fixture
def books(transactional_db: None) -> Iterator[Books]:
    """Books that other processes can see."""
    shop = open_with(caps=CAPS)
    yield Books(shop.member)
    prove(shop.merchant)


def test_rule_10_fifty_members_at_once_never_exceed_a_budget(books: Books) -> None:
    people = [books, *(another(books.merchant, f"05512345{number:02}") for number in range(49))]
    answers = at_once([posting(one.order(3_000), one) for one in people])
    assert {type(answer) for answer in answers} == {Receipt}, answers
    assert sum(answer.points for answer in answers) == Budget.objects.get().used == 1_005
    assert sorted({answer.points for answer in answers}) == [0, 15, 30]


def test_rule_10_ten_tills_at_once_never_exceed_a_members_cap(books: Books) -> None:
    orders = [[books.order(1_000) for _order in range(3)] for _till in range(10)]
    answers = at_once([partial(post_all, mine, books) for mine in orders])
    assert [answer for answer in answers if not isinstance(answer, list)] == []
    assert sum(receipt.points for mine in answers for receipt in mine) == books.available == 130
