"""A birthday's bonus that a signed quote keeps (RULES 3, 9) is kept from many at once as from one sale."""

from datetime import date, timedelta

import pytest

from ledger.bulk.many import post_many
from ledger.events import PurchaseMade
from ledger.models import BonusUse, Purchase
from ledger.posting import post
from ledger.quoting import sign
from tests.cast import open_shop
from tests.ledger.books import START, Books, another, prove
from tests.ledger.conftest import OpenBooks


def orders(slug: str, phone: str, then: str) -> tuple[Books, list[PurchaseMade]]:
    """A member who has their birthday and a signed quote, what became of it, and two further orders."""
    shop = open_shop(slug, phone)
    books = another(shop.merchant, "0500000077", birthday=date(1990, START.month, START.day))
    quoted = sign(books.order(10_000), now=books.now)
    if then == "used":
        books.buy(10_000, key="quoted", quote=quoted.token)
    elif then == "lapsed":
        books.now += timedelta(minutes=16)
    said = [books.order(10_000, key=f"N-{n}", at=books.now, award=True, quiet=True) for n in range(2)]
    return books, said


@pytest.mark.parametrize(
    ("then", "earned"), [("open", [100, 100]), ("used", [100, 100]), ("lapsed", [200, 100])]
)
def test_rule_03_many_at_once_leave_a_quoted_bonus_as_one_by_one_do(
    db: None, then: str, earned: list[int]
) -> None:
    one, singly = orders("oasis", "0501234567", then)
    many, together = orders("mirage", "0507654321", then)
    by_one = [post(event, now=one.now).points for event in singly]
    by_many = [outcome.points for outcome in post_many(together, now=many.now)]
    assert by_one == by_many == earned
    for books in (one, many):
        assert BonusUse.objects.filter(member=books.member).count() == (0 if then == "open" else 1)
        prove(books.merchant)


def test_rule_03_the_quote_is_honoured_after_the_file(open_books: OpenBooks) -> None:
    books = open_books(member={"birthday": date(1990, START.month, START.day)})
    quoted = sign(books.order(10_000), now=books.now)
    post_many([books.order(10_000, key="N-1", award=True, quiet=True)], now=books.now)
    assert books.buy(10_000, key="A-1", quote=quoted.token).points == 200
    assert BonusUse.objects.get().purchase == Purchase.objects.get(external_id="A-1")


def test_a_quote_is_not_for_bulk(books: Books) -> None:
    quoted = sign(books.order(10_000), now=books.now)
    (outcome,) = post_many([books.order(10_000, quote=quoted.token)], now=books.now)
    assert (outcome.refusal, outcome.field) == ("invalid", "quote")
    assert not Purchase.objects.exists()
