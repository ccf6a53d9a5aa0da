"""Rewind with today's programme is the ledger: to the point, whatever happened in whatever order."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from accounts.access import system_actor
from accounts.errors import WalaaError
from analytics.models import RewindRun, RewindState
from analytics.rewind import running
from analytics.rewind.asking import ask
from analytics.rewind.facts import Bought, Person, Scenario
from analytics.rewind.reading import Reader
from analytics.rewind.replaying import Replay
from ledger.bulk.codes import expire_redemptions
from ledger.bulk.sweeping import evaluate_tiers, sweep
from ledger.event import LineItem
from ledger.events import PointsOpened
from ledger.models import Purchase, Redemption, Refund
from ledger.posting import post
from programs.models import EarnCap, EarnRule, RuleKind
from programs.publishing import publish
from programs.queries import Timeline, forget_terms
from tests.cast import FOUNDED, Shop, open_shop
from tests.ledger.books import START, Books

pytestmark = pytest.mark.postgres
WHICH = st.integers(0, 4)
AMOUNTS = st.integers(1, 300_000)
STEPS = st.one_of(
    st.tuples(st.just("buy"), AMOUNTS),
    st.tuples(st.just("buy"), AMOUNTS),
    st.tuples(st.just("buy_two"), AMOUNTS, AMOUNTS),
    st.tuples(st.just("buy_late"), AMOUNTS, st.integers(1, 60)),
    st.tuples(st.just("buy_with_code"), AMOUNTS),
    st.tuples(st.just("buy_quoted"), AMOUNTS, st.integers(0, 2)),
    st.tuples(st.just("refund"), WHICH, AMOUNTS),
    st.tuples(st.just("refund_line"), WHICH),
    st.tuples(st.just("refund_all"), WHICH),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 20, 100, 250, 370])),
)


class Story:
    """One member's life, with a night after every wait, as beat has it."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.told = 0

    def tell(self, step: tuple[Any, ...]) -> None:
        """Do a step; a refusal is an answer too."""
        name, *facts = step
        self.books.wait(minutes=7)  # no two things happen at one instant
        try:
            getattr(self, name)(*facts)
        except WalaaError as refusal:
            note(f"{step} refused: {refusal.code}")

    def buy(self, amount: int, **facts: Any) -> None:
        self.told += 1
        self.books.buy(amount, key=f"A-{self.told}", **facts)

    def buy_two(self, amount: int, other: int) -> None:
        lines = (LineItem(amount, category="coffee"), LineItem(other, category="beans"))
        self.told += 1
        self.books.buy(*lines, LineItem(1_500, kind="shipping"), key=f"A-{self.told}")

    def buy_late(self, amount: int, days: int) -> None:
        self.buy(amount, at=self.books.now - timedelta(days=days), award=days % 3 == 0 or None)

    def buy_with_code(self, amount: int) -> None:
        self.books.issue(500, minutes=60)
        code = Redemption.objects.filter(state="reserved").latest("id").code
        self.buy(amount, redemption_codes=(code,))

    def buy_quoted(self, amount: int, days: int) -> None:
        quoted = self.books.quote(amount)
        self.books.wait(days=days)
        self.buy(amount, quote=getattr(quoted, "token", ""))

    def refund(self, which: int, amount: int) -> None:
        self.books.refund(self._order(which).external_id, amount)

    def refund_line(self, which: int) -> None:
        order = self._order(which)
        first = order.lines.earliest("position")
        self.books.refund(order.external_id, lines={first.position: first.amount_minor})

    def refund_all(self, which: int) -> None:
        order = self._order(which)
        self.books.refund(order.external_id, order.total_minor - order.refunded_minor)

    def wait(self, days: int) -> None:
        self.books.wait(days=days, minutes=1)
        sweep(merchant=self.books.merchant, now=self.books.now)
        expire_redemptions(now=self.books.now)
        evaluate_tiers(now=self.books.now)

    def _order(self, which: int) -> Purchase:
        found = Purchase.objects.order_by("-id")[which : which + 1].first()
        if found is None:
            raise WalaaError
        return found


def rewound(shop: Shop, books: Books) -> RewindRun:
    """The run over everything, done."""
    run = ask(
        actor=system_actor(shop.merchant), version_ids=[], months=36, use_percent=None, all_earn=False,
        now=books.now,
    )  # fmt: skip
    running.work(clock=lambda: books.now)
    run.refresh_from_db()
    assert run.state == RewindState.DONE, run.why
    return run


def points_of_every_purchase(run: RewindRun) -> dict[int, int]:
    """What the replay gives, purchase by purchase."""
    part = run.parts.select_related("run__merchant").get()
    plans = running.plans_of(run, list(run.scenarios.all()))
    reader = Reader.of(part)
    replay = Replay(reader.people(plans), plans, run.merchant.zone, run.first_day)
    earned = {}
    for fact in reader.facts():
        points = replay.take(fact)
        if isinstance(fact, Bought):
            earned[fact.pk] = points[0]
    return earned


def by_month(rows: Any, field: str) -> Counter[str]:
    """Points by month of the business day."""
    totals: Counter[str] = Counter()
    for day, points in rows.values_list("business_date", field):
        totals[f"{day:%Y-%m}"] += points
    return +totals


def with_rules_that_remember(shop: Shop) -> None:
    """Further terms: a birthday, coffee, caps of each member and of all, a smallest order."""
    draft = shop.version
    EarnRule.objects.create(
        version=draft, code="coffee", name_ar="قهوة", name_en="Coffee", kind=RuleKind.MULTIPLIER,
        factor=2, categories=["coffee"],
    )  # fmt: skip
    EarnRule.objects.create(
        version=draft, code="third", name_ar="ثالث", name_en="Third", kind=RuleKind.FIXED,
        points=50, nth_purchase=3, min_amount_minor=1_000,
    )  # fmt: skip
    EarnCap.objects.create(version=draft, scope="member", period="month", points=2_500)
    EarnCap.objects.create(version=draft, scope="all", period="year", rule="third", points=120)
    publish(version=draft, actor="test", effective_from=FOUNDED, now=FOUNDED)


@settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
@given(
    steps=st.lists(STEPS, min_size=4, max_size=24),
    remembers=st.booleans(),
    terms=st.fixed_dictionaries(
        {
            "tier_renewal": st.sampled_from(["one_down", "recompute"]),
            "tier_window": st.sampled_from(["trailing_12", "calendar_year"]),
            "expiry_months": st.sampled_from([1, 12, None]),
            "hold_days": st.sampled_from([0, 3]),
        }
    ),
)
def test_todays_programme_replayed_is_the_ledger(
    db: None, steps: list[Any], remembers: bool, terms: dict[str, Any]
) -> None:
    forget_terms()
    terms |= {"hold": "days" if terms["hold_days"] else "none"}
    with transaction.atomic():
        shop = open_shop("oasis", "0501234567", live=not remembers, **terms)
        if remembers:
            with_rules_that_remember(shop)
        shop.member.birthday = date(1990, 1, 27)
        shop.member.save()
        story = Story(Books(shop.member, now=START))
        story.tell(("buy", 12_345))
        for step in steps:
            story.tell(step)
        run = rewound(shop, story.books)
        found = run.scenarios.get(place=0).found
        assert points_of_every_purchase(run) == dict(Purchase.objects.values_list("pk", "points"))
        assert found["differs"] == 0
        assert +Counter(found["issued"]) == by_month(Purchase.objects.all(), "points")
        assert found["taken_back"] == {
            month: -points for month, points in by_month(Refund.objects.all(), "clawback_points").items()
        }
        held = shop.member.balance.tier_code
        assert found["tiers"] == {held: 1}
        transaction.set_rollback(True)


def test_the_replay_writes_nothing_to_the_books(stage: Any, shop: Shop) -> None:
    books = Books(shop.member)
    books.buy(50_000)
    before = Purchase.objects.aggregate(Sum("points")), shop.member.movements.count()
    rewound(shop, books)
    assert (Purchase.objects.aggregate(Sum("points")), shop.member.movements.count()) == before


def test_a_difference_between_books_and_replay_is_counted(stage: Any, shop: Shop) -> None:
    """The page can only claim that the replay reproduces the books because it counts where it does not."""
    books = Books(shop.member)
    books.buy(50_000)
    run = ask(
        actor=system_actor(shop.merchant), version_ids=[], months=36, use_percent=None, all_earn=False,
        now=books.now,
    )  # fmt: skip
    replay = Replay(
        {shop.member.pk: Person(shop.member.pk)},
        [Scenario(Timeline((), ()), is_today=True)],
        "UTC",
        FOUNDED.date(),
    )
    running.cut_up(run, books.now)
    for fact in Reader.of(run.parts.select_related("run__merchant").get()).facts():
        replay.take(fact)
    assert replay.sums[0].differs == 1


def test_a_tier_from_another_system_prices_from_its_day_on(stage: Any, shop: Shop) -> None:
    books = Books(shop.member)
    books.buy(10_000)
    books.wait(days=3)
    said = books.said("opening", None, None)
    post(PointsOpened(**said, points=700, tier_code="gold", tier_until=date(2026, 6, 30)), now=books.now)
    for days in (1, 40, 130):  # the last one after that tier has ended
        books.wait(days=days)
        evaluate_tiers(now=books.now)
        books.buy(10_000)
    run = rewound(shop, books)
    earned = list(Purchase.objects.order_by("pk").values_list("points", flat=True))
    assert earned == [100, 150, 150, 125]  # one step down when it had ended
    assert list(points_of_every_purchase(run).values()) == earned
