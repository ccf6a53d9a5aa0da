"""Made-up purchase logs with a known story: regular customers, some of whom stop for good."""

import numpy as np
import pandas as pd

from analytics.visits import History, history_of

START = 20_000  # a day in 2024


def purchase_log(members: int = 160, days: int = 220, stopping: int = 3) -> pd.DataFrame:
    """Each member buys at a pace of their own; one in ``stopping`` stops on a day of their own."""
    chance = np.random.default_rng(5)
    rows = []
    for member in range(members):
        pace = chance.uniform(3, 25)
        day = chance.uniform(0, 30)
        stops = chance.uniform(60, days) if member % stopping == 1 else days
        while day < stops:
            rows.append((1000 + member, START + int(day), int(chance.integers(500, 9000))))
            day += max(1.0, chance.exponential(pace))
    return pd.DataFrame(rows, columns=["member", "day", "amount_minor"])


def history(**story: int) -> History:
    """The log as visit-days."""
    return history_of(purchase_log(**story))
