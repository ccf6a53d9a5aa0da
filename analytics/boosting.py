"""LightGBM, where it can be loaded, with the settings that did best on real logs.

The library needs Debian's ``libgomp1``. Where that is missing nothing breaks: the plain rule takes over and
``MISSING`` says what to install. It is loaded at the first use: half a second no web request should pay.
"""

from functools import cache
from types import ModuleType
from typing import Any

LIBRARY_PACKAGE = "libgomp1"
MISSING = f"LightGBM cannot be loaded: install the Debian package {LIBRARY_PACKAGE} (apt-get install it)."

MOST_ROUNDS = 600
FEWEST_ROUNDS = 40
PATIENCE = 40
THREADS = 1  # trees this small gain nothing from a second, and lose sevenfold where others want the core

_FALLING_STARTS = ("visits_7", "visits_14", "visits_30", "visits_60", "visits_90", "visits_180")
_FALLING = {"visits", "rate", "gap_lasted", "bgnbd_alive"}
_RISING = {
    "recency",
    "recency_to_median",
    "recency_to_ninth",
    "recency_to_longest",
    "gap_lasting",
    "gap_lasting_counted",
    "bgnbd_silent",
}


@cache
def lightgbm() -> ModuleType | None:
    """The library, or ``None`` when it or its system library is missing."""
    try:
        import lightgbm as library
    except (ImportError, OSError):
        return None
    return library


def settings(feature_names: list[str], rows: int) -> dict[str, Any]:
    """Training parameters: fixed seeds, one thread, the same model from the same rows every time.

    Chances may only rise with silence and fall with visits (monotone constraints): as good on unseen months,
    quicker to stop, and no member is told that coming more often made the score worse.
    """
    return {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": 15,
        "max_depth": 5,
        "min_data_in_leaf": max(20, min(150, rows // 100)),
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "lambda_l2": 20.0,
        "lambda_l1": 1.0,
        "max_bin": 63,
        "monotone_constraints": [direction(name) for name in feature_names],
        "seed": 7,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": THREADS,
        "verbose": -1,
    }


def direction(feature: str) -> int:
    """+1 where more of it may only raise the chance of silence, −1 where only lower it, 0 free."""
    if feature in _RISING:
        return 1
    falling = feature in _FALLING or feature in _FALLING_STARTS
    return -1 if falling or feature.startswith(("ewm_visits_", "weeks_")) else 0
