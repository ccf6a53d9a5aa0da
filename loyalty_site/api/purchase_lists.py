"""Purchases as they stand in the books: one by its order number, and lists of them."""

from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Actor, for_read, visible
from ledger.models import Purchase
from loyalty_site.api.answers import PurchaseOutput, PurchasePage
from loyalty_site.api.fields import Code, Strict
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, named, operation
from loyalty_site.api.orders import SOURCE
from loyalty_site.api.pages import CURSOR, LIMIT, PageQuery, page_of

SOURCE_OF: Final = OpenApiParameter(
    "source",
    {"type": "string", "minLength": 1, "maxLength": 20},
    description="Where the order came in: `api` (default), `api:<source>`, `till`, `import`, …",
)


class SourceQuery(Strict):
    """Through which door an order came."""

    source = Code(required=False, default=SOURCE, max_length=20)  # type: ignore[assignment] # a field of that name


def purchase_of(actor: Actor, order: str, source: str) -> Purchase:
    """Return one purchase with its lines. Raises `NotFound`."""
    rows = Purchase.objects.select_related("member", "branch", "pending_award").prefetch_related("lines")
    return for_read(actor, rows, room="till", external_id=order, source=source)


class ReadPurchase(Operation):
    """`GET /purchases/{order}`."""

    @operation(
        needs=("view", "till"),
        summary="Read a purchase",
        answers={200: PurchaseOutput},
        refuses=(404,),
        asks=[SOURCE_OF],
    )
    def get(self, request: Request, order: str) -> Response:
        """Return one purchase by its order number."""
        found = purchase_of(self.actor, order, self.query(SourceQuery)["source"])
        return self.answer(PurchaseOutput, found)


class PurchasesQuery(PageQuery):
    """Which purchases."""

    member = Code(required=False, max_length=12)


class ListPurchases(Operation):
    """`GET /purchases`."""

    @operation(
        needs=("view", "members"),
        summary="List purchases",
        answers={200: PurchasePage},
        refuses=(404,),
        asks=[OpenApiParameter("member", {"type": "string", "minLength": 1, "maxLength": 12}), LIMIT, CURSOR],
    )
    def get(self, request: Request) -> Response:
        """Return purchases, the newest first, page by page."""
        asked = self.query(PurchasesQuery)
        rows = visible(self.actor, Purchase.objects.all(), room="members")
        rows = rows.select_related("member", "branch", "pending_award").prefetch_related("lines")
        if "member" in asked:
            with named("member"):
                rows = rows.filter(member=member_by(self.actor, {"number": asked["member"]}))
        return self.answer(PurchasePage, page_of(rows, asked))
