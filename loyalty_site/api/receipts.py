"""Sales without a customer: told by the till, claimed later by whoever holds the receipt."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_read, for_write
from ledger.claims.keeping import NOBODY, cancel, keep, sale_of, would_earn
from ledger.events import PurchaseMade
from ledger.models import UnclaimedOrder
from ledger.slips import stranger_slip
from loyalty_site.addresses import address_of
from loyalty_site.api.answers import SlipOutput
from loyalty_site.api.fields import Amount, Instant
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.orders import OrderName, WhatWasSold, branch_for, told
from loyalty_site.api.purchase_lists import SOURCE_OF, SourceQuery

STATES: Final = ("open", "claimed", "cancelled")


class ReceiptInput(WhatWasSold, OrderName):
    """A sale to somebody who named nobody."""


class ReceiptOutput(serializers.Serializer[Any]):
    """A sale that waits for its customer."""

    order = serializers.CharField(source="sale.external_id")
    source = serializers.CharField(source="sale.source")  # type: ignore[assignment] # a field of that name
    state = serializers.ChoiceField([(name, name) for name in STATES])
    occurred_at = Instant(source="sale.occurred_at")
    currency = serializers.CharField(source="sale.currency")
    amount = Amount(source="sale.total_minor")
    points = serializers.IntegerField(help_text="What a new member would earn by it.")
    join_url = serializers.CharField(help_text="Where to join: print it as a QR.")
    receipt_lines = SlipOutput()


class RecordReceipt(Operation):
    """`POST /receipts`."""

    @operation(
        needs=("change", "till"),
        summary="Record a sale without a customer",
        takes=ReceiptInput,
        answers={201: ReceiptOutput},
        refuses=(404, 409),
        names={"key": "order"},
        examples=[
            OpenApiExample("Nobody's yet", {"order": "A-1003", "amount": "115.00"}, request_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Keep a sale that nobody was named for. Its points go to the member who shows its receipt first.

        The shop's VAT number stands in its settings; the member photographs the tax receipt's QR within the
        programme's window for late orders. A sale whose customer is found later is sent to `POST /purchases`
        as usual, under the same number.
        """
        said = self.body(ReceiptInput)
        place = branch_for(self.actor, said.get("branch"))
        event = told(self.actor, said, NOBODY, order=said["order"], branch_id=place, now=self.now)
        sale, repeated = keep(event, self.actor.merchant, now=self.now)
        return self.answer(ReceiptOutput, shown(sale), 201, replayed=repeated)


class ReadReceipt(Operation):
    """`GET /receipts/{order}`."""

    @operation(
        needs=("view", "till"),
        summary="Read a sale without a customer",
        answers={200: ReceiptOutput},
        refuses=(404,),
        asks=[SOURCE_OF],
    )
    def get(self, request: Request, order: str) -> Response:
        """Return the sale, and whether somebody claimed it. Who did is no till's business."""
        named = {"external_id": order, "source": self.query(SourceQuery)["source"]}
        rows = UnclaimedOrder.objects.select_related("branch", "merchant")
        return self.answer(ReceiptOutput, shown(for_read(self.actor, rows, room="till", **named)))


class CancelReceipt(Operation):
    """`POST /receipts/{order}/cancel`."""

    @operation(
        needs=("change", "till"),
        summary="Take a sale without a customer back",
        answers={200: ReceiptOutput},
        refuses=(404, 409),
        asks=[SOURCE_OF],
    )
    def post(self, request: Request, order: str) -> Response:
        """The goods came back before anybody claimed them. Once somebody did, send a refund instead."""
        named = {"external_id": order, "source": self.query(SourceQuery)["source"]}
        rows = UnclaimedOrder.objects.select_related("branch", "merchant")
        sale = for_write(self.actor, rows, room="till", **named)
        return self.answer(ReceiptOutput, shown(cancel(sale, now=self.now)))


def shown(sale: UnclaimedOrder) -> dict[str, Any]:
    """A sale as the API tells it."""
    event: PurchaseMade = sale_of(sale)
    award = would_earn(event, sale.merchant, sale.branch.code if sale.branch else "")
    points, address = award.points if award else 0, address_of(sale.merchant)
    state = "cancelled" if sale.cancelled_at else "claimed" if sale.member_id else "open"
    slip = stranger_slip(points, address)
    return {"sale": sale, "state": state, "points": points, "join_url": address, "receipt_lines": slip}
