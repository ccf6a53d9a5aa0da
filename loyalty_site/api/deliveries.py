"""What happened to an order after it was paid: points that waited for it open (RULES 11)."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_write
from ledger.events import AwardsOpened
from ledger.models import Purchase
from ledger.posting import post
from loyalty_site.api.answers import BalanceAfter
from loyalty_site.api.fields import Code, Instant, Strict
from loyalty_site.api.operation import ONCE, Operation, operation
from loyalty_site.api.orders import SOURCE

DELIVERED = "delivered"


class DeliveryInput(Strict):
    """What happened, and when."""

    event = Code(
        required=False,
        default=DELIVERED,
        max_length=20,
        help_text="The word the programme waits for, where it is another one.",
    )
    source = Code(required=False, default=SOURCE, max_length=20, help_text="Where that order came in.")  # type: ignore[assignment] # a field of that name
    occurred_at = Instant(required=False, help_text="When it happened; now, if left out.")


class DeliveryOutput(serializers.Serializer[Any]):
    """What opened."""

    order = serializers.CharField()
    member = serializers.CharField()
    points = serializers.IntegerField(
        help_text="Points that opened by this: 0 when nothing waited for it (any more)."
    )
    balance = BalanceAfter()


class RecordDelivery(Operation):
    """`POST /purchases/{order}/delivered`."""

    @operation(
        needs=("change", "till"),
        summary="Tell that an order was delivered",
        takes=DeliveryInput,
        answers={200: DeliveryOutput},
        refuses=(404, 409),
        asks=[ONCE],
        examples=[OpenApiExample("Delivered just now", {}, request_only=True)],
    )
    def post(self, request: Request, order: str) -> Response:
        """Open the points that waited for this, at once.

        Told late, twice, or after a refund, it opens what is left and says how many points that was. An order
        that is not here yet is a 404: send it first.
        """
        said = self.body(DeliveryInput)
        rows = Purchase.objects.select_related("member")
        purchase = for_write(self.actor, rows, room="till", source=said["source"], external_id=order)
        occurred_at: datetime | None = said.get("occurred_at")
        event = AwardsOpened(
            merchant_id=self.actor.merchant.pk,
            member_id=purchase.member_id,
            occurred_at=occurred_at or self.now,
            stamped=occurred_at is None,
            source=SOURCE,
            key=self.once_key(),
            actor=self.actor.label,
            purchase_source=purchase.source,
            purchase_key=purchase.external_id,
            awaits=said["event"],
        )
        receipt = post(event, now=self.now)
        shown = {
            "order": purchase.external_id,
            "member": purchase.member.number,
            "points": receipt.points,
            "balance": receipt,
        }
        return self.answer(DeliveryOutput, shown, replayed=receipt.repeated)
