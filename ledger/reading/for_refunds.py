"""What a refund must know beside the purchase: its lines, which lots paid for it, what was spent since."""

from typing import Final, TypedDict

from django.db.models import QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.asking import Question, Reader
from accounts.errors import NotFound
from ledger.context import Context, RefundFacts
from ledger.events import RefundMade
from ledger.models import CapUse, GiftCardEntry, Lot, LotUse, Movement, Purchase, PurchaseLine
from ledger.models.movements import MovementKind
from ledger.purse import Taken
from ledger.reading import of_member
from ledger.reading.along import Along
from ledger.reading.for_rewards import CARDS_OF_ENTRIES, ENTRIES, entries_of
from ledger.spending import Spending
from programs.calendars import business_date
from programs.tiering import window_start

LINES, CAP_USES = Reader(PurchaseLine), Reader(CapUse)
CAME_FROM: Final = Coalesce("merged_from__root__movement__purchase_id", "movement__purchase_id")
"""The purchase that brought a lot in, before and after merges."""


class SpentOn(TypedDict, total=False):
    """The fields of ``RefundFacts`` about points that paid."""

    spent: tuple[Taken, ...]
    spent_points: int


def refund_facts(along: Along, context: Context, event: RefundMade) -> RefundFacts:
    """The purchase facing the refund, if it is the person's. Raises ``NotFound``."""
    purchase = along.purchase
    if purchase is None or purchase.member_id not in context.family:
        raise NotFound(field="purchase")
    rows, came_with = along.answers["lines"], along.came_with
    return RefundFacts(
        purchase=purchase,
        lines=LINES.all(row[:-1] for row in rows),
        refunded=tuple(row[-1] for row in rows),
        lots=frozenset(
            lot.pk for lot in context.lots if came_with[lot.pk] == purchase.pk and lot.grace_of_id is None
        ),
        cap_uses=CAP_USES.all(along.answers["cap_uses"]),
        gifts=entries_of(along),
        **_spent_on(along),
    )


def spending_since(along: Along, context: Context, purchase: Purchase) -> Spending:
    """Order by order, what carried the member's tiers: from the window of the first of them on."""
    terms = context.nearest_terms(purchase.occurred_at)
    if terms is None or not context.periods:
        return Spending()
    first = min(context.periods[0].starts_at, purchase.occurred_at)
    since = window_start(business_date(first, terms.zone), terms)
    return Spending(order for _member_id, order in along.orders if order.day >= since)


def _spent_on(along: Along) -> SpentOn:
    """What the codes that paid for the purchase took of which lot, less what earlier refunds returned."""
    out: dict[int, int] = {}
    lots: dict[int, Lot] = {}
    for lot, points in along.taken("paid_with"):
        out[lot.pk] = out.get(lot.pk, 0) + points
        lots[lot.pk] = lot
    total = sum(out.values())
    _take_off_returned(out, along)
    spent = tuple(Taken(lots[lot_id], points) for lot_id, points in out.items() if points)
    return {"spent": spent, "spent_points": total} if total else {}


def _take_off_returned(out: dict[int, int], along: Along) -> None:
    """Take off what earlier refunds gave back, by the lot it came from: into the lot, or as its grace.

    What came back otherwise (as new lots, after a merge) counts against the lots in their order.
    """
    rest = sum(points for (points,) in along.answers["came_back"])
    back = [(lot_id, -points) for lot_id, points in along.answers["back_into"]]
    back += [(lot_id, points) for lot_id, points in along.answers["graces"]]
    for lot_id, points in [*back, *((lot_id, rest) for lot_id in out)]:
        part = min(points, out.get(lot_id, 0), rest)
        if part:
            out[lot_id] -= part
            rest -= part


def _named(purchases: QuerySet[Purchase]) -> Subquery:
    return Subquery(purchases.values("pk"))


_NAMED: Final = of_member.PURCHASE.rows
_PAID_WITH_POINTS: Final = _named(_NAMED.filter(points_paid_minor__gt=0))
"""The purchase, if points paid for any of it: of all others nothing further is looked at."""
_RETURN: Final = {"movement__refund__purchase_id": _PAID_WITH_POINTS, "movement__kind": MovementKind.RETURN}

QUESTIONS: Final = (
    of_member.PURCHASE,
    Question(
        "lines",
        PurchaseLine.objects.filter(purchase_id=_named(_NAMED))
        .annotate(refunded=Coalesce(Sum("refunds__amount_minor"), 0))
        .order_by("position"),
        (*LINES.columns, "refunded"),
    ),
    Question(
        "cap_uses",
        CapUse.objects.filter(purchase_id=_named(_NAMED), refund=None).order_by("id"),
        CAP_USES.columns,
    ),
    Question(
        "gift_entries",
        GiftCardEntry.objects.filter(purchase_id=_named(_NAMED)).order_by("id"),
        (*ENTRIES.columns, *CARDS_OF_ENTRIES.columns),
    ),
    Question(
        "lots",
        of_member.OPEN_LOTS.rows.annotate(came_with=CAME_FROM),
        (*of_member.OPEN_LOTS.columns, "came_with"),
    ),
    of_member.orders(of_member.PERSON, of_member.HAS_TIERS),
    *of_member.taken_from(
        "paid_with",
        LotUse.objects.filter(
            movement__redemption__purchase_id=_PAID_WITH_POINTS, movement__kind=MovementKind.REDEEM
        ),
    ),
    Question(
        "came_back",
        Movement.objects.filter(refund__purchase_id=_PAID_WITH_POINTS, kind=MovementKind.RETURN),
        ("points",),
    ),
    Question(
        "back_into", LotUse.objects.filter(points__lt=0, **_RETURN).order_by("id"), ("lot_id", "points")
    ),
    Question(
        "graces",
        Lot.objects.filter(grace_of__isnull=False, **_RETURN).order_by("id"),
        ("grace_of_id", "points"),
    ),
)
