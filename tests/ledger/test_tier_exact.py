"""RULES 34: "spend 150 more by 10 January" is exact, through the door, whatever tiers count.

Exactly that much, in the last minute of that day, does it; one halala, point or visit less does not.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from accounts.errors import WalaaError
from ledger.models import Purchase
from ledger.proving.verifying import differences
from programs.queries import forget_terms
from tests.ledger.books import START, Books, another
from tests.ledger.merged import merge
from tests.ledger.tiers import BASES, WINDOWS, add, counting, held, last_minute, rank, supposing, way

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

AMOUNTS = st.integers(1, 2_400_00)
STEPS = st.one_of(
    st.tuples(st.just("buy"), AMOUNTS),
    st.tuples(st.just("buy_late"), AMOUNTS, st.integers(1, 29)),
    st.tuples(st.just("refund"), st.integers(0, 5), st.integers(1, 100)),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 13, 40, 110, 200])),
    st.tuples(st.just("merge"), AMOUNTS),
)
LIVES = st.lists(STEPS, min_size=3, max_size=9)


def live(books: Books, steps: list[tuple[Any, ...]]) -> None:
    """Lead a life; a refusal is an answer too."""
    for name, *facts in steps:
        try:
            _do(books, name, *facts)
        except WalaaError as refusal:
            note(f"{name} {facts} refused: {refusal.code}")
        books.wait(minutes=7)


def _do(books: Books, name: str, *facts: int) -> None:
    if name == "buy":
        books.buy(facts[0])
    elif name == "buy_late":
        books.buy(facts[0], at=books.now - timedelta(days=facts[1]))
    elif name == "wait":
        books.wait(days=facts[0])
    elif name == "merge":
        other = another(books.merchant, f"05{60_000_000 + next(books.numbers):08d}")
        other.now = books.now
        other.buy(facts[0])
        merge(books, other)
    else:
        orders = Purchase.objects.filter(member=books.member).order_by("id")
        if orders:
            order = orders[facts[0] % len(orders)]
            books.refund(order.external_id, max(1, order.total_minor * facts[1] // 100))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("basis", BASES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=LIVES)
def test_rule_34_exactly_what_is_said_by_the_day_that_is_said(
    basis: str, window: str, steps: list[tuple[Any, ...]]
) -> None:
    with transaction.atomic():
        forget_terms()
        books = counting(basis, tier_window=window)
        books.now = START
        live(books, steps)
        _reaches(books, basis)
        _keeps(books, basis)
        assert [str(found) for found in differences(books.merchant.pk)] == []
        transaction.set_rollback(True)


def _reaches(books: Books, basis: str) -> None:
    """What is said to reach the next tier does, at once or in the last minute; one less never does."""
    step = way(books).to_reach
    if step is None or not step.missing:
        return
    moments = [books.now, last_minute(books, step.by) if step.by else books.now + timedelta(days=400)]
    for moment in moments:
        for less in (0, 1):
            with supposing(books):
                books.now = max(moment, books.now)
                add(books, basis, step.missing - less)
                assert (rank(books, held(books)) >= rank(books, step.tier.code)) is (less == 0)


def _keeps(books: Books, basis: str) -> None:
    """What is said to keep the tier does; one less does not."""
    step = way(books).to_keep
    if step is None or step.by is None:
        return
    for less in (0, 1) if step.missing else (0,):
        with supposing(books):
            books.now = max(last_minute(books, step.by), books.now)
            add(books, basis, step.missing - less)
            books.now = last_minute(books, step.by) + timedelta(minutes=1)
            assert (rank(books, held(books)) >= rank(books, step.tier.code)) is (less == 0)
