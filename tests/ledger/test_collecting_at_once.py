"""Cards under a race, in real processes (RULES 36, 39): exact stamps, and a reward for every full card."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from ledger.models import Achievement
from tests.ledger.books import Books, prove
from tests.ledger.collected import achieved, open_collecting, stamps, vouchers
from tests.ledger.test_concurrency import at_once, post_all

pytestmark = pytest.mark.postgres


@pytest.fixture
def books(transactional_db: None) -> Iterator[Books]:
    """Books that other processes can see."""
    books = open_collecting(challenges=[{"kind": "milestone", "target": 20, "badge": "regular", "points": 7}])
    yield books
    prove(books.merchant)


def test_rule_36_fifty_sales_at_once_fill_five_cards_and_begin_a_sixth(books: Books) -> None:
    orders = [[books.order(1_000) for _order in range(5)] for _till in range(10)]
    answers = at_once([partial(post_all, mine, books) for mine in orders])
    assert [answer for answer in answers if not isinstance(answer, list)] == []
    assert (stamps(books), vouchers(books)) == (50 - 5 * 9, [("coffee", "reserved")] * 5)
    given = Counter(code for code, _number in achieved(books))
    assert given == {"coffee-card": 5, "dare": 1}
    assert Achievement.objects.filter(badge="regular").count() == 1
    assert books.available == 50 * 10 + 7
