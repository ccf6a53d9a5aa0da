"""Whatever happens in whatever order, the books are right and no point comes from nowhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from accounts.errors import WalaaError
from ledger.bulk.codes import expire_redemptions
from ledger.bulk.sweeping import evaluate_tiers, sweep
from ledger.errors import KeyConflict
from ledger.models import Balance, Purchase, Redemption
from ledger.proving.verifying import differences
from programs.models import NegativePolicy
from programs.queries import forget_terms
from tests.cast import open_shop
from tests.ledger.books import Books

LETTERS = st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.just("buy"), st.integers(1, 300_000)),
    st.tuples(st.just("buy_late"), st.integers(1, 200_000), st.integers(1, 400)),
    st.tuples(st.just("buy_with_code"), st.integers(1, 50_000)),
    st.tuples(st.just("again"), LETTERS),
    st.tuples(st.just("refund"), LETTERS, st.integers(1, 200_000)),
    st.tuples(st.just("refund_all"), LETTERS),
    st.tuples(st.just("issue"), st.sampled_from([None, 500, 1000])),
    st.tuples(st.just("close"), LETTERS, st.sampled_from(["used", "cancelled"])),
    st.tuples(st.just("adjust"), st.integers(-400, 800).filter(bool)),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 20, 100, 250])),
    st.tuples(st.just("night")),
)


class Story:
    """One member's life, told step by step."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.told = 0

    def tell(self, step: tuple[Any, ...]) -> None:
        """Do a step; a refusal is an answer too."""
        name, *facts = step
        try:
            getattr(self, name)(*facts)
        except WalaaError as refusal:
            note(f"{step} refused: {refusal.code}")

    def buy(self, amount: int) -> None:
        self.told += 1
        self.books.buy(amount, amount // 2, key=f"A-{self.told}")

    def buy_late(self, amount: int, days: int) -> None:
        self.told += 1
        self.books.buy(
            amount,
            key=f"A-{self.told}",
            at=self.books.now - timedelta(days=days),
            award=days % 2 == 0 or None,
        )

    def buy_with_code(self, amount: int) -> None:
        self.told += 1
        code = Redemption.objects.filter(state="reserved").order_by("id").first()
        self.books.buy(amount, key=f"A-{self.told}", redemption_codes=(code.code,) if code else ())

    def again(self, which: int) -> None:
        order = self._order(which)
        if order is not None and order.total_minor > 1:
            with pytest.raises(KeyConflict):
                self.books.buy(1, key=order.external_id)

    def refund(self, which: int, amount: int) -> None:
        order = self._order(which)
        if order is not None:
            self.books.refund(order.external_id, amount)

    def refund_all(self, which: int) -> None:
        order = self._order(which)
        if order is not None and order.total_minor > order.refunded_minor:
            self.books.refund(order.external_id, order.total_minor - order.refunded_minor)
            assert self._order(which).clawed_points == order.points  # type: ignore[union-attr]

    def issue(self, points: int | None) -> None:
        self.books.issue(points, minutes=60 * 24 * 40)

    def close(self, which: int, outcome: str) -> None:
        codes = Redemption.objects.order_by("-id").values_list("code", flat=True)
        if len(codes) > which:
            self.books.close(codes[which], outcome)

    def adjust(self, points: int) -> None:
        self.books.adjust(points)

    def wait(self, days: int) -> None:
        self.books.wait(days=days, minutes=1)

    def night(self) -> None:
        now = self.books.now
        sweep(merchant=self.books.merchant, now=now)
        expire_redemptions(now=now)
        evaluate_tiers(now=now)
        assert sweep(merchant=self.books.merchant, now=now) == expire_redemptions(now=now) == 0

    def _order(self, which: int) -> Purchase | None:
        return Purchase.objects.order_by("-id")[which : which + 1].first()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    st.lists(STEPS, min_size=3, max_size=22), st.sampled_from(NegativePolicy.values), st.sampled_from([1, 12])
)
def test_rule_43_any_sequence_leaves_right_books(
    db: None, steps: list[Any], policy: str, months: int
) -> None:
    forget_terms()
    with transaction.atomic():
        shop = open_shop("oasis", "0501234567", negative_policy=policy, expiry_months=months)
        story = Story(Books(shop.member))
        for step in steps:
            story.tell(step)
            assert [str(found) for found in differences(shop.merchant.pk)] == [], step
            balance = Balance.objects.filter(pk=shop.member.pk).first()
            assert balance is None or not (balance.available and balance.owed), step
        transaction.set_rollback(True)
