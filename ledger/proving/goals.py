"""Proving what members collected: counts from entries, prizes from what they gave (RULES 43)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Coalesce

from ledger.models import Achievement, GoalCount, GoalEntry
from ledger.models.redemptions import RedemptionState
from ledger.proving.finding import Found, Scope
from programs.calendars import BEGINNING

Place = tuple[int, str, str, date, date]
GOAL: Final = ("member_id", "kind", "code", "starts_on")
NOTHING: Final = (0, 0, 0, 0)


def counts(scope: Scope) -> Iterator[Found]:
    """A count is the sum of its entries; what it spent, and how often it was reached, its achievements."""
    stored: dict[Place, tuple[int, ...]] = {}
    for *place, count, spent, reached, number in GoalCount.objects.filter(scope.rows()).values_list(
        *GOAL, "period", "count", "spent", "reached", "number"
    ):
        stored[tuple(place)] = (count, spent, reached, number)
    again = _recomputed(scope)
    for place in sorted({*stored, *again}):
        if stored.get(place, NOTHING) != again.get(place, NOTHING):
            member, kind, code, starts_on, period = place
            where = f"{kind} {code} of member {member}, from {starts_on}, {period}"
            yield "collected", where, stored.get(place, NOTHING), again.get(place, NOTHING)


def achievements(scope: Scope) -> Iterator[Found]:
    """An achievement's points moved; one that was taken back left nobody a voucher that still works."""
    rows = Achievement.objects.filter(scope.rows()).annotate(moved=Coalesce(F("movement__points"), 0))
    for row in rows.exclude(moved=F("points")).order_by("pk"):
        yield "achievement", _named(row), row.points, row.moved
    alive = rows.filter(revoked_at__isnull=False, redemption__isnull=False)
    for row in alive.exclude(redemption__state=RedemptionState.CANCELLED).order_by("pk"):
        yield "achievement taken back", _named(row), "in force", "its voucher is void"


def brought(scope: Scope) -> Iterator[Found]:
    """The stamps that an opening brought are counted as it said."""
    rows = GoalEntry.objects.filter(scope.rows(), opening__isnull=False).exclude(delta=F("opening__stamps"))
    for row in rows.select_related("opening").order_by("pk"):
        yield "stamps brought along", f"entry {row.pk} of member {row.member_id}", row.delta, _stamps(row)


def _recomputed(scope: Scope) -> dict[Place, tuple[int, ...]]:
    found: defaultdict[Place, tuple[int, ...]] = defaultdict(lambda: NOTHING)
    entries = GoalEntry.objects.filter(scope.rows()).order_by().values(*GOAL, "period")
    for *place, total in entries.annotate(total=Sum("delta")).values_list(*GOAL, "period", "total"):
        found[tuple(place)] = (total, 0, 0, 0)
    given = Achievement.objects.filter(scope.rows()).order_by().values(*GOAL)
    in_force = Q(revoked_at__isnull=True)
    sums = given.annotate(
        spent=Coalesce(Sum("cost", filter=in_force), 0),
        reached=Count("pk", filter=in_force),
        last=Max("number"),
    )
    for *goal, spent, reached, last in sums.values_list(*GOAL, "spent", "reached", "last"):
        place = (*goal, BEGINNING)
        found[place] = (found[place][0], spent, reached, last)
    return found


def _named(row: Achievement) -> str:
    return f"{row.kind} {row.code} number {row.number} of member {row.member_id}"


def _stamps(row: GoalEntry) -> int:
    return row.opening.stamps if row.opening else 0
