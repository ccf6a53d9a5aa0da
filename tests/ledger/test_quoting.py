"""Signed quotes (RULES A 3)."""

from datetime import date

import pytest

from accounts.errors import NotFound
from ledger.errors import QuoteMismatch, QuoteOver
from ledger.models import BonusUse, PendingAward, SignedQuote
from ledger.quoting import Signed, purge, sign
from programs.models import EarnRule
from programs.publishing import draft_of, publish
from tests.ledger.books import Books, another
from tests.ledger.conftest import OpenBooks
from tests.ledger.merged import merge


def signed(books: Books, *lines: int) -> Signed:
    return sign(books.order(*lines), now=books.now)


def worse_terms(books: Books) -> None:
    """Half the points from now on."""
    draft = draft_of(programme=books.merchant.programme)
    EarnRule.objects.filter(version=draft, code="base").update(per_minor=200)
    publish(version=draft, actor="test", effective_from=books.now, now=books.now)


@pytest.fixture
def born_today(open_books: OpenBooks) -> Books:
    """A member whose birthday is today."""
    return open_books(member={"birthday": date(1990, 1, 25)})


def test_rule_03_a_signed_quote_is_honoured_though_the_rules_changed(books: Books) -> None:
    quoted = signed(books, 10000)
    books.wait(minutes=5)
    worse_terms(books)
    assert books.quote(10000).points == 50
    got = books.buy(10000, quote=quoted.token)
    assert (got.points, got.reasons) == (quoted.receipt.points, quoted.receipt.reasons)
    assert (got.points, books.available, books.buy(10000).points) == (100, 100, 50)
    quote = SignedQuote.objects.get()
    assert (quote.is_open, quote.purchase_id) == (False, got.purchase_id)


def test_rule_03_a_signed_quote_keeps_its_tier_and_its_exact_lines(books: Books) -> None:
    books.buy(400_000, award=False)
    quoted = signed(books, 1050, 1050)
    assert quoted.receipt.points == 31
    got = books.buy(1050, 1050, key="A-1", quote=quoted.token)
    assert (got.points, got.tier_before) == (31, "gold")
    assert books.refund("A-1", 1050).points == -16


def test_rule_03_a_token_works_once_and_for_its_own_order(books: Books) -> None:
    quoted = signed(books, 10000)
    with pytest.raises(QuoteMismatch):
        books.buy(20000, quote=quoted.token)
    first = books.buy(10000, key="A-1", quote=quoted.token)
    assert books.buy(10000, key="A-1", quote=quoted.token).repeated
    with pytest.raises(QuoteOver):
        books.buy(10000, key="A-2", quote=quoted.token)
    with pytest.raises(NotFound):
        books.buy(10000, quote="nothing-like-it")
    assert books.available == first.points


def test_rule_03_anothers_token_is_unknown(books: Books) -> None:
    quoted = signed(books, 10000)
    with pytest.raises(NotFound):
        another(books.merchant, "0500000009").buy(10000, quote=quoted.token)


def test_rule_03_a_signed_quote_reserves_the_birthday_bonus_until_it_lapses(born_today: Books) -> None:
    books = born_today
    assert books.quote(10000).points == 200
    quoted = signed(books, 10000)
    assert quoted.receipt.points == 200
    assert books.quote(10000).points == 100
    assert signed(books, 20000).receipt.points == 200
    assert books.buy(30000).points == 300
    assert books.buy(10000, quote=quoted.token).points == 200
    assert BonusUse.objects.get().occurrence == "2026"
    assert books.quote(10000).points == 100


def test_rule_03_a_lapsed_quote_frees_what_it_kept(born_today: Books) -> None:
    books = born_today
    quoted = signed(books, 10000)
    books.wait(minutes=14, seconds=59)
    assert books.quote(10000).points == 100
    books.wait(seconds=1)
    assert books.quote(10000).points == 200
    with pytest.raises(QuoteOver):
        books.buy(10000, quote=quoted.token)
    assert books.buy(10000).points == 200
    books.wait(days=8)
    assert [purge(now=books.now) for _time in range(2)] == [1, 0]


def test_rule_03_a_sale_planned_before_the_signing_does_not_take_the_bonus(born_today: Books) -> None:
    born_today.adjust(1)
    before = born_today.balance.version
    signed(born_today, 10000)
    assert born_today.balance.version == before + 1


def test_rule_03_a_signed_quote_of_points_that_wait(open_books: OpenBooks) -> None:
    books = open_books(hold="days", hold_days=14)
    quoted = signed(books, 10000)
    assert books.buy(10000, quote=quoted.token).waiting == quoted.receipt.waiting
    assert PendingAward.objects.get().left == 100


def test_rule_42_a_quote_signed_for_a_merged_record_is_honoured_once_whoever_the_order_names(
    books: Books, other: Books
) -> None:
    quoted = [signed(other, 10000) for _quote in range(2)]
    merge(books, other)
    worse_terms(books)
    named_by_survivor = books.buy(10000, key="A-1", quote=quoted[0].token)
    named_by_absorbed = other.buy(10000, key="A-2", quote=quoted[1].token)
    assert (named_by_survivor.points, named_by_absorbed.points) == (100, 100)
    assert {named_by_survivor.member_id, named_by_absorbed.member_id} == {books.member.pk}
    for token, buyer in ((quoted[0].token, other), (quoted[1].token, books)):
        with pytest.raises(QuoteOver):
            buyer.buy(10000, quote=token)
    third = signed(books, 10000)
    with pytest.raises(QuoteMismatch):
        other.buy(20000, quote=third.token)


def test_rule_42_what_is_quoted_to_a_merged_record_is_the_survivors(books: Books, other: Books) -> None:
    books.buy(200_000)
    merge(books, other)
    assert other.quote(10000).points == books.quote(10000).points == 125
    quoted = signed(other, 10000)
    assert SignedQuote.objects.get().member_id == books.member.pk
    assert books.buy(10000, quote=quoted.token).points == 125


def test_rule_42_a_merged_records_open_quote_goes_on_keeping_the_birthday_bonus(
    born_today: Books,
) -> None:
    other = another(born_today.merchant, "0551234567", birthday=date(1990, 1, 25))
    quoted = signed(other, 10000)
    merge(born_today, other)
    assert born_today.quote(10000).points == 100
    assert born_today.buy(10000, quote=quoted.token).points == 200
    assert born_today.quote(10000).points == 100
