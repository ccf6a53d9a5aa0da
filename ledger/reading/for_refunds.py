"""What a refund must know beside the purchase: which lots paid for it, and what was spent since."""

from typing import TypedDict

from django.db.models import F, Sum

from ledger.context import Context
from ledger.models import Lot, LotUse, Movement, Purchase
from ledger.models.movements import MovementKind
from ledger.purse import Taken
from ledger.spending import Spending, Spent
from programs.calendars import business_date
from programs.tiering import window_start


class SpentOn(TypedDict, total=False):
    """The fields of ``RefundFacts`` about points that paid."""

    spent: tuple[Taken, ...]
    spent_points: int


def spent_on(purchase: Purchase) -> SpentOn:
    """What the codes that paid for the purchase took of which lot, less what earlier refunds returned."""
    if not purchase.points_paid_minor:
        return {}
    took = LotUse.objects.filter(movement__redemption__purchase=purchase, movement__kind=MovementKind.REDEEM)
    out: dict[int, int] = {}
    lots: dict[int, Lot] = {}
    for use in took.select_related("lot").order_by("id"):
        out[use.lot_id] = out.get(use.lot_id, 0) + use.points
        lots[use.lot_id] = use.lot
    total = sum(out.values())
    _take_off_returned(out, purchase)
    spent = tuple(Taken(lots[lot_id], points) for lot_id, points in out.items() if points)
    return {"spent": spent, "spent_points": total}


def _take_off_returned(out: dict[int, int], purchase: Purchase) -> None:
    """Take off what earlier refunds gave back, by the lot it came from: into the lot, or as its grace.

    What came back otherwise (as new lots, after a merge) counts against the lots in their order.
    """
    movements = Movement.objects.filter(refund__purchase=purchase, kind=MovementKind.RETURN)
    rest = movements.aggregate(total=Sum("points"))["total"] or 0
    if not rest:
        return
    into = LotUse.objects.filter(movement__in=movements, points__lt=0, lot__in=out)
    graces = Lot.objects.filter(movement__in=movements, grace_of__in=out)
    back = [(pk, -points) for pk, points in into.values_list("lot_id", "points")]
    back += [(pk or 0, points) for pk, points in graces.values_list("grace_of_id", "points")]
    for lot_id, points in [*back, *((lot_id, rest) for lot_id in out)]:
        part = min(points, out[lot_id], rest)
        out[lot_id] -= part
        rest -= part


def spending_since(context: Context, purchase: Purchase) -> Spending:
    """Order by order, what carried the member's tiers: from the window of the first of them on."""
    terms = context.nearest_terms(purchase.occurred_at)
    if terms is None:
        return Spending()
    first = min(context.periods[0].starts_at, purchase.occurred_at)
    since = window_start(business_date(first, terms.zone), terms)
    orders = Purchase.objects.filter(member_id__in=context.family, business_date__gte=since)
    net = F("spend_minor") - F("refunded_spend_minor")
    return Spending(Spent(*row) for row in orders.values_list("occurred_at", "business_date", net))
