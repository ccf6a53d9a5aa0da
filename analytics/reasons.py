"""Why a score is what it is: three true facts about the member, as codes with numbers.

LightGBM tells how much each feature moved each score (SHAP values, in log-odds). Features are gathered into
concepts a merchant knows; the concepts that pushed hardest in the direction of the score come first, and each
is said only in words that are true of this very member. What is left is filled with plain facts.
A reason is JSON: ``{"code": "visits_falling", "now": 2, "before": 6}``; ``analytics.wording`` renders it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.visits import Floats

Reason: TypeAlias = dict[str, Any]
Facts: TypeAlias = Callable[[pd.DataFrame], "pd.Series[Any]"]
Numbers: TypeAlias = Mapping[str, Facts]

REASONS_PER_SCORE = 3

CONCEPTS: dict[str, tuple[str, ...]] = {
    "visits": ("visits", "rate", "purchases_90", "ewm_visits_"),
    "weeks": ("weeks_",),
    "spend": ("spend_", "ewm_spend_"),
    "basket": ("amount_", "last_amount", "basket_"),
    "gap": ("recency_to_median", "recency_to_ninth", "gap_", "bgnbd_"),
    "silence": ("silent_share", "recency_to_longest", "gap_longest", "gap_ninth", "gap_cv", "gap_last"),
    "recency": ("recency",),
    "tenure": ("tenure",),
}
"""Concept → how its features' names begin; the longest matching beginning wins."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that can be said under a concept: whom it is true of, and the numbers in it."""

    code: str
    concept: str
    pushes: int  # +1 towards silence, −1 away from it, 0 a plain fact
    holds: Facts
    numbers: Numbers


def _column(name: str) -> Facts:
    return lambda m: m[name]


def _visits_before(m: pd.DataFrame) -> "pd.Series[Any]":
    return m["visits_60"] - m["visits_30"]


def _spend_before(m: pd.DataFrame) -> "pd.Series[Any]":
    return m["spend_60"] - m["spend_30"]


def _basket_now(m: pd.DataFrame) -> "pd.Series[Any]":
    return m["spend_30"] / m["visits_30"]


def _basket_before(m: pd.DataFrame) -> "pd.Series[Any]":
    return (m["spend_90"] - m["spend_30"]) / (m["visits_90"] - m["visits_30"])


def _overdue(m: pd.DataFrame) -> "pd.Series[Any]":
    return (m["recency"] >= 1.5 * m["gap_median"]) & (m["recency"] >= m["gap_median"] + 3)


_VISITS: Numbers = {"now": _column("visits_30"), "before": _visits_before}
_SPEND: Numbers = {"now": _column("spend_30"), "before": _spend_before}
_BASKET: Numbers = {"now": _basket_now, "before": _basket_before}
_LAST_BASKET: Numbers = {"now": _column("last_amount"), "usual": _column("amount_mean")}
_GAP: Numbers = {"days": _column("recency"), "usual": _column("gap_median")}
_DAYS: Numbers = {"days": _column("recency")}
_TENURE: Numbers = {"days": _column("tenure")}
_LONGEST: Numbers = {"days": _column("gap_longest")}
_WEEKS: Numbers = {"weeks": _column("weeks_12")}
_OFTEN: Numbers = {"visits": _column("visits_90")}

SAYINGS = (
    Saying("visits_falling", "visits", 1, lambda m: m["visits_30"] < _visits_before(m), _VISITS),
    Saying("few_visits", "visits", 1, lambda m: m["visits_90"] <= 4, _OFTEN),
    Saying("visits_rising", "visits", -1, lambda m: m["visits_30"] > _visits_before(m), _VISITS),
    Saying("many_visits", "visits", -1, lambda m: m["visits_90"] >= 9, _OFTEN),
    Saying("few_active_weeks", "weeks", 1, lambda m: m["weeks_12"] <= 6, _WEEKS),
    Saying("many_active_weeks", "weeks", -1, lambda m: m["weeks_12"] >= 7, _WEEKS),
    Saying("spend_falling", "spend", 1, lambda m: m["spend_30"] < 0.9 * _spend_before(m), _SPEND),
    Saying("spend_rising", "spend", -1, lambda m: m["spend_30"] > 1.1 * _spend_before(m), _SPEND),
    Saying("basket_shrinking", "basket", 1, lambda m: _basket_now(m) < 0.9 * _basket_before(m), _BASKET),
    Saying("basket_small", "basket", 1, lambda m: m["last_amount"] < 0.8 * m["amount_mean"], _LAST_BASKET),
    Saying("basket_growing", "basket", -1, lambda m: _basket_now(m) > 1.1 * _basket_before(m), _BASKET),
    Saying("basket_large", "basket", -1, lambda m: m["last_amount"] > 1.2 * m["amount_mean"], _LAST_BASKET),
    Saying("longer_than_usual", "gap", 1, _overdue, _GAP),
    Saying("within_usual", "gap", -1, lambda m: m["recency"] <= m["gap_median"], _GAP),
    Saying("was_silent_before", "silence", 1, lambda m: m["gap_longest"] >= 30, _LONGEST),
    Saying("never_silent", "silence", -1, lambda m: (m["gap_longest"] < 30) & (m["visits"] >= 5), _LONGEST),
    Saying("no_visit_for", "recency", 1, lambda m: m["recency"] >= 14, _DAYS),
    Saying("visited_recently", "recency", -1, lambda m: m["recency"] <= 7, _DAYS),
    Saying("only_one_visit", "tenure", 1, lambda m: m["visits"] == 1, {}),
    Saying("new_customer", "tenure", 1, lambda m: m["tenure"] <= 60, _TENURE),
    Saying("long_standing", "tenure", -1, lambda m: m["tenure"] >= 180, _TENURE),
    Saying("last_visit", "recency", 0, lambda m: m["recency"] >= 1, _DAYS),
    Saying("visits_lately", "visits", 0, lambda m: m["visits_90"] >= 1, _OFTEN),
    Saying("customer_for", "tenure", 0, lambda m: m["tenure"] >= 1, _TENURE),
)
"""In order of preference within a concept. The last three hold for every active member."""

RULE_ORDER = ("gap", "recency", "visits", "weeks", "silence", "spend", "basket", "tenure")
"""Which concepts the plain rule looks at, the weightiest first."""


def explain(
    matrix: pd.DataFrame, pushes: pd.DataFrame, towards_silence: npt.NDArray[np.bool_]
) -> list[list[Reason]]:
    """Three reasons per row of ``matrix``, the strongest first.

    ``pushes`` has one column per concept: how far it moved the score, positive towards silence.
    ``towards_silence`` says which way each score leans; only reasons of that direction are given.
    """
    said = _Said(matrix)
    lean = np.where(towards_silence, 1, -1)
    strength = pushes.to_numpy(np.float64) * lean[:, None]
    order = np.argsort(-strength, axis=1, kind="stable")
    names = list(pushes.columns)
    return [
        _three(said, row, int(lean[row]), [names[i] for i in order[row] if strength[row, i] > 0])
        for row in range(len(matrix))
    ]


def pushes_of(contributions: Floats, feature_names: list[str]) -> pd.DataFrame:
    """SHAP values (rows × features, log-odds) summed by concept."""
    concepts = [concept_of(name) for name in feature_names]
    columns = {
        concept: contributions[:, [i for i, own in enumerate(concepts) if own == concept]].sum(axis=1)
        for concept in CONCEPTS
    }
    return pd.DataFrame(columns)


def rule_pushes(towards_silence: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The plain rule's fixed order of concepts, in the shape ``explain`` wants."""
    lean = np.where(towards_silence, 1.0, -1.0)
    return pd.DataFrame({concept: lean / place for place, concept in enumerate(RULE_ORDER, start=1)})


def concept_of(feature: str) -> str:
    """The concept a feature belongs to."""
    fitting = (
        (len(start), concept)
        for concept, starts in CONCEPTS.items()
        for start in starts
        if feature.startswith(start)
    )
    return max(fitting)[1]


class _Said:
    """All sayings worked out for all rows at once, so that picking is cheap."""

    def __init__(self, matrix: pd.DataFrame) -> None:
        with np.errstate(all="ignore"):
            self.holds = {s.code: s.holds(matrix).to_numpy(np.bool_) for s in SAYINGS}
            self.numbers = {
                s.code: {key: _whole(of(matrix)) for key, of in s.numbers.items()} for s in SAYINGS
            }

    def reason(self, code: str, row: int) -> Reason:
        return {"code": code} | {key: values[row] for key, values in self.numbers[code].items()}


_BY_CONCEPT = {
    (concept, lean): tuple(s.code for s in SAYINGS if s.concept == concept and s.pushes == lean)
    for concept in CONCEPTS
    for lean in (1, -1, 0)
}
_PLAIN_FACTS = tuple(s.concept for s in SAYINGS if s.pushes == 0)


def _three(said: _Said, row: int, lean: int, concepts: list[str]) -> list[Reason]:
    found: dict[str, Reason] = {}
    for concept, code in _candidates(lean, concepts):
        if concept not in found and said.holds[code][row]:
            found[concept] = said.reason(code, row)
            if len(found) == REASONS_PER_SCORE:
                break
    return list(found.values())


def _candidates(lean: int, concepts: list[str]) -> Iterator[tuple[str, str]]:
    for concept in concepts:
        yield from ((concept, code) for code in _BY_CONCEPT[concept, lean])
    for concept in _PLAIN_FACTS:
        yield from ((concept, code) for code in _BY_CONCEPT[concept, 0])


def _whole(values: "pd.Series[Any]") -> list[int]:
    """Whole numbers for JSON; 0 stands where the saying does not hold anyway."""
    known = np.nan_to_num(values.to_numpy(np.float64), posinf=0, neginf=0)
    return [int(value) for value in np.rint(known)]
