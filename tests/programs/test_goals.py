"""The kernel of cards and challenges: sums that no order of arrival changes (RULES 31, 36, 39)."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from programs.asked import Conditions
from programs.conditions import Facts
from programs.goal_terms import GoalTerms
from programs.goals import (
    Bought,
    Collected,
    after,
    counted,
    in_hand,
    is_short,
    kept,
    more,
    of_order,
    period_of,
    running,
    stretches,
    to_go,
    unbroken,
)

DAY = date(2027, 2, 8)
lines = st.builds(
    Bought,
    st.integers(0, 50_000),
    st.integers(1, 12),
    st.sampled_from(["", "coffee", "food"]),
    st.sampled_from(["", "latte", "tea"]),
)
goals = st.builds(
    GoalTerms,
    kind=st.just("card"), code=st.just("c"), name_ar=st.just("ب"), name_en=st.just("C"),
    target=st.integers(1, 12),
    counts=st.sampled_from(["visit", "item", "spend"]),
    most=st.none() | st.integers(1, 5),
    repeats=st.booleans(),
    conditions=st.builds(
        Conditions,
        categories=st.sampled_from([frozenset[str](), frozenset({"coffee"})]),
        min_amount_minor=st.sampled_from([0, 10_000]),
    ),
)  # fmt: skip
streaks = st.sampled_from(["day", "week", "month"])
days = st.sets(st.integers(0, 200).map(lambda n: DAY + timedelta(days=n)), max_size=25)


def card(target: int = 9, **facts: object) -> GoalTerms:
    return GoalTerms("card", "c", "ب", "C", target, **facts)  # type: ignore[arg-type]


def reach(goal: GoalTerms, stand: Collected) -> Collected:
    times = more(goal, stand)
    return stand._replace(spent=stand.spent + times * goal.target, reached=stand.reached + times)


@given(goals, st.lists(st.integers(1, 30), max_size=30))
def test_order_by_order_reaches_what_all_at_once_reaches(goal: GoalTerms, amounts: list[int]) -> None:
    stand = Collected()
    for amount in amounts:
        stand = reach(goal, stand._replace(got=stand.got + amount))
    assert stand == reach(goal, Collected(got=sum(amounts)))
    assert not is_short(goal, stand)


@given(goals, st.lists(st.integers(1, 30), max_size=20), st.randoms())
def test_adding_and_taking_everything_back_leaves_nothing(goal: GoalTerms, amounts: list[int], draw) -> None:  # type: ignore[no-untyped-def]
    stand = Collected()
    for amount in amounts:
        stand = reach(goal, stand._replace(got=stand.got + amount))
    draw.shuffle(amounts)
    for amount in amounts:
        stand = stand._replace(got=stand.got - amount)
        while is_short(goal, stand):
            stand = stand._replace(spent=stand.spent - goal.target, reached=stand.reached - 1)
        assert in_hand(stand) >= 0
    assert stand == Collected()


@given(goals, st.lists(lines, min_size=1, max_size=5), st.data())
def test_what_is_kept_of_an_order_never_counts_more(
    goal: GoalTerms, bought: list[Bought], data: st.DataObject
) -> None:
    backs = [data.draw(st.integers(0, line.base_minor)) for line in bought]
    left = [kept(line, line.base_minor, back) for line, back in zip(bought, backs, strict=True)]
    assert 0 <= of_order(goal, left) <= of_order(goal, bought)
    assert of_order(goal, [kept(line, line.base_minor, line.base_minor) for line in bought]) == 0
    assert [kept(line, line.base_minor, 0) for line in bought if line.base_minor] == [
        line for line in bought if line.base_minor
    ]


@given(streaks, days)
def test_stretches_cover_every_period_and_end_at_a_gap(streak, found: set[date]) -> None:  # type: ignore[no-untyped-def]
    periods = {period_of(day, streak): 1 for day in found}
    cut = stretches(periods, streak)
    assert sum(length for _last, length in cut) == len(periods)
    for (last, _length), (next_last, length) in pairwise(cut):
        first = next_last
        for _step in range(length - 1):
            first = max(day for day in periods if after(day, streak) == first)
        assert after(last, streak) < first


def test_an_item_card_of_nine_has_two_left_of_eleven() -> None:
    goal = card(counts="item")
    stand = reach(goal, Collected(got=of_order(goal, [Bought(110_00, 11)])))
    assert (stand.reached, in_hand(stand), to_go(goal, stand, DAY)) == (1, 2, (2, 9))


def test_conditions_are_asked_of_the_order_and_of_its_lines() -> None:
    goal = card(conditions=Conditions(days_of_week=frozenset({0}), products=frozenset({"latte"})))
    monday, tuesday = (Facts(datetime(2027, 2, day, 9), 20_00) for day in (8, 9))
    latte = [Bought(20_00, 1, "", "latte")]
    assert [counted(goal, latte, monday), counted(goal, latte, tuesday)] == [1, 0]
    assert counted(goal, [Bought(20_00, 1, "", "tea")], monday) == 0


def test_a_streak_lives_until_the_end_of_the_next_period() -> None:
    weeks = {date(2027, 1, 3): 1, date(2027, 1, 10): 2, date(2027, 1, 17): 1}
    alive = [running(weeks, "week", date(2027, 1, day)) for day in (17, 23, 24, 30, 31)]
    assert alive == [3, 3, 3, 3, 0]
    assert unbroken(card(2, streak="week"), weeks) == 1
    assert unbroken(card(1, streak="week", repeats=False), weeks) == 1


def test_what_is_reached_once_stands_at_its_end() -> None:
    assert to_go(card(5, repeats=False), Collected(7, 5, 1), DAY) == (5, 5)
