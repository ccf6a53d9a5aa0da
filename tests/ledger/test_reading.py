"""Few queries, the same number whatever the history."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.catalogue import rewards_for
from ledger.events import RedemptionClosed, RedemptionIssued
from ledger.queries import (
    account,
    expiring,
    find_redemption,
    lots_of,
    redeemable_points,
    statement,
)
from ledger.reading import along
from ledger.reading.context_read import read
from ledger.tier_ways import near_next_tier
from tests.cast import Shop
from tests.ledger.books import Books, another

SUM_OF_SPEND = re.compile(r'SUM\(\("?\w+"?\."spend_minor"')


def queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


ON_SQLITE = 10
"""Statements of one context where a statement is no way to anywhere."""


def reads(most: int = ON_SQLITE) -> int:
    """One context read on PostgreSQL."""
    return 1 if connection.vendor == "postgresql" else most


@pytest.mark.parametrize("orders", [1, 12])
def test_a_purchase_is_one_read_and_one_posting_call(books: Books, orders: int) -> None:
    for _order in range(orders):
        books.earn(100)
    event = books.order(1000)
    read(event, now=books.now)
    assert queries(lambda: read(event, now=books.now)) == reads()
    assert queries(lambda: books.quote(1000)) == reads()
    within_the_tests_transaction = 2  # its savepoint
    calls = queries(lambda: books.buy(1000)) - within_the_tests_transaction
    assert calls == 2 if connection.vendor == "postgresql" else calls <= 20


def test_a_merchants_first_sale_in_a_process_asks_its_spend_once(books: Books) -> None:
    books.earn(100)
    along.KNOWN.clear()
    with CaptureQueriesContext(connection) as captured:
        books.buy(1000)
    assert sum(SUM_OF_SPEND.search(query["sql"]) is not None for query in captured) == 1


@pytest.mark.parametrize("orders", [5, 15])
def test_a_redemption_is_planned_on_one_read(books: Books, orders: int) -> None:
    for _order in range(orders):
        books.earn(100)
    issue = RedemptionIssued(**books.said("issue", None, None), points=500)
    assert queries(lambda: read(issue, now=books.now)) <= reads()
    code = books.issue(500).code
    close = RedemptionClosed(**books.said("close", None, None), code=code, outcome="cancelled")
    assert queries(lambda: read(close, now=books.now)) <= reads()


def test_the_account_takes_few_queries_whatever_the_history(books: Books) -> None:
    books.earn(100)
    account(books.member, now=books.now)
    few = queries(lambda: account(books.member, now=books.now))
    for _order in range(10):
        books.earn(100)
    assert queries(lambda: account(books.member, now=books.now)) == few <= 6


def test_a_statement_takes_as_many_queries_for_a_page_as_for_a_row(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    books.close(code, "cancelled")
    few = queries(lambda: statement(books.member))
    for _order in range(10):
        books.earn(100)
        books.issue(500)
        books.earn(500)
        books.adjust(5)
    assert queries(lambda: statement(books.member)) == few <= 4
    assert statement(books.member)[0].reasons == [{"code": "adjustment", "note": "Sorry"}]


def test_the_account_says_what_the_member_sees(books: Books) -> None:
    books.earn(1240)
    books.go_to(2026, 3, 1)
    books.earn(100)
    seen = account(books.member, now=books.now)
    assert (seen.available, seen.owed, seen.worth_minor, seen.currency) == (1340, 0, 6700, "SAR")
    assert seen.tier is not None
    assert seen.way is not None
    assert seen.way.to_reach is not None
    step = seen.way.to_reach
    assert (seen.tier.code, step.tier.code, step.missing, str(step.by)) == (
        "bronze",
        "silver",
        16000,
        "2027-01-24",
    )
    assert seen.next_expiry is not None
    assert (seen.next_expiry.points, str(seen.next_expiry.expires_on)) == (1240, "2027-01-25")
    assert (seen.way.until, seen.way.to_keep) == (None, None)
    assert [(line.points, line.remaining) for line in lots_of(books.member)] == [(1240, 1240), (100, 100)]
    assert redeemable_points(books.member.pk, now=books.now) == 1000


def test_an_account_before_any_purchase_is_empty_and_complete(shop: Shop) -> None:
    seen = account(shop.member, now=Books(shop.member).now)
    assert (seen.available, seen.next_expiry, seen.last_purchase_at) == (0, None, None)
    assert seen.tier is not None
    assert seen.tier.code == "bronze"
    assert (statement(shop.member), lots_of(shop.member)) == ([], [])


def test_a_statement_is_read_page_by_page(books: Books) -> None:
    books.buy(10000, key="A-1")
    books.wait(days=1)
    books.earn(500)
    books.wait(days=1)
    code = books.issue(500).code
    first = statement(books.member, limit=2)
    rest = statement(books.member, limit=2, before=first[-1].cursor)
    assert [entry.kind for entry in (*first, *rest)] == ["redeem", "earn", "earn"]
    assert (first[0].code, first[0].points, [line.points for line in first[0].lots]) == (
        code,
        -500,
        [100, 400],
    )
    assert (rest[0].order, rest[0].amount_minor) == ("A-1", 10000)


def test_what_dies_is_found_for_a_whole_merchant(books: Books) -> None:
    other = another(books.merchant, "0500000009")
    books.earn(100)
    books.wait(days=1)
    books.earn(50)
    other.earn(70)
    dying = expiring(books.merchant, first=date(2027, 1, 1), last=date(2027, 2, 1))
    days = {(row.member_id, str(row.expires_on)): row.points for row in dying}
    assert days == {
        (books.member.pk, "2027-01-25"): 100,
        (books.member.pk, "2027-01-26"): 50,
        (other.member.pk, "2027-01-25"): 70,
    }
    assert near_next_tier(books.merchant, now=books.now) == []


def test_rewards_come_with_what_is_missing(books: Books) -> None:
    books.earn(200)
    offers = rewards_for(books.member, now=books.now)
    assert [offer.is_affordable for offer in offers] == sorted(
        (offer.is_affordable for offer in offers), reverse=True
    )
    assert offers[0].is_affordable
    assert offers[-1].missing_points > 0


def test_a_code_is_found_however_it_is_typed(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    assert find_redemption(books.merchant, f" {code[:4].lower()}-{code[4:]} ").code == code
