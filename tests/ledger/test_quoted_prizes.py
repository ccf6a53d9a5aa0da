"""A signed quote sets aside what its prizes take from caps, until it is used or lapses (RULES 3, 10)."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from random import Random
from typing import Any

import pytest

from ledger.models import Budget, CapUse, SignedQuote
from ledger.quoting import Signed, release, sign
from tests.ledger.books import Books, another, prove
from tests.ledger.test_concurrency import at_once
from tests.ledger.test_goal_limits import ALL, DARE, MEMBER, open_limited

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

CAP = 120
ONCE = {"target": 1, "points": 50}


def open_with(cap: dict[str, Any], dare: dict[str, Any] = DARE) -> Books:
    """An order of 50 SAR brings 50 points and a prize of 50, within 120 a month."""
    return open_limited(caps=({**cap, "points": CAP},), challenges=[dare])


def quoted(books: Books, amount_minor: int = 50_00) -> Signed:
    return sign(books.order(amount_minor), now=books.now)


def used() -> int:
    return sum(Budget.objects.values_list("used", flat=True))


@pytest.fixture(params=[MEMBER, ALL], ids=["member", "all"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    opened = open_with(request.param)
    yield opened
    prove(opened.merchant)


def test_rule_03_nobody_else_has_the_prize_that_a_quote_promised(books: Books) -> None:
    promise = quoted(books)
    assert promise.receipt.points == 100
    assert quoted(books).receipt.points == CAP - 100
    release_all(books)
    promise = quoted(books)
    assert books.buy(50_00).points == CAP - 100
    told = books.buy(50_00, quote=promise.token)
    assert (told.points, told.reasons) == (100, promise.receipt.reasons)
    assert (books.available, books.buy(50_00).points) == (CAP, 0)
    assert sum(CapUse.objects.values_list("points", flat=True)) == CAP


def test_rule_03_a_lapsed_quote_gives_the_prizes_room_back(books: Books) -> None:
    quoted(books)
    release_all(books)
    assert used() == 0
    assert books.buy(50_00).points == 100


@pytest.mark.parametrize("cap", [MEMBER, ALL], ids=["member", "all"])
def test_rule_03_a_prize_that_another_order_won_is_set_aside_for_nobody(cap: dict[str, Any]) -> None:
    books = open_with(cap, ONCE)
    promise = quoted(books, 10_00)
    assert promise.receipt.points == 60
    assert books.buy(5_00).points == 55  # whoever brings it first has the prize
    assert books.buy(10_00, quote=promise.token).points == 10
    assert books.buy(90_00).points == CAP - 65
    assert used() == (CAP if cap is ALL else 0)
    prove(books.merchant)


def test_rule_12_what_was_promised_before_midnight_counts_for_the_day_of_the_quote(books: Books) -> None:
    books.go_to(2026, 1, 31, 23, 55)
    promise = quoted(books)
    books.go_to(2026, 2, 1, 0, 5)
    assert books.buy(50_00, quote=promise.token).points == 100
    assert {use.starts_on for use in CapUse.objects.all()} == {date(2026, 1, 1)}
    assert books.buy(50_00).points == 100


def test_rule_03_a_refund_gives_back_what_a_promised_prize_took(books: Books) -> None:
    promise = quoted(books)
    books.buy(50_00, key="A", quote=promise.token)
    books.refund("A", 50_00)
    assert sum(CapUse.objects.values_list("points", flat=True)) == used() == 0
    assert quoted(books).receipt.points == 100


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cap", [MEMBER, ALL], ids=["member", "all"])
def test_rule_03_whatever_is_promised_and_given_stays_within_the_cap_and_is_kept(
    cap: dict[str, Any], seed: int
) -> None:
    draw, first = Random(seed), open_with(cap)
    people = [first, another(first.merchant, "0551110001")]
    for one in people:
        one.now = first.now
    open_ones: list[tuple[Books, int, Signed]] = []
    for _step in range(25):
        books, amount = draw.choice(people), draw.choice([3_00, 7_00, 20_00])
        act = draw.choice(["sign", "sign", "buy", "use", "lapse"])
        if act == "sign":
            open_ones.append((books, amount, quoted(books, amount)))
        elif act == "buy":
            books.buy(amount)
        elif act == "use" and open_ones:
            whose, amount, promise = open_ones.pop(draw.randrange(len(open_ones)))
            assert whose.buy(amount, quote=promise.token).points == promise.receipt.points
        elif act == "lapse" and draw.random() < 0.3:
            open_ones.clear()
            release_all(*people)
        within(cap, people, open_ones)
    prove(first.merchant)


def within(cap: dict[str, Any], people: list[Books], open_ones: list[tuple[Books, int, Signed]]) -> None:
    """Points given and points promised together are no more than each member's cap, or the one of all."""
    held = {
        one.member.pk: sum(move[1] for move in one.moves())
        + sum(promise.receipt.points for whose, _amount, promise in open_ones if whose is one)
        for one in people
    }
    assert (sum(held.values()) if cap is ALL else max(held.values())) <= CAP


@pytest.mark.django_db(transaction=True)
def test_rule_10_many_quotes_at_once_never_promise_more_than_the_budget() -> None:
    first = open_with(ALL)
    people = [first, *(another(first.merchant, f"05511100{number:02}") for number in range(9))]
    answers = at_once([partial(points_of, one) for one in people])
    promised = [answer for answer in answers if isinstance(answer, int)]
    assert set(map(str, answers)) <= {*map(str, promised), "busy"}
    assert sum(promised) == used() == CAP
    assert SignedQuote.objects.count() == len(promised)
    prove(first.merchant)


def points_of(books: Books) -> int:
    return quoted(books).receipt.points


def release_all(*people: Books) -> None:
    """Let every open quote lapse."""
    for one in people:
        one.wait(minutes=16)
    release(now=people[0].now)
