"""How a typical member buys: medians of spend and of orders per month, kept where programmes are judged.

Counted are the members whose first purchase is at least ``ENOUGH_DAYS`` old and who bought within the last
year; each by their own time since then, so that somebody who came in spring is not taken for a slow buyer.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import pandas as pd

from accounts.models import Merchant
from analytics.purchases import day_number, purchases_before
from programs.calendars import business_date
from programs.models import ENOUGH_DAYS, MemberPace

YEAR: Final = 365
DAYS_PER_MONTH: Final = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Typical:
    """The medians, over how many members, and how many days the history is long. Amounts are minor units."""

    monthly_minor: int
    monthly_orders: Decimal
    members: int
    days: int


def measure_pace(*, merchant: Merchant, now: datetime) -> MemberPace:
    """Count the pace of a merchant's members and keep it in the place of the one before."""
    today = business_date(now, merchant.zone)
    typical = typical_of(purchases_before(merchant, today), day_number(today))
    pace, _new = MemberPace.objects.update_or_create(
        merchant=merchant,
        defaults={
            "monthly_minor": typical.monthly_minor,
            "monthly_orders": typical.monthly_orders,
            "members": typical.members,
            "days": typical.days,
            "measured_at": now,
        },
    )
    return pace


def typical_of(purchases: pd.DataFrame, today: int) -> Typical:
    """The typical member of a table with the columns ``member``, ``day`` and ``amount_minor``."""
    if purchases.empty:
        return Typical(0, Decimal(0), 0, 0)
    first = purchases.groupby("member")["day"].min()
    known = first[first <= today - ENOUGH_DAYS]
    recent = purchases[(purchases["day"] >= today - YEAR) & purchases["member"].isin(known.index)]
    days = int(today - first.min())
    if recent.empty:
        return Typical(0, Decimal(0), 0, days)
    bought = recent.groupby("member")["amount_minor"].agg(["sum", "count"])
    months = (today - known[bought.index].clip(lower=today - YEAR)) / DAYS_PER_MONTH
    return Typical(
        monthly_minor=int((bought["sum"] / months).median()),
        monthly_orders=Decimal(f"{(bought['count'] / months).median():.3f}"),
        members=len(bought),
        days=days,
    )
