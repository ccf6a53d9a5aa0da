"""Proving events and caps: what an event earned moved; a budget is the sum of its entries (RULES 10, 43)."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from ledger.models import Budget, CapUse, Occurrence, SignedQuote
from ledger.places.taking import PLACES
from ledger.proving.finding import Found, Scope
from ledger.proving.purchases import keys_of
from ledger.quoted import day_of_uses, uses_from_json
from ledger.stock import STOCK
from programs.calendars import period_start

Kept = tuple[int, str, str, date]
NOTHING: Final = 0


def occurrences(scope: Scope) -> Iterator[Found]:
    """An event's movement is what the event says it earned; one that earned nothing has none."""
    moved = Coalesce(F("movement__points"), NOTHING)
    rows = Occurrence.objects.filter(scope.rows()).annotate(moved=moved).exclude(points=F("moved"))
    for row in rows.order_by("pk"):
        yield "event", f"event {row.pk} of member {row.member_id}", row.points, row.moved
    yield from keys_of(Occurrence, "event", scope)


def budgets(scope: Scope) -> Iterator[Found]:
    """A budget is what its entries took from it, and what quotes that are still open set aside."""
    mine = Q() if scope.merchant_id is None else Q(merchant=scope.merchant_id)
    said = {_key(row): row.used for row in Budget.objects.filter(mine).exclude(period__in=(STOCK, PLACES))}
    if not said:
        return
    entries = CapUse.objects.filter(mine, scope="all").order_by()
    sums: Counter[Kept] = Counter()
    for merchant, rule, period, starts_on, points in entries.values_list(
        "merchant_id", "rule", "period", "starts_on"
    ).annotate(total=Sum("points")):
        sums[merchant, rule, period, starts_on] += points
    for quote in SignedQuote.objects.filter(mine, is_open=True, award__uses__isnull=False):
        for (whose, rule, period), points in uses_from_json(quote.award):
            if whose == "all":
                starts_on = period_start(day_of_uses(quote.award), period)
                sums[quote.merchant_id, rule, period, starts_on] += points
    for key in sorted({*said, *sums}):
        if said.get(key, 0) != sums[key]:
            merchant, rule, period, starts_on = key
            where = f"merchant {merchant}, {rule or 'all rules'}, {period} of {starts_on}"
            yield "budget", where, said.get(key, 0), sums[key]


def _key(row: Budget) -> Kept:
    return row.merchant_id, row.rule, row.period, row.starts_on
