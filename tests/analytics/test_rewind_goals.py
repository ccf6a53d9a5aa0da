"""Rewind collects as the books do: the same cards filled, challenges reached and vouchers given."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.models import Achievement
from programs.models import Card, Challenge, EarnCap, EarnRule, Reward
from programs.publishing import publish
from programs.queries import forget_terms
from tests.analytics.test_rewind_books import Story, rewound
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import START, Books

pytestmark = pytest.mark.postgres
AMOUNTS = st.integers(500, 30_000)
STEPS = st.one_of(
    st.tuples(st.just("buy"), AMOUNTS),
    st.tuples(st.just("buy"), AMOUNTS),
    st.tuples(st.just("buy_two"), AMOUNTS, AMOUNTS),
    st.tuples(st.just("refund"), st.integers(0, 4), AMOUNTS),
    st.tuples(st.just("refund_all"), st.integers(0, 4)),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 7, 20])),
)
ASKED = {"reward_days": 3_000, "min_amount_minor": 1_000}
A_YEAR = 365 * 24 * 60
"""Vouchers outlive the story: a refund takes back none that ran out, and the replay knows no codes."""
NAMES = {"name_ar": "هدف", "name_en": "Goal"}


def with_goals(shop: Shop) -> None:
    """Cards of visits and of items, challenges of every kind, and a rule that gives a voucher."""
    draft = shop.version
    for code, cost in (("coffee", 10), ("cake", 20)):
        said = {"points": 400, "cost_minor": cost, "code_minutes": A_YEAR}
        Reward.objects.create(version=draft, code=code, **said, **NAMES)
    of = {"version": draft, **NAMES, **ASKED}
    Card.objects.create(code="visits", stamps=3, reward="coffee", most_per_day=1, **of)
    Card.objects.create(code="items", stamps=2, counts="item", reward="cake", categories=["coffee"], **of)
    Challenge.objects.create(code="spender", counts="spend", target=20_000, repeats=True, points=30, **of)
    Challenge.objects.create(
        code="thousand", kind="milestone", counts="visit", target=4, card="visits", stamps=2, **of
    )
    Challenge.objects.create(code="weeks", kind="streak", period="week", target=2, reward="cake", **of)
    EarnRule.objects.create(
        version=draft, code="big", kind="voucher", target="coffee", min_amount_minor=25_000, **NAMES
    )
    EarnCap.objects.create(version=draft, scope="member", period="week", points=250)
    EarnCap.objects.create(version=draft, scope="member", period="order", points=180)
    publish(version=draft, actor="test", effective_from=FOUNDED, now=FOUNDED)


@settings(
    max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
@given(steps=st.lists(STEPS, min_size=6, max_size=20))
def test_what_is_collected_in_the_replay_is_what_the_books_hold(db: None, steps: list[Any]) -> None:
    forget_terms()
    with transaction.atomic():
        shop = open_shop("oasis", "0501234567", live=False)
        with_goals(shop)
        shop.member.birthday = date(1990, 1, 27)
        shop.member.save()
        story = Story(Books(shop.member, now=START))
        for step in steps:
            story.tell(step)
        story.tell(("buy", 12_345))
        run = rewound(shop, story.books)
        found = run.scenarios.get(place=0).found
        assert found["differs"] == 0
        given_free: Counter[str] = Counter()
        for key, count in found["vouchers"].items():
            given_free[key.split("|")[1]] += count
        held = Achievement.objects.filter(revoked_at=None, redemption__isnull=False)
        assert +given_free == Counter(held.values_list("redemption__reward_code", flat=True))
        earned = sum(found["issued"].values()) + sum(found["taken_back"].values())
        assert earned == shop.member.balance.available - shop.member.balance.owed
        transaction.set_rollback(True)
