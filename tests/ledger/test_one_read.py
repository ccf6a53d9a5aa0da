"""One business event is one context read and one posting call on PostgreSQL, whatever happened before."""

from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import NotFound
from ledger.events import AnyEvent, RedemptionClosed
from ledger.models import ExpiryNotice, Lot
from ledger.posting import post
from ledger.reading import along
from ledger.receipt import Receipt
from tests.ledger.books import Books
from tests.ledger.conftest import OpenBooks
from tests.ledger.dealings import DEALINGS, Dealing, Prepare
from tests.ledger.merged import merge
from tests.ledger.people_deals import Deal, second

TRANSACTION = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


def statements(work: Callable[[], Any]) -> int:
    """Statements that ``work`` sends, those of transactions apart; on SQLite only what it reads."""
    with CaptureQueriesContext(connection) as captured:
        work()
    sent = [query["sql"] for query in captured if not query["sql"].startswith(TRANSACTION)]
    if connection.vendor == "postgresql":
        return len(sent)
    return sum(sql.startswith("SELECT") and "sqlite_sequence" not in sql for sql in sent)


class Circumstance(NamedTuple):
    """What else is true of the member while they deal: each is a fact that once asked the database again."""

    waits: bool = False
    is_merged: bool = False
    has_dead_lots: bool = False
    alert_failed: bool = False


CIRCUMSTANCES = {
    "no more": Circumstance(),
    "points wait and others are dead": Circumstance(waits=True, has_dead_lots=True),
    "two records and all of it": Circumstance(True, True, True, True),
}


def test_every_kind_of_event_is_counted() -> None:
    assert {dealing.kind for dealing in DEALINGS.values()} == set(get_args(AnyEvent))


@pytest.mark.parametrize("circumstance", CIRCUMSTANCES)
@pytest.mark.parametrize("name", DEALINGS)
def test_one_business_event_is_one_read_and_one_call(
    open_books: OpenBooks, name: str, circumstance: str
) -> None:
    dealing, given = DEALINGS[name], CIRCUMSTANCES[circumstance]
    held = {"hold": "days", "hold_days": 30} if given.waits else {}
    months = 1 if given.has_dead_lots else None
    books = open_books(**({"expiry_months": months} | held | dealing.terms))
    if given.is_merged:
        merge(books, second(books))
    counted = [_counted(books, dealing, given)]
    for _order in range(12):
        books.earn(100)
    counted.append(_counted(books, dealing, given))
    if connection.vendor == "postgresql":
        assert counted == [2, 2]
    else:
        assert counted[0] == counted[1]


def _counted(books: Books, dealing: Dealing, given: Circumstance) -> int:
    """Deal five minutes past midnight, when lots of yesterday have died."""
    today = books.now.astimezone(books.merchant.timezone)
    books.go_to(today.year, today.month, today.day, 23, 55)
    if given.has_dead_lots:
        books.adjust(700)
        dies = Lot.objects.filter(member=books.member).latest("id").expires_on
        assert dies is not None
        books.go_to(dies.year, dies.month, dies.day, 23, 55)
        if given.alert_failed:
            ExpiryNotice.objects.create(
                member=books.member, expires_on=dies, points=700, deliverable=False, at=books.now
            )
    books.adjust(3000)
    deal = dealing.prepare(books)
    books.wait(minutes=10)
    answers: list[Receipt] = []
    found = statements(lambda: answers.append(deal()))
    assert answers[0].kind == dealing.kind.kind
    return found


def test_time_that_changes_nothing_is_one_read(books: Books) -> None:
    books.earn(100)
    if connection.vendor == "postgresql":
        assert statements(books.pass_time) == 1


def merged_record_named(books: Books) -> Deal:
    other = second(books)
    merge(books, other)
    return lambda: other.buy(1000)


def of_a_shop_new_to_the_process(books: Books) -> Deal:
    along.KNOWN.clear()
    return lambda: books.buy(1000)


def of_terms_that_changed_since(books: Books) -> Deal:
    known = along.KNOWN[books.merchant.pk]
    along.KNOWN[books.merchant.pk] = known._replace(zone="UTC", promises=type(known.promises)((), ()))
    return lambda: books.buy(1000)


TWO_READS: dict[str, Prepare] = {
    "names a record that was merged: where it went is only known from the first": merged_record_named,
    "is a process's first at a shop: what its terms ask is only known from the first": (
        of_a_shop_new_to_the_process
    ),
    "follows new terms that ask more than those this process saw last": of_terms_that_changed_since,
}
"""Sales that are two reads and one call, and why."""


@pytest.mark.parametrize("why", TWO_READS)
def test_what_is_two_reads_is_never_more(books: Books, why: str) -> None:
    books.earn(100)
    deal = TWO_READS[why](books)
    found = statements(deal)
    if connection.vendor == "postgresql":
        assert found == 3
    again = {"names": 3}.get(why.split()[0], 2)
    if connection.vendor == "postgresql":
        assert statements(deal) == again


def test_a_refused_event_is_one_read(books: Books) -> None:
    books.earn(100)
    event = RedemptionClosed(**books.said("close", None, None), code="ZZZZ2222")

    def refused() -> None:
        with pytest.raises(NotFound):
            post(event, now=books.now)

    if connection.vendor == "postgresql":
        assert statements(refused) == 2  # the second looks whether it was posted meanwhile
