"""What was concluded about one record is not shown of a person who has two (RULES 42)."""

from datetime import timedelta

from accounts import outbox
from analytics.models import DormancyModel, DormancyScore
from analytics.queries import at_risk
from tests.ledger.books import Books, another
from tests.ledger.conftest import books, other, shop
from tests.ledger.merged import merge, undo

__all__ = ["books", "other", "shop"]


def scored(books: Books) -> DormancyScore:
    """Let the model say that a member is slipping."""
    model, _made = DormancyModel.objects.get_or_create(
        merchant=books.merchant, horizon=30, cutoff=books.now, is_current=True,
        defaults={"method": "plain_rule", "trained_at": books.now, "scored_at": books.now},
    )  # fmt: skip
    return DormancyScore.objects.create(
        model=model, merchant=books.merchant, member=books.member, probability=0.8, is_slipping=True,
        days_silent=35,
    )  # fmt: skip


def slipping(books: Books) -> list[int]:
    """Hear the news that waits, and say who is shown as slipping."""
    while outbox.relay(now=books.now):
        pass
    return [score.member_id for score in at_risk(books.merchant)]


def test_rule_42_a_survivor_is_not_at_risk_by_what_one_record_alone_had_bought(
    books: Books, other: Books
) -> None:
    stranger = another(books.merchant, "0561234567")
    other.earn(100)
    for each in (books, stranger):
        scored(each)
    books.wait(days=1)
    merge(books, other)
    assert slipping(books) == [stranger.member.pk]


def test_rule_42_parted_records_are_not_at_risk_by_what_both_had_bought(books: Books, other: Books) -> None:
    receipt = merge(books, other)
    books.wait(days=1)
    scored(books)
    books.wait(days=1)
    undo(books, receipt)
    assert slipping(books) == []


def test_a_score_that_is_newer_than_the_merge_stays(books: Books, other: Books) -> None:
    merge(books, other)
    books.now += timedelta(days=1)
    scored(books)
    assert slipping(books) == [books.member.pk]
