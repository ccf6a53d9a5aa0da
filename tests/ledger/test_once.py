"""Once and only once (RULES B), in one process; many at a time are in ``test_concurrency``."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from ledger.errors import KeyConflict
from ledger.models import Movement, PostingKey, Purchase
from ledger.posting import post
from tests.ledger.books import Books, another


def test_rule_14_the_same_order_again_is_the_same_answer(books: Books) -> None:
    event = books.order(9999, key="A-1")
    first = post(event, now=books.now)
    again = post(event, now=books.now + timedelta(days=3))
    assert again == replace(first, repeated=True)
    assert (Purchase.objects.count(), Movement.objects.count(), PostingKey.objects.count()) == (1, 1, 1)


def test_rule_14_another_spelling_of_the_same_instant_and_another_cashier_are_a_retry(books: Books) -> None:
    event = books.order(9999, key="A-1")
    post(event, now=books.now)
    riyadh = event.occurred_at.astimezone(timezone(timedelta(hours=3)))
    assert post(replace(event, occurred_at=riyadh, actor="another"), now=books.now).repeated


def test_rule_14_a_retry_without_a_time_of_its_own_is_a_retry(books: Books) -> None:
    post(replace(books.order(9999, key="A-1"), stamped=True), now=books.now)
    books.wait(minutes=5)
    assert post(replace(books.order(9999, key="A-1"), stamped=True), now=books.now).repeated


@pytest.mark.parametrize(
    ("amount", "channel", "earlier"), [(10000, "store", 0), (9999, "online", 0), (9999, "store", 1)]
)
def test_rule_15_the_same_key_with_another_body_is_a_conflict(
    books: Books, amount: int, channel: str, earlier: int
) -> None:
    books.buy(9999, key="A-1")
    with pytest.raises(KeyConflict):
        books.buy(amount, key="A-1", at=books.now - timedelta(minutes=earlier), channel=channel)
    assert (Purchase.objects.count(), books.available) == (1, 99)


def test_rule_15_another_members_order_with_the_same_number_is_a_conflict(books: Books) -> None:
    books.buy(9999, key="A-1")
    with pytest.raises(KeyConflict):
        another(books.merchant, "0500000009").buy(9999, key="A-1")


def test_rule_15_numbers_of_another_source_and_another_kind_are_their_own(books: Books) -> None:
    books.buy(9999, key="A-1")
    assert not post(replace(books.order(9999, key="A-1"), source="web"), now=books.now).repeated
    assert not books.refund("A-1", 100, key="A-1").repeated


def test_every_other_verb_has_one_answer_too(books: Books) -> None:
    books.earn(1000, key="A-1")
    issued = books.issue(500, key="I-1")
    assert books.issue(500, key="I-1") == replace(issued, repeated=True)
    closed = books.close(issued.code, "cancelled", key="C-1")
    assert books.close(issued.code, "cancelled", key="C-1") == replace(closed, repeated=True)
    back = books.refund("A-1", 10000, key="R-1")
    assert books.refund("A-1", 10000, key="R-1") == replace(back, repeated=True)
    assert books.available == 900
