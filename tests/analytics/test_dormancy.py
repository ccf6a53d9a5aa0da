"""Learning: better than the plain rule, the same twice, blind to the future, honest when it cannot learn."""

import sys
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import boosting, dormancy, plain_rule
from analytics.dormancy import Model
from analytics.reasons import CONCEPTS, SAYINGS, concept_of
from analytics.scorecard import roc_auc
from analytics.visits import History, history_of
from tests.analytics.logs import START, history, purchase_log

TODAY = START + 190


@pytest.fixture(scope="module")
def known() -> History:
    return history()


@pytest.fixture(scope="module")
def model(known: History) -> Model:
    return dormancy.train(known, as_of=TODAY, horizon=30)


def test_cutoffs_are_weekly_and_their_outcome_is_complete(known: History) -> None:
    cutoffs = dormancy.training_cutoffs(known, TODAY, 30)
    assert cutoffs[-1] == TODAY - 30
    assert set(np.diff(cutoffs)) == {7}
    assert cutoffs[0] >= START + dormancy.WARM_UP_DAYS


def test_learning_beats_the_plain_rule(known: History, model: Model) -> None:
    assert (model.method, model.why) == ("lightgbm", "learnt")
    examples = dormancy.examples_at(known, TODAY, 30)
    learnt = roc_auc(examples.outcome, dormancy.chances(model, examples.matrix))
    assert learnt > roc_auc(examples.outcome, plain_rule.chances(examples.matrix))
    assert learnt > 0.8
    assert model.metrics["newest_window"]["roc_auc"] > 0.7


def test_the_same_data_give_the_same_scores_also_through_text(known: History, model: Model) -> None:
    again = dormancy.train(known, as_of=TODAY, horizon=30)
    assert again.to_text() == model.to_text()
    read = Model.from_text(model.to_text())
    first, second = (dormancy.score(one, known, cutoff=TODAY) for one in (model, read))
    pd.testing.assert_frame_equal(first, second)


def test_what_happens_later_changes_neither_model_nor_scores(known: History, model: Model) -> None:
    log = purchase_log()
    past = history_of(log[log["day"] < TODAY])
    assert dormancy.train(past, as_of=TODAY, horizon=30).to_text() == model.to_text()
    now, then = (dormancy.score(model, data, cutoff=TODAY) for data in (known, past))
    pd.testing.assert_frame_equal(now, then)


def test_coming_more_often_never_makes_the_score_worse(known: History, model: Model) -> None:
    matrix = dormancy.examples_at(known, TODAY, 30).matrix
    before = dormancy.chances(model, matrix)
    for column in (name for name in matrix.columns if boosting.direction(name) == -1):
        assert (
            dormancy.chances(model, matrix.assign(**{column: matrix[column] + 1})) <= before + 1e-12
        ).all()


@pytest.mark.parametrize(
    ("story", "why"),
    [
        ({"members": 20}, "few_members"),
        ({"days": 100}, "short_history"),
        ({"members": 0}, "no_history"),
    ],
)
def test_too_little_history_falls_back_and_says_why(story: dict[str, int], why: str) -> None:
    thin = history(**story)
    as_of = START + story.get("days", 190)
    model = dormancy.train(thin, as_of=as_of, horizon=30)
    assert (model.method, model.why) == ("plain_rule", why)
    scores = dormancy.score(model, thin, cutoff=as_of)
    assert scores["is_slipping"].tolist() == (scores["p_dormant"] >= 0.5).tolist()
    assert all(len(three) == 3 for three in scores["reasons"])


def test_when_everybody_stays_there_is_nothing_to_learn() -> None:
    rows = [(member, START + day, 100) for member in range(120) for day in range(member % 5, 200, 5)]
    steady = history_of(pd.DataFrame(rows, columns=["member", "day", "amount_minor"]))
    assert dormancy.train(steady, as_of=TODAY, horizon=30).why == "one_outcome"


def test_without_the_library_the_plain_rule_takes_over(
    known: History, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)  # what a missing libgomp1 comes down to: ImportError
    boosting.lightgbm.cache_clear()
    try:
        fallen = dormancy.train(known, as_of=TODAY, horizon=30)
        assert (fallen.method, fallen.why) == ("plain_rule", "no_lightgbm")
        assert len(dormancy.score(fallen, known, cutoff=TODAY)) > 100
        with pytest.raises(RuntimeError, match="libgomp1"):
            dormancy.score(model, known, cutoff=TODAY)
    finally:
        boosting.lightgbm.cache_clear()


def test_every_feature_has_a_concept(known: History) -> None:
    names = dormancy.examples_at(known, TODAY, 30).matrix.columns
    assert {concept_of(name) for name in names} == set(CONCEPTS)


@pytest.mark.parametrize("method", ["learnt", "plain"])
def test_reasons_are_true_of_the_member_and_three(known: History, model: Model, method: str) -> None:
    used = model if method == "learnt" else Model("plain_rule", "few_members", 30, TODAY)
    scores = dormancy.score(used, known, cutoff=TODAY)
    log = purchase_log()
    log = log[log["day"] < TODAY]
    said: Counter[str] = Counter()
    for member, reasons in zip(scores["member"].tolist(), scores["reasons"].tolist(), strict=True):
        codes = [reason["code"] for reason in reasons]
        assert len(set(codes)) == 3
        facts = facts_of(log[log["member"] == member])
        for reason in reasons:
            assert TRUE[reason["code"]](reason, facts), (reason, facts)
        said.update(codes)
    assert len(said) >= 8
    assert set(TRUE) == {saying.code for saying in SAYINGS}


def test_slipping_members_are_told_why_in_terms_of_silence(known: History, model: Model) -> None:
    scores = dormancy.score(model, known, cutoff=TODAY)
    slipping = scores[scores["is_slipping"]]
    assert 0 < len(slipping) <= 0.2 * len(scores) + 1
    away = {saying.code for saying in SAYINGS if saying.pushes < 0}
    assert not any(reason["code"] in away for three in slipping["reasons"] for reason in three)


def facts_of(own: pd.DataFrame) -> dict[str, Any]:
    """The member's life told again, from the raw purchases and without the code under test."""
    days = sorted(set(own["day"]))
    gaps = sorted(b - a for a, b in pairwise(days))

    def visits(first: int, last: int) -> int:
        return sum(first <= TODAY - day <= last for day in days)

    def spent(first: int, last: int) -> int:
        return int(own[(TODAY - own["day"]).between(first, last)]["amount_minor"].sum())

    return {
        "days": days, "gaps": gaps, "recency": TODAY - days[-1], "tenure": TODAY - days[0],
        "visits": visits, "spent": spent,
        "weeks": len({(TODAY - day - 1) // 7 for day in days if TODAY - day <= 84}),
        "usual": gaps[(len(gaps) - 1) // 2] if gaps else None,
        "mean": spent(1, 10**6) / len(days), "last": spent(TODAY - days[-1], TODAY - days[-1]),
    }  # fmt: skip


def basket(facts: dict[str, Any], first: int, last: int) -> int:
    spent, visits = int(facts["spent"](first, last)), int(facts["visits"](first, last))
    return round(spent / visits)


def visits_now_and_before(reason: dict[str, Any], facts: dict[str, Any]) -> bool:
    return (reason["now"], reason["before"]) == (facts["visits"](1, 30), facts["visits"](31, 60))


def spend_now_and_before(reason: dict[str, Any], facts: dict[str, Any]) -> bool:
    return (reason["now"], reason["before"]) == (facts["spent"](1, 30), facts["spent"](31, 60))


def baskets(reason: dict[str, int], facts: dict[str, Any]) -> bool:
    return abs(reason["now"] - basket(facts, 1, 30)) + abs(reason["before"] - basket(facts, 31, 90)) <= 2


def last_basket(reason: dict[str, Any], facts: dict[str, Any]) -> bool:
    return bool(abs(reason["now"] - facts["last"]) + abs(reason["usual"] - facts["mean"]) <= 1)


def gap(reason: dict[str, Any], facts: dict[str, Any]) -> bool:
    return (reason["days"], reason["usual"]) == (facts["recency"], facts["usual"])


TRUE: dict[str, Any] = {
    "visits_falling": lambda r, f: visits_now_and_before(r, f) and r["now"] < r["before"],
    "visits_rising": lambda r, f: visits_now_and_before(r, f) and r["now"] > r["before"],
    "few_visits": lambda r, f: r["visits"] == f["visits"](1, 90) <= 4,
    "many_visits": lambda r, f: r["visits"] == f["visits"](1, 90) >= 9,
    "visits_lately": lambda r, f: r["visits"] == f["visits"](1, 90),
    "few_active_weeks": lambda r, f: r["weeks"] == f["weeks"] <= 6,
    "many_active_weeks": lambda r, f: r["weeks"] == f["weeks"] >= 7,
    "spend_falling": lambda r, f: spend_now_and_before(r, f) and r["now"] < r["before"],
    "spend_rising": lambda r, f: spend_now_and_before(r, f) and r["now"] > r["before"],
    "basket_shrinking": lambda r, f: baskets(r, f) and r["now"] < r["before"],
    "basket_growing": lambda r, f: baskets(r, f) and r["now"] > r["before"],
    "basket_small": lambda r, f: last_basket(r, f) and r["now"] < r["usual"],
    "basket_large": lambda r, f: last_basket(r, f) and r["now"] > r["usual"],
    "longer_than_usual": lambda r, f: gap(r, f) and r["days"] > r["usual"],
    "within_usual": lambda r, f: gap(r, f) and r["days"] <= r["usual"],
    "was_silent_before": lambda r, f: r["days"] == max(f["gaps"]) >= 30,
    "never_silent": lambda r, f: r["days"] == max(f["gaps"]) < 30,
    "no_visit_for": lambda r, f: r["days"] == f["recency"] >= 14,
    "visited_recently": lambda r, f: r["days"] == f["recency"] <= 7,
    "last_visit": lambda r, f: r["days"] == f["recency"],
    "only_one_visit": lambda _r, f: len(f["days"]) == 1,
    "new_customer": lambda r, f: r["days"] == f["tenure"] <= 60,
    "long_standing": lambda r, f: r["days"] == f["tenure"] >= 180,
    "customer_for": lambda r, f: r["days"] == f["tenure"],
}
