"""Rewind gives the prizes of contests: today's as the books gave them, and those of programmes never held."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from accounts.access import system_actor
from accounts.models import Member
from analytics.models import RewindDifference, RewindRun, RewindState
from analytics.rewind import running
from analytics.rewind.asking import ask
from analytics.rewind.queries import report_of
from ledger.contests.closing import close_contests
from ledger.contests.joining import join_contest, leave_contest
from ledger.models import Achievement, Balance, Movement, Purchase
from programs.models import ContestPrize
from programs.publishing import draft_of
from programs.queries import forget_terms
from tests.analytics.test_rewind_books import Story, by_month
from tests.cast import Shop
from tests.ledger.books import START, Books, another
from tests.ledger.held import open_holding_shop
from tests.ledger.holding import hold

pytestmark = pytest.mark.postgres
AMOUNTS = st.integers(500, 30_000)
DOINGS = st.one_of(
    st.tuples(st.just("buy"), AMOUNTS),
    st.tuples(st.just("buy"), AMOUNTS),
    st.tuples(st.just("buy_two"), AMOUNTS, AMOUNTS),
    st.tuples(st.just("buy_late"), AMOUNTS, st.integers(1, 20)),
    st.tuples(st.just("refund"), st.integers(0, 3), AMOUNTS),
    st.tuples(st.just("refund_all"), st.integers(0, 3)),
    st.tuples(st.just("take_part")),
    st.tuples(st.just("leave")),
    st.tuples(st.just("go_away")),
    st.tuples(st.just("wait"), st.sampled_from([0, 1, 6, 20, 40])),
)
STEPS = st.lists(st.tuples(st.integers(0, 3), DOINGS), min_size=10, max_size=30)
CUP = {"starts_on": date(2026, 1, 25), "ends_on": date(2026, 2, 10), "checked_days": 3}
SPRINT = {
    "code": "sprint", "starts_on": date(2026, 2, 1), "ends_on": date(2026, 2, 5), "checked_days": 0,
    "counts": "spend", "minimum": 150_00,
}  # fmt: skip
PRIZES: tuple[dict[str, Any], ...] = (
    {"points": 300, "badge": "regular"},
    {"first_place": 2, "last_place": 3, "points": 100, "reward": "coffee"},
    {"contest": "sprint", "points": 70, "reward": "coffee"},
)
TOO_LITTLE = [*[(0, ("wait", one)) for one in (6, 1, 1)], (1, ("buy", 50_00)), (2, ("buy", 60_00))]
LAST_BOUGHT_IS_BACK = [(1, ("buy", 12_345)), (0, ("buy", 50_00)), (0, ("refund_all", 0))]
STAMPS_ARE_BACK = [(1, ("buy", 50_00)), (1, ("buy", 50_00)), (1, ("refund_all", 0))]


class Contender(Story):
    """One member's life among others."""

    def take_part(self) -> None:
        join_contest(self.books.member, "cup", now=self.books.now)

    def leave(self) -> None:
        leave_contest(self.books.member, "cup", now=self.books.now)

    def go_away(self) -> None:
        Member.objects.filter(pk=self.books.member.pk, detached_at=None).update(detached_at=self.books.now)

    def wait(self, days: int) -> None:
        super().wait(days)
        close_contests(now=self.books.now)

    def _order(self, which: int) -> Purchase:
        mine = Purchase.objects.filter(member=self.books.member).order_by("-id")
        return mine[which : which + 1].first() or super()._order(10**6)


def contenders(shop: Shop, size: int = 4) -> list[Contender]:
    """Members of a shop on one clock, each with numbers of their own for what they buy."""
    people = [shop.member, *(another(shop.merchant, f"05011100{n:02}").member for n in range(size - 1))]
    found = [Contender(Books(member, now=START)) for member in people]
    for number, one in enumerate(found):
        one.told = 1_000 * number
    return found


def rewind(shop: Shop, books: Books, *versions: int) -> RewindRun:
    """The run over everything beside these versions, done."""
    run = ask(
        actor=system_actor(shop.merchant), version_ids=versions, months=36, use_percent=None, all_earn=False,
        now=books.now,
    )  # fmt: skip
    running.work(clock=lambda: books.now)
    run.refresh_from_db()
    assert run.state == RewindState.DONE, run.why
    return run


def live(shop: Shop, steps: list[Any]) -> Books:
    """Let members live, until every contest is decided; the books at the end."""
    people, now = contenders(shop), START
    for who, step in [(0, ("buy", 12_345)), *steps, (0, ("wait", 30))]:
        people[who].books.now = now
        people[who].tell(step)
        now = people[who].books.now
    return people[0].books


@settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
@given(
    steps=STEPS,
    counts=st.sampled_from(["spend", "points", "visit", "item", "stamp"]),
    by_joining=st.booleans(),
    per_part=st.sampled_from([1, 5_000]),
)
@example(steps=TOO_LITTLE, counts="visit", by_joining=False, per_part=1)
@example(steps=LAST_BOUGHT_IS_BACK, counts="spend", by_joining=False, per_part=1)
@example(steps=STAMPS_ARE_BACK, counts="stamp", by_joining=False, per_part=5_000)
def test_todays_programme_gives_the_prizes_that_the_books_gave(
    db: None, steps: list[Any], counts: str, by_joining: bool, per_part: int
) -> None:
    forget_terms()
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "PER_PART", per_part)
        shop = open_holding_shop(
            contests=({"counts": counts, "by_joining": by_joining, **CUP}, SPRINT), prizes=PRIZES,
            cards=[{"stamps": 2, "reward_days": 3_000}],
        )  # fmt: skip
        books = live(shop, steps)
        run = rewind(shop, books, shop.version.pk)
        found = run.scenarios.get(place=0).found
        won = Achievement.objects.filter(kind="contest")
        assert found["differs"] == 0
        assert found["contests"] == 2
        assert found["contest_points"] == (won.aggregate(sum=Sum("points"))["sum"] or 0)
        assert found["contest_vouchers"] == won.filter(redemption__isnull=False).count()
        assert +Counter(found["issued"]) == by_month(Movement.objects.filter(kind="earn"), "points")
        held = {row.pk: row.available - row.owed for row in Balance.objects.all()}
        mine = run.scenarios.get(place=1).differences.values_list("member_id", "points_today")
        assert dict(mine) == {pk: held[pk] for pk, _points in mine}
        assert sum(found["issued"].values()) + sum(found["taken_back"].values()) == sum(held.values())
        transaction.set_rollback(True)


@pytest.fixture
def bought(db: None) -> tuple[Shop, Books]:
    """A shop without contests whose members bought in February: 300, 200 and 100."""
    shop = open_holding_shop(contests=(), prizes=())
    people = contenders(shop, 3)
    for one, amount in zip(people, (100_00, 300_00, 200_00), strict=True):
        one.books.go_to(2026, 2, 10)
        one.buy(amount)
    people[0].books.go_to(2026, 4, 1)
    return shop, people[0].books


def drafted(shop: Shop, **facts: Any) -> int:
    """A draft that would have held February's cup."""
    draft = draft_of(programme=shop.version.programme)
    hold(draft, (facts,), PRIZES[:2])
    return draft.pk


@pytest.mark.parametrize("facts", [{}, {"by_joining": True}, {"counts": "visit"}])
def test_a_programme_that_was_never_held_gives_its_prizes_too(
    bought: tuple[Shop, Books], facts: dict[str, Any]
) -> None:
    shop, books = bought
    run = rewind(shop, books, drafted(shop, **facts))
    today, tried = report_of(run).sides
    assert (today.outcome.contests, tried.outcome.contests) == (0, 1)
    assert tried.outcome.points - today.outcome.points == 500
    assert (tried.outcome.contest_points, tried.outcome.contest_vouchers, tried.outcome.vouchers) == (
        500,
        2,
        2,
    )
    assert tried.outcome.cost.mid > today.outcome.cost.mid
    assert [month.month for month in tried.outcome.months] == ["2026-02", "2026-03"]  # nobody bought in March
    assert tried.outcome.months[1].issued == 500
    gains = dict(RewindDifference.objects.values_list("member_id", "points"))
    assert sorted(gains.values()) == ([200, 300, 600] if facts.get("counts") != "visit" else [300, 400, 400])
    assert (tried.outcome.won, tried.outcome.lost) == (3, 0)


def test_who_does_not_buy_in_the_months_asked_about_may_still_win_in_them(bought: tuple[Shop, Books]) -> None:
    shop, books = bought
    books.buy(10_00, key="now")
    draft = drafted(shop)
    run = ask(
        actor=system_actor(shop.merchant), version_ids=[draft], months=1, use_percent=None, all_earn=False,
        now=books.now,
    )  # fmt: skip
    running.work(clock=lambda: books.now)
    assert (
        run.scenarios.get(place=1).found["contests"] == 0
    )  # decided in March, before the months asked about
    ContestPrize.objects.filter(version=draft).update(points=50)
    books.go_to(2026, 3, 31)
    run = ask(
        actor=system_actor(shop.merchant), version_ids=[draft], months=1, use_percent=None, all_earn=False,
        now=books.now,
    )  # fmt: skip
    running.work(clock=lambda: books.now)
    scenario = run.scenarios.get(place=1)
    assert (scenario.found["contests"], scenario.found["won"]) == (1, 3)
    assert set(scenario.differences.values_list("spend_minor", "points_today", "points")) == {(0, 0, 50)}


def test_what_is_not_decided_by_now_gives_nothing(bought: tuple[Shop, Books]) -> None:
    shop, books = bought
    draft = drafted(shop)
    books.go_to(2026, 3, 14)
    assert rewind(shop, books, draft).scenarios.get(place=1).found["contests"] == 0
    books.go_to(2026, 3, 15)
    assert rewind(shop, books, draft).scenarios.get(place=1).found["contests"] == 1
