"""Proving what waits and what was moved: pending points, and lots' last days (RULES 43).

Yields (what, where, stored, recomputed); ``ledger.proving.verifying`` names the differences.
"""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Q, Subquery

from ledger.models import Balance, LotExtension, PendingAward
from ledger.proving.finding import Found, Scope, Sums, wrong_rows
from ledger.proving.purchases import BACK, EARNED, LEFT


def pending_points(scope: Scope) -> Iterator[Found]:
    """A balance's pending points are what its awards still wait with; every award went somewhere."""
    waits = Sums(PendingAward, "member_id", {"waits": LEFT})
    for pk, stored, again in wrong_rows(
        Balance, "o.pending <> {waits}", shown=("o.pending", "{waits}"), scope=scope, sums=[waits]
    ):
        yield "balance, pending", f"member {pk}", stored, again
    gone = '{opened} + {cancelled} + o."left"'
    for pk, purchase, stored, again in wrong_rows(
        *(PendingAward, f"o.points <> {gone}"),
        shown=("o.purchase_id", "o.points", gone),
        scope=scope,
        sums=[sums._replace(at="purchase_id") for sums in (EARNED, BACK)],
    ):
        yield "points that wait", f"award {pk} of purchase {purchase}", stored, again


def last_days(scope: Scope) -> Iterator[Found]:
    """A lot's last day is the newest one it was moved to, and every move begins where the last one ended."""
    later = LotExtension.objects.filter(lot=OuterRef("lot"), pk__gt=OuterRef("pk")).order_by("pk")
    rows = LotExtension.objects.filter(scope.rows("lot__")).annotate(
        next_id=Subquery(later.values("pk")[:1]), next_from=Subquery(later.values("from_day")[:1])
    )
    newest = rows.filter(next_id__isnull=True).select_related("lot")
    wrong = ~_same("until_day", "lot__expires_on")
    for row in newest.filter(wrong).order_by("pk"):
        yield "lot, last day", f"lot {row.lot_id}", row.lot.expires_on, row.until_day
    for row in rows.filter(next_id__isnull=False).filter(~_same("until_day", "next_from")).order_by("pk"):
        yield "moved last day", f"move {row.next_id} of lot {row.lot_id}", row.next_from, row.until_day


def _same(one: str, other: str) -> Q:
    """Whether two days are equal, no day being equal to no day."""
    return Q(**{one: F(other)}) | Q(**{f"{one}__isnull": True, f"{other}__isnull": True})
