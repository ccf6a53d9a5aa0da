"""A merchant's purchases as a table for the kernel: beside ``queries``, which must not bring pandas along."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Merchant
from ledger.models import Purchase, Refund

EPOCH = date(1970, 1, 1)
_CHUNK = 20_000


def purchases_before(merchant: Merchant, day: date) -> pd.DataFrame:
    """Every purchase of days before ``day`` in the merchant's zone, for ``analytics.visits.history_of``.

    History that earned nothing counts too; what was fully refunded before ``day`` does not. A merged record's
    purchases count for the member it was merged into. Columns: member (id), day (int), amount_minor.
    """
    rows = (
        Purchase.objects.filter(merchant=merchant, business_date__lt=day)
        .exclude(pk__in=_fully_refunded(merchant, day))
        .order_by()
        .values_list(Coalesce("member__merged_into", "member"), "business_date", "total_minor")
    )
    parts = [_columns(part) for part in _chunks(rows.iterator(chunk_size=_CHUNK))]
    table = np.concatenate(parts, axis=1) if parts else np.zeros((3, 0), np.int64)
    return pd.DataFrame({"member": table[0], "day": table[1], "amount_minor": table[2]})


def day_number(day: date) -> int:
    """Whole days since 1970-01-01."""
    return (day - EPOCH).days


def _fully_refunded(merchant: Merchant, day: date) -> QuerySet[Refund, Any]:
    return (
        Refund.objects.filter(merchant=merchant, business_date__lt=day)
        .values("purchase")
        .annotate(back=Sum("amount_minor"))
        .filter(back__gte=F("purchase__total_minor"))
        .values("purchase")
    )


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    part: list[Any] = []
    for row in rows:
        part.append(row)
        if len(part) == _CHUNK:
            yield part
            part = []
    if part:
        yield part


def _columns(part: list[tuple[int, date, int]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Rows of (member, day, amount) as three rows of numbers: small, whatever the size of the shop."""
    offset = EPOCH.toordinal()
    return np.array([(member, day.toordinal() - offset, amount) for member, day, amount in part], np.int64).T
