"""The plain rule, for when there is too little history to learn from (or no LightGBM).

A member is slipping after 30 to 45 days of silence: twice their usual gap, but never before 30 days and
never later than 45. With ``limit`` that day and ``r`` the days of silence, the chance is r / (r + limit):
one half on the day the rule says "slipping". It ranks and marks; it is not a measured probability.
"""

import numpy as np
import pandas as pd

from analytics.visits import Floats

SOONEST_DAYS = 30
LATEST_DAYS = 45
SLIPPING_FROM = 0.5


def limits(matrix: pd.DataFrame) -> Floats:
    """The silence, in days, from which each member is slipping."""
    usual = matrix["gap_median"].to_numpy(np.float64)
    limit: Floats = np.clip(np.nan_to_num(2 * usual, nan=SOONEST_DAYS), SOONEST_DAYS, LATEST_DAYS)
    return limit


def chances(matrix: pd.DataFrame) -> Floats:
    """The rule's stand-in for a probability, by row of the feature matrix."""
    recency = matrix["recency"].to_numpy(np.float64)
    return recency / (recency + limits(matrix))
