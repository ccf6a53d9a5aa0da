"""Dormancy: the chance that a member seen in the last 90 days buys nothing in the next 30 (or 45).

Pure: visit-days in, a model as text out. A model of ``as_of`` has seen nothing of that day or later: its
examples are members as they stood at weekly cut-offs ``c`` with ``c + horizon ≤ as_of``, features from before
``c``, outcome from the days after. Where history is too thin, the plain rule stands in, and ``why`` says so.

Measured on completejourney: with 100 members, or with four cut-offs, what was learnt still ranks far better
than the plain rule (ROC-AUC 0.857 and 0.863 against 0.772 and 0.801); with less, nothing is left to hold out.
Chances are LightGBM's own. A level shift or Platt scaling fitted on the held-out windows made those after
worse (log loss 0.2831 raw, 0.2834 Platt, 0.2843 a shift taken only when it helped the newest complete
window; on cdnow 0.4947, 0.5065, 0.4991), so none is applied; the newest window's calibration error is kept
beside the model.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from analytics import boosting, plain_rule, reasons
from analytics.features import features
from analytics.measures import ACTIVE_DAYS
from analytics.scorecard import scorecard
from analytics.visits import Floats, History

HORIZONS = (30, 45)
STEP_DAYS = 7
WARM_UP_DAYS = 60  # a cut-off needs some past for its features to mean anything
MOST_CUTOFFS = 26
FEWEST_CUTOFFS = 4
FEWEST_MEMBERS = 100  # active at a cut-off, on average over the cut-offs
FEWEST_OUTCOMES = 50  # of the rarer outcome, over all examples
MOST_EXAMPLES = 400_000
SLIPPING_FROM = 0.5
SLIPPING_SHARE = 0.2

Features: TypeAlias = Callable[[History, int, int], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model, or the plain rule and why. ``cutoff`` is the day before which all was known."""

    method: str
    why: str
    horizon: int
    cutoff: int
    base_rate: float = 0.0
    booster: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)

    def to_text(self) -> str:
        """As JSON; the booster in LightGBM's own text form. Never a pickle."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "Model":
        """Read back what ``to_text`` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Examples:
    """Members as they stood at one cut-off, and whether they then bought nothing for the horizon."""

    matrix: pd.DataFrame
    outcome: Floats


def training_cutoffs(history: History, as_of: int, horizon: int) -> list[int]:
    """Weekly cut-offs whose outcome was complete at ``as_of``, oldest first, at most half a year of them."""
    known = history.before(as_of)
    if not len(known.day):
        return []
    start = int(np.quantile(known.day, 0.01))  # one stray old row is not the beginning of a history
    newest = as_of - horizon
    return list(range(newest, start + WARM_UP_DAYS - 1, -STEP_DAYS))[:MOST_CUTOFFS][::-1]


def examples_at(history: History, cutoff: int, horizon: int, of: Features = features) -> Examples:
    """What was known at ``cutoff``, and 1.0 where no purchase followed in [cutoff, cutoff + horizon)."""
    matrix = of(history, cutoff, horizon)
    bought = history.bought_between(cutoff, cutoff + horizon)
    return Examples(
        matrix, (~bought[np.searchsorted(history.members, matrix.index.to_numpy())]).astype(np.float64)
    )


def train(history: History, *, as_of: int, horizon: int, of: Features = features) -> Model:
    """Learn from everything before ``as_of`` (a day), or fall back to the plain rule.

    ``of`` computes the features; an evaluation that trains often passes one that remembers.
    """
    known = history.before(as_of)
    cutoffs = training_cutoffs(known, as_of, horizon)
    if boosting.lightgbm() is None:
        return Model("plain_rule", "no_lightgbm", horizon, as_of)
    if not len(known.day):
        return Model("plain_rule", "no_history", horizon, as_of)
    if len(cutoffs) < FEWEST_CUTOFFS:
        return Model("plain_rule", "short_history", horizon, as_of)
    sampled = known.of_every(_sampling(known, cutoffs))
    sets = [examples_at(sampled, cutoff, horizon, of) for cutoff in cutoffs]
    thin = _too_thin(sets)
    if thin:
        return Model("plain_rule", thin, horizon, as_of)
    return _learn(sets, cutoffs, as_of, horizon)


def score(model: Model, history: History, *, cutoff: int, of: Features = features) -> pd.DataFrame:
    """One row per member active in the 90 days before ``cutoff``, ordered by member.

    Columns: member, p_dormant, is_slipping, days_silent, reasons (three, see ``analytics.reasons``).
    """
    matrix = of(history, cutoff, model.horizon)
    if model.method == "plain_rule" or not len(matrix):
        chance = plain_rule.chances(matrix)
        leaning = chance >= plain_rule.SLIPPING_FROM
        pushes, slipping = reasons.rule_pushes(leaning), leaning
    else:
        chance, contributions = _predict(model, matrix)
        leaning = chance >= model.base_rate
        pushes, slipping = reasons.pushes_of(contributions, list(matrix.columns)), _slipping(chance)
    return pd.DataFrame(
        {
            "member": matrix.index.to_numpy(),
            "p_dormant": chance,
            "is_slipping": slipping,
            "days_silent": matrix["recency"].to_numpy(np.int64),
            "reasons": pd.Series(reasons.explain(matrix, pushes, leaning), dtype=object),
        }
    )


def chances(model: Model, matrix: pd.DataFrame) -> Floats:
    """The chance of silence for each row of a feature matrix."""
    return plain_rule.chances(matrix) if model.method == "plain_rule" else _predict(model, matrix)[0]


def _sampling(known: History, cutoffs: Sequence[int]) -> int:
    """One member in how many is enough to train on."""
    seen = len(np.unique(known.member[known.day >= cutoffs[0] - ACTIVE_DAYS]))
    return -(-seen * len(cutoffs) // MOST_EXAMPLES) or 1


def _too_thin(sets: Sequence[Examples]) -> str:
    """Why these examples cannot teach, or nothing."""
    members = np.mean([len(examples.outcome) for examples in sets])
    silent = sum(float(examples.outcome.sum()) for examples in sets)
    total = sum(len(examples.outcome) for examples in sets)
    if members < FEWEST_MEMBERS:
        return "few_members"
    return "one_outcome" if min(silent, total - silent) < FEWEST_OUTCOMES else ""


def _learn(sets: list[Examples], cutoffs: list[int], as_of: int, horizon: int) -> Model:
    """Find the number of rounds on the newest windows, measure there, then learn from all of them."""
    library = boosting.lightgbm()
    assert library is not None  # noqa: S101 - ``train`` asked before
    held_out = max(2, len(sets) // 4)
    known_then = [c + horizon <= cutoffs[-held_out] for c in cutoffs]
    inner = [examples for examples, known in zip(sets, known_then, strict=True) if known]
    inner = inner if len(inner) >= FEWEST_CUTOFFS - 1 else sets[:-held_out]
    trial = _boost(_stack(inner), boosting.MOST_ROUNDS, check=_stack(sets[-held_out:]))
    rounds = max(boosting.FEWEST_ROUNDS, trial.best_iteration)
    everything = _stack(sets)
    booster = _boost(everything, rounds)
    newest = sets[-1]
    measured = scorecard(newest.outcome, trial.predict(newest.matrix.to_numpy(np.float32)))
    return Model(
        method="lightgbm",
        why="learnt",
        horizon=horizon,
        cutoff=as_of,
        base_rate=float(everything.outcome.mean()),
        booster=booster.model_to_string(),
        metrics={
            "rounds": rounds,
            "cutoffs": len(cutoffs),
            "examples": len(everything.outcome),
            "newest_window": measured.as_dict(),
        },
    )


def _boost(examples: Examples, rounds: int, check: Examples | None = None) -> Any:
    """A LightGBM booster; with ``check`` it stops when that stops improving."""
    library = boosting.lightgbm()
    assert library is not None  # noqa: S101 - ``train`` asked before
    names = list(examples.matrix.columns)
    parameters = boosting.settings(names, len(examples.outcome))
    data = library.Dataset(
        examples.matrix.to_numpy(np.float32), examples.outcome, feature_name=names, params=parameters
    )
    if check is None:
        return library.train(parameters, data, rounds)
    held_out = library.Dataset(check.matrix.to_numpy(np.float32), check.outcome, reference=data)
    stop = library.early_stopping(boosting.PATIENCE, verbose=False)
    return library.train(parameters, data, rounds, valid_sets=[held_out], callbacks=[stop])


def _stack(sets: Sequence[Examples]) -> Examples:
    return Examples(
        pd.concat([examples.matrix for examples in sets]),
        np.concatenate([examples.outcome for examples in sets]),
    )


def _predict(model: Model, matrix: pd.DataFrame) -> tuple[Floats, Floats]:
    """Chances, and each feature's push in log-odds. Raises ``RuntimeError`` without LightGBM."""
    library = boosting.lightgbm()
    if library is None:
        raise RuntimeError(boosting.MISSING)
    booster = library.Booster(model_str=model.booster)
    contributions = booster.predict(
        matrix.to_numpy(np.float32), pred_contrib=True, num_threads=boosting.THREADS
    )
    log_odds = contributions.sum(axis=1)
    return 1 / (1 + np.exp(-log_odds)), contributions[:, :-1]


def _slipping(chance: Floats) -> Any:
    """Likelier to stay away than to come, and among the riskiest fifth: a list someone can act upon."""
    return chance >= max(SLIPPING_FROM, float(np.quantile(chance, 1 - SLIPPING_SHARE)))
