"""Tiers across a merge whose records nobody looked after when a year ended (RULES 33, 42)."""

from datetime import timedelta

import pytest

from ledger import topics
from ledger.bulk.sweeping import renew
from ledger.models import Merge, TierPeriod
from tests.ledger.books import Books
from tests.ledger.merged import merge, undo


@pytest.fixture(autouse=True)
def _no_tier_ends_before_it_begins(books: Books, other: Books) -> object:
    """Insist on it after every test, whoever's period it is."""
    yield
    periods = TierPeriod.objects.filter(member__merchant=books.merchant, ends_at__isnull=False)
    assert [period for period in periods if period.ends_at < period.starts_at] == []  # type: ignore[operator]


def held(books: Books) -> list[tuple[str, str]]:
    periods = books.member.tier_periods.order_by("starts_at", "id")
    return [(period.tier_code, period.why) for period in periods]


def told(books: Books) -> list[str]:
    return [news["tier_code"] for news in books.news(topics.TIER_CHANGED)]


def test_rule_42_a_tier_whose_year_is_over_does_not_go_over(books: Books, other: Books) -> None:
    other.buy(160_000)  # Silver, for a year and no longer
    books.go_to(2027, 6, 1)
    books.earn(10)
    assert merge(books, other).tier_code == "bronze"
    assert held(books) == []


def test_rule_42_a_tier_that_was_earned_again_goes_over_until_its_new_end(books: Books, other: Books) -> None:
    other.buy(160_000)
    other.go_to(2026, 12, 1)
    other.buy(170_000)
    books.go_to(2027, 6, 1)  # the year ended in January and was not followed yet
    assert merge(books, other).tier_code == "silver"
    assert held(books) == [("silver", "merged")]
    ends_at = books.member.tier_periods.get().ends_at
    assert ends_at is not None
    assert ends_at > books.now


def test_rule_42_the_survivors_own_year_is_followed_before_tiers_are_compared(
    books: Books, other: Books
) -> None:
    books.buy(420_000)  # Gold until January 2027
    other.go_to(2026, 12, 1)
    other.buy(160_000)  # Silver until December 2027
    books.go_to(2027, 6, 1)
    assert merge(books, other).tier_code == "silver"
    assert held(books)[:2] == [("gold", "upgrade"), ("silver", "lapsed")]
    (merged,) = Merge.objects.values_list("tier_before", flat=True)
    assert merged == "silver"


def test_rule_42_undoing_gives_back_no_tier_whose_year_is_over(books: Books, other: Books) -> None:
    books.buy(160_000)  # Silver until January 2027
    other.go_to(2026, 12, 1)
    other.buy(420_000)  # Gold until December 2027
    books.go_to(2026, 12, 2)
    receipt = merge(books, other)
    assert receipt.tier_code == "gold"
    books.go_to(2027, 6, 1)
    assert undo(books, receipt).tier_code == "bronze"
    assert held(books)[-1] == ("bronze", "unmerged")


def test_rule_42_undoing_gives_back_a_tier_that_was_earned_again_meanwhile(
    books: Books, other: Books
) -> None:
    books.buy(160_000)
    books.go_to(2026, 12, 1)
    books.buy(170_000)
    other.now = books.now
    other.buy(420_000)
    books.wait(days=1)
    receipt = merge(books, other)
    books.go_to(2027, 6, 1)
    assert undo(books, receipt).tier_code == "silver"
    last = books.member.tier_periods.latest("starts_at")
    assert last.ends_at is not None
    assert (last.why, last.ends_at > books.now) == ("unmerged", True)


def test_rule_42_a_merge_and_its_undo_long_after_both_years_ended(books: Books, other: Books) -> None:
    books.buy(160_000)
    other.buy(420_000)
    books.go_to(2028, 6, 1)
    receipt = merge(books, other)
    assert receipt.tier_code == "bronze"
    assert undo(books, receipt).tier_code == "bronze"
    other.now = books.now
    other.pass_time()
    assert other.balance.tier_code == "bronze"


def test_rule_42_the_record_that_goes_follows_its_year_and_tells_nobody(books: Books, other: Books) -> None:
    other.buy(160_000)  # Silver until January 2027
    books.go_to(2027, 6, 1)
    receipt = merge(books, other)
    assert held(other) == [("silver", "upgrade"), ("bronze", "lapsed")]
    assert other.balance.tier_code == "bronze"
    assert told(other) == ["silver"]  # long ago
    assert undo(books, receipt).tier_code == "bronze"
    assert other.balance.tier_code == "bronze"


def test_rule_42_the_record_that_stands_again_has_no_tier_whose_year_is_over(
    books: Books, other: Books
) -> None:
    other.buy(160_000)
    books.go_to(2026, 12, 1)
    receipt = merge(books, other)
    books.go_to(2027, 6, 1)
    undo(books, receipt)
    assert held(other) == [("silver", "upgrade"), ("bronze", "lapsed")]
    assert (other.balance.tier_code, told(other)) == ("bronze", ["silver", "bronze"])


def test_rule_13_a_late_order_of_before_an_undo_counts_from_it_on(books: Books, other: Books) -> None:
    books.buy(390_000)  # Silver
    other.buy(420_000)  # Gold
    books.wait(days=1)
    receipt = merge(books, other)
    books.wait(days=2)
    assert undo(books, receipt).tier_code == "silver"
    books.wait(days=1)
    assert books.buy(20_000, at=books.now - timedelta(days=2)).points == 300  # they were Gold then
    assert books.balance.tier_code == "gold"
    assert held(books)[-2:] == [("silver", "unmerged"), ("gold", "late")]


def test_rule_42_the_night_leaves_a_merged_record_as_it_stood(books: Books, other: Books) -> None:
    other.buy(420_000)
    merge(books, other)
    books.go_to(2027, 6, 1)
    assert renew(merchant=books.merchant, now=books.now) == 1
    assert (held(other), told(other)) == ([("gold", "upgrade")], ["gold"])
