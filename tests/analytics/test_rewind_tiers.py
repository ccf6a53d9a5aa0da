"""Rewind moves tiers by what they count: the replay of today's programme is the ledger for every basis."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.models import Purchase
from programs.queries import forget_terms
from tests.analytics.test_rewind_books import STEPS, Story, points_of_every_purchase, rewound
from tests.ledger.books import START
from tests.ledger.tiers import counting

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("basis", ["points", "visits"])
@settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
@given(
    steps=st.lists(STEPS, min_size=4, max_size=16),
    window=st.sampled_from(["trailing_12", "calendar_year"]),
    renewal=st.sampled_from(["one_down", "recompute"]),
)
def test_rule_33_a_replay_counts_as_the_books_do(
    db: None, basis: str, steps: list[Any], window: str, renewal: str
) -> None:
    forget_terms()
    with transaction.atomic():
        books = counting(basis, alike=False, tier_window=window, tier_renewal=renewal)
        books.now = START
        story = Story(books)
        story.tell(("buy", 12_345))
        for step in steps:
            story.tell(step)
        run = rewound(SimpleNamespace(merchant=books.merchant), books)  # type: ignore[arg-type]
        assert points_of_every_purchase(run) == dict(Purchase.objects.values_list("pk", "points"))
        found = run.scenarios.get(place=0).found
        assert (found["differs"], found["tiers"]) == (0, {books.balance.tier_code: 1})
        transaction.set_rollback(True)
