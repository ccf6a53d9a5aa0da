"""How good the dormancy scores are on real logs, against honest rivals on the very same rows.

Weekly test cut-offs; everything is trained again every 28 days on what was known then. Figures are means over
the cut-offs; intervals come from resampling members, and differences are paired: every contender is judged on
the same resampled members. The rivals learn from the same examples as LightGBM does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import spearmanr

from analytics import dormancy
from analytics.features import features
from analytics.scorecard import Scorecard, scorecard
from analytics.value import VALUE_DAYS, lifetime_value
from analytics.visits import Floats, History, Ints

STEP_DAYS = 7
RETRAIN_DAYS = 28
RESAMPLES = 200
OURS = "LightGBM"
RFM = ["recency", "visits_30", "visits_90", "visits", "spend_90", "tenure", "rate", "amount_mean"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One cut-off: who was scored (codes), what came of it, and what each contender foretold."""

    cutoff: int
    codes: Ints
    outcome: Floats
    chances: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contender:
    """A contender's mean figures, and how far LightGBM's ROC-AUC is ahead of it."""

    name: str
    figures: Scorecard
    roc_auc: Interval
    behind: Interval


@dataclass(frozen=True, slots=True)
class ValueFigures:
    """Lifetime value 90 days ahead: error in major units, rank correlation, normalised Gini."""

    mean_absolute_error: float
    spearman: float
    gini: float


def evaluate(
    history: History, *, horizon: int, active_days: int, first_test: int, end: int
) -> list[Contender]:
    """Judge all contenders at weekly cut-offs from day ``first_test`` while c + horizon ≤ ``end``.

    ``active_days`` (90 or 30) narrows whom the figures are about, not what is trained on.
    """
    tests = list(range(first_test, end - horizon + 1, STEP_DAYS))
    judged = [
        _narrowed(one, history, active_days) for one in _judge_all(history, tests, horizon, Remembered())
    ]
    return _compare(judged, len(history.members))


def evaluate_value(history: History, *, first_test: int, end: int) -> ValueFigures:
    """Lifetime value against what was then spent, at weekly cut-offs; means over them."""
    rows = []
    for cutoff in range(first_test, end - VALUE_DAYS + 1, STEP_DAYS):
        foretold = lifetime_value(history, cutoff=cutoff)
        codes = np.searchsorted(history.members, foretold["member"].to_numpy())
        spent = history.spent_between(cutoff, cutoff + VALUE_DAYS)[codes] / 100
        value = foretold["value_minor"].to_numpy(np.float64) / 100
        error = float(np.mean(np.abs(spent - value)))
        rows.append((error, float(spearmanr(spent, value)[0]), _gini(spent, value) / _gini(spent, spent)))
    means = np.mean(rows, axis=0)
    return ValueFigures(float(means[0]), float(means[1]), float(means[2]))


class Remembered:
    """Feature matrices, worked out once per cut-off and known history: retraining asks for them again."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int, int], pd.DataFrame] = {}

    def __call__(self, history: History, cutoff: int, horizon: int) -> pd.DataFrame:
        """The features at ``cutoff``, from memory when they have been worked out before."""
        key = (cutoff, horizon, int((history.day < cutoff).sum()))
        if key not in self._seen:
            self._seen[key] = features(history, cutoff, horizon)
        return self._seen[key]


def _judge_all(history: History, tests: list[int], horizon: int, of: Remembered) -> Iterator[Judged]:
    for start in range(0, len(tests), RETRAIN_DAYS // STEP_DAYS):
        batch = tests[start : start + RETRAIN_DAYS // STEP_DAYS]
        contenders = _train_all(history, batch[0], horizon, of)
        for cutoff in batch:
            examples = dormancy.examples_at(history, cutoff, horizon, of)
            codes = np.searchsorted(history.members, examples.matrix.index.to_numpy()).astype(np.int32)
            chances = {name: foretell(examples.matrix) for name, foretell in contenders.items()}
            yield Judged(cutoff, codes, examples.outcome, chances)


def _train_all(
    history: History, as_of: int, horizon: int, of: Remembered
) -> dict[str, Callable[[pd.DataFrame], Floats]]:
    model = dormancy.train(history, as_of=as_of, horizon=horizon, of=of)
    cutoffs = dormancy.training_cutoffs(history, as_of, horizon)
    sets = [dormancy.examples_at(history, cutoff, horizon, of) for cutoff in cutoffs]
    matrix = pd.concat([examples.matrix for examples in sets])
    outcome = np.concatenate([examples.outcome for examples in sets])
    return {
        "recency": logistic(matrix, outcome, ["recency"]),
        "recency / own median gap": logistic(matrix, outcome, ["recency_to_median"]),
        "BG/NBD": lambda m: m["bgnbd_silent"].to_numpy(np.float64),
        "logistic on log RFM": logistic(matrix, outcome, RFM),
        OURS: lambda m: dormancy.chances(model, m),
    }


def logistic(matrix: pd.DataFrame, outcome: Floats, columns: list[str]) -> Callable[[pd.DataFrame], Floats]:
    """A logistic regression on log(1 + columns), standardised, lightly ridged; unknown counts as 0."""
    logs = _logs(matrix, columns)
    mean, scale = logs.mean(axis=0), logs.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(logs)), (logs - mean) / scale])

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = design @ weights
        ridge = np.r_[0.0, weights[1:]]
        value = np.logaddexp(0, odds * (1 - 2 * outcome)).sum() + 0.5 * ridge @ ridge
        return float(value), design.T @ (expit(odds) - outcome) + ridge

    weights = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x

    def foretell(other: pd.DataFrame) -> Floats:
        asked = (_logs(other, columns) - mean) / scale
        chance: Floats = expit(np.column_stack([np.ones(len(asked)), asked]) @ weights)
        return chance

    return foretell


def _logs(matrix: pd.DataFrame, columns: list[str]) -> Floats:
    logs: Floats = np.log1p(np.nan_to_num(matrix[columns].to_numpy(np.float64)))
    return logs


def _narrowed(judged: Judged, history: History, active_days: int) -> Judged:
    seen = history.bought_between(judged.cutoff - active_days, judged.cutoff)[judged.codes]
    chances = {name: chance[seen] for name, chance in judged.chances.items()}
    return Judged(judged.cutoff, judged.codes[seen], judged.outcome[seen], chances)


def _compare(judged: list[Judged], members: int) -> list[Contender]:
    names = list(judged[0].chances)
    draws = _resampled(judged, names, members)
    return [
        Contender(
            name=name,
            figures=_mean([scorecard(one.outcome, one.chances[name]) for one in judged]),
            roc_auc=_interval(draws[name]),
            behind=_interval(draws[OURS] - draws[name]),
        )
        for name in names
    ]


def _mean(cards: list[Scorecard]) -> Scorecard:
    names = Scorecard.__slots__
    return Scorecard(*(float(np.mean([getattr(card, name) for card in cards])) for name in names))


def _interval(draws: Floats) -> Interval:
    """The first draw is the sample as it is; the others are resampled."""
    low, high = np.quantile(draws[1:], [0.025, 0.975])
    return Interval(float(draws[0]), float(low), float(high))


def _resampled(judged: list[Judged], names: list[str], members: int) -> dict[str, Floats]:
    """Mean ROC-AUC over the cut-offs, of the sample and of members drawn anew; the same draws for all."""
    chosen = np.random.default_rng(7)
    weights = [np.ones(members)]
    weights += [
        np.bincount(chosen.integers(0, members, members), minlength=members).astype(np.float64)
        for _ in range(RESAMPLES)
    ]
    return {name: np.mean([_weighted_auc(one, name, weights) for one in judged], axis=0) for name in names}


def _weighted_auc(one: Judged, name: str, weights: list[Floats]) -> Floats:
    """ROC-AUC of one cut-off with each member counted as often as drawn; ties count half."""
    chance = one.chances[name]
    order = np.argsort(chance, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(chance[order]) > 0])
    outcome, codes = one.outcome[order], one.codes[order]

    def auc(weight: Floats) -> float:
        own = weight[codes]
        silent = np.add.reduceat(own * outcome, starts)
        seen = np.add.reduceat(own * (1 - outcome), starts)
        below = np.cumsum(seen) - seen / 2
        return float(silent @ below / (silent.sum() * seen.sum()))

    return np.array([auc(weight) for weight in weights])


def _gini(spent: Floats, ranked_by: Floats) -> float:
    """How much of the spend sits with those ranked highest: 0 for a random order."""
    ordered = spent[np.argsort(-ranked_by, kind="stable")]
    return float((np.cumsum(ordered).sum() / ordered.sum() - (len(ordered) + 1) / 2) / len(ordered))
