"""Many at once, in real processes, on whichever database the suite runs (RULES 14, 20)."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from django.db import connections

from accounts.errors import WalaaError
from ledger.events import AnyEvent, RedemptionClosed, RedemptionIssued
from ledger.models import Movement, Purchase, Redemption
from ledger.posting import post
from ledger.receipt import Receipt
from tests.cast import open_shop
from tests.ledger.books import Books, prove

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def books(transactional_db: None) -> Iterator[Books]:
    """Books that other processes can see."""
    shop = open_shop("oasis", "0501234567")
    yield Books(shop.member)
    prove(shop.merchant)


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do each piece of work in a process of its own, all from the same moment; a refusal is its code."""
    start, answers = FORK.Barrier(len(work)), FORK.Queue()

    def run(piece: Callable[[], Any]) -> None:
        connections.close_all()
        start.wait()
        try:
            answers.put(piece())
        except WalaaError as refusal:
            answers.put(refusal.code)
        except BaseException as error:  # noqa: BLE001 (the test must see it)
            answers.put(repr(error))
        connections.close_all()

    connections.close_all()
    processes = [FORK.Process(target=run, args=(piece,)) for piece in work]
    for process in processes:
        process.start()
    found = [answers.get(timeout=90) for _piece in work]
    for process in processes:
        process.join()
    return found


def posting(event: AnyEvent, books: Books) -> Callable[[], Receipt]:
    return lambda: post(event, now=books.now)


def post_all(events: Sequence[AnyEvent], books: Books) -> list[Receipt]:
    return [post(event, now=books.now) for event in events]


def test_rule_14_fifty_at_once_are_one_purchase_one_entry_one_answer(books: Books) -> None:
    event = books.order(9999, key="A-1")
    answers = at_once([posting(event, books)] * 50)
    assert {type(answer) for answer in answers} == {Receipt}, answers
    assert sum(not answer.repeated for answer in answers) == 1
    assert {(answer.points, answer.purchase_id, answer.movement_id) for answer in answers} == {
        (99, answers[0].purchase_id, answers[0].movement_id)
    }
    assert (Purchase.objects.count(), Movement.objects.count(), books.available) == (1, 1, 99)


def test_rule_14_fifty_orders_of_one_member_at_once_are_all_there(books: Books) -> None:
    events = [[books.order(1000) for _order in range(5)] for _till in range(10)]
    answers = at_once([partial(post_all, mine, books) for mine in events])
    assert [answer for answer in answers if not isinstance(answer, list)] == []
    assert (Purchase.objects.count(), books.available, books.balance.version) == (50, 500, 50)


def test_rule_20_two_tills_spend_the_same_points_and_one_succeeds(books: Books) -> None:
    books.earn(500)
    issues = [RedemptionIssued(**books.said("issue", None, None), points=500) for _till in range(2)]
    answers = at_once([posting(issue, books) for issue in issues])
    assert sorted(type(answer).__name__ for answer in answers) == ["Receipt", "str"], answers
    assert "not_enough_points" in answers
    assert (books.available, Redemption.objects.count()) == (0, 1)


def test_rule_20_many_tills_spend_exactly_what_there_is(books: Books) -> None:
    books.earn(2200)
    issues = [RedemptionIssued(**books.said("issue", None, None), points=500) for _till in range(12)]
    answers = at_once([posting(issue, books) for issue in issues])
    assert sum(isinstance(answer, Receipt) for answer in answers) == 4, answers
    assert answers.count("not_enough_points") == 8
    assert books.available == 200


def test_rule_20_one_code_at_two_tills_is_used_once(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    uses = [RedemptionClosed(**books.said("close", None, None), code=code) for _till in range(6)]
    answers = at_once([posting(use, books) for use in uses])
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1, answers
    assert answers.count("code_spent") == 5


def test_a_code_that_is_used_and_cancelled_at_once_is_one_of_the_two(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    ends = [
        RedemptionClosed(**books.said("close", None, None), code=code, outcome=outcome)
        for outcome in ("used", "cancelled") * 3
    ]
    answers = at_once([posting(end, books) for end in ends])
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1, answers
    assert books.available == (500 if Redemption.objects.get().state == "cancelled" else 0)
