"""Undoing a merge leaves what there was: lots with their own last days, debts, and tiers (RULES 42)."""

from ledger.models import Lot
from tests.ledger.books import Books
from tests.ledger.merged import merge, undo


def in_debt(books: Books, points: int) -> None:
    """Let a member owe points: they were earned, spent and refunded."""
    books.earn(points, key="O-1")
    books.adjust(-points)
    books.refund("O-1", points * 100)


def test_rule_24_what_paid_a_debt_comes_back_to_its_own_lots_when_a_merge_is_undone(
    books: Books, other: Books
) -> None:
    books.earn(500)
    in_debt(other, 300)
    facts = Lot.objects.filter(member=books.member, remaining__gt=0).values_list("remaining", "expires_on")
    before = list(facts)
    receipt = merge(books, other)
    assert (receipt.points, books.available) == (-300, 200)
    assert undo(books, receipt).available == 500
    assert list(facts) == before
    assert (other.available, other.balance.owed) == (0, 300)


def test_rule_42_a_debt_beyond_what_was_there_goes_back_as_a_debt(books: Books, other: Books) -> None:
    books.earn(100)
    in_debt(other, 300)
    receipt = merge(books, other)
    assert (books.available, books.balance.owed) == (0, 200)
    undo(books, receipt)
    assert (books.available, books.balance.owed) == (100, 0)
    assert (other.available, other.balance.owed) == (0, 300)


def test_rule_42_the_answer_to_an_undo_counts_nothing_that_died_meanwhile(books: Books, other: Books) -> None:
    books.earn(100)
    other.earn(50)
    receipt = merge(books, other)
    books.wait(days=400)
    assert undo(books, receipt).available == 0
