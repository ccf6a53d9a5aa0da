"""How good probabilities are: ranking, precision at the top, calibration.

``outcome`` holds 1 where the thing happened, ``chance`` what was foretold. All figures are shares of 1.
"""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import rankdata

from analytics.visits import Floats

BINS = 10


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The five figures of one set of predictions, and how common the outcome was."""

    roc_auc: float
    pr_auc: float
    brier: float
    ece: float
    lift_10: float
    base_rate: float

    def as_dict(self) -> dict[str, float]:
        """For JSON, rounded to what can be meant."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


def scorecard(outcome: Floats, chance: Floats) -> Scorecard:
    """All figures at once; ``outcome`` must hold both classes."""
    return Scorecard(
        roc_auc(outcome, chance),
        average_precision(outcome, chance),
        float(np.mean((chance - outcome) ** 2)),
        calibration_error(outcome, chance),
        lift(outcome, chance, 0.1),
        float(np.mean(outcome)),
    )


def roc_auc(outcome: Floats, chance: Floats) -> float:
    """P(one it happened to was ranked above one it did not); ties count half (Mann-Whitney)."""
    positives = float(outcome.sum())
    negatives = len(outcome) - positives
    ranks = rankdata(chance)
    return float((ranks[outcome == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(outcome: Floats, chance: Floats) -> float:
    """The mean precision at each positive, from the highest chance down (PR-AUC)."""
    ranked = outcome[np.argsort(-chance, kind="stable")]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked == 1].mean())


def calibration_error(outcome: Floats, chance: Floats) -> float:
    """Expected calibration error over ten equal-width bins: mean |foretold − observed|, by size."""
    place = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(place, chance - outcome, BINS)
    return float(np.abs(gap).sum() / len(outcome))


def log_loss(outcome: Floats, chance: Floats) -> float:
    """Mean negative log likelihood, in nats."""
    safe = np.clip(chance, 1e-9, 1 - 1e-9)
    return float(-np.mean(outcome * np.log(safe) + (1 - outcome) * np.log(1 - safe)))


def lift(outcome: Floats, chance: Floats, share: float) -> float:
    """How much more common the outcome is among the ``share`` ranked highest than among all."""
    top = np.argsort(-chance, kind="stable")[: int(np.ceil(share * len(outcome)))]
    return float(outcome[top].mean() / outcome.mean())
