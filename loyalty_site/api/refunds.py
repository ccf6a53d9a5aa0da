"""Refunds: goods or money that came back, by amount or line by line."""

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_write
from ledger.events import RefundMade
from ledger.models import Purchase
from ledger.models.purchases import PaidAs
from ledger.posting import post
from loyalty_site.api.answers import RefundOutput, refunded
from loyalty_site.api.fields import Amount, Code, Instant, Strict, Whole
from loyalty_site.api.operation import Operation, named, operation
from loyalty_site.api.orders import MOST_LINES, SOURCE


class RefundLineShape(Strict):
    """How much of which line came back."""

    position = Whole(min_value=1, max_value=MOST_LINES, help_text="The line's place in the order, from 1.")
    amount = Amount()


class RefundInput(Strict):
    """What came back of which order: `amount` alone is spread over the lines."""

    exactly_one = (("amount", "lines"),)

    refund = Code(help_text="The refund's number: unique among the refunds of one `source` of orders.")
    order = Code(help_text="The number of the order it belongs to.")
    source = Code(required=False, default=SOURCE, max_length=20, help_text="Where that order came in.")  # type: ignore[assignment] # a field of that name
    amount = Amount(required=False)
    lines = RefundLineShape(many=True, required=False, max_length=MOST_LINES, allow_empty=False)  # type: ignore[call-arg] # of the list
    occurred_at = Instant(required=False)
    paid_as = serializers.ChoiceField(
        PaidAs.choices,
        default=PaidAs.CASH,
        help_text="How the money goes back. Points are taken back alike.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a line that is named twice."""
        places = [line["position"] for line in attrs.get("lines", ())]
        if len(set(places)) != len(places):
            raise serializers.ValidationError({"lines": [_("A line is named twice.")]}, code="repeated")
        return super().validate(attrs)


EXAMPLE: Final = OpenApiExample(
    "A third came back", {"refund": "R-1", "order": "A-1001", "amount": "33.33"}, request_only=True
)


class RecordRefund(Operation):
    """`POST /refunds`."""

    @operation(
        needs=("change", "till"),
        summary="Record a refund",
        takes=RefundInput,
        answers={201: RefundOutput},
        refuses=(404, 409),
        names={"key": "refund", "purchase": "order"},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Take back what the returned part had earned, from the award as it was stored.

        The refund number is the key: the same refund sent again has the first answer again.
        """
        said = self.body(RefundInput)
        rows = Purchase.objects.select_related("member__merchant")
        with named("order"):
            purchase = for_write(
                self.actor, rows, room="till", source=said["source"], external_id=said["order"]
            )
        occurred_at: datetime | None = said.get("occurred_at")
        event = RefundMade(
            merchant_id=self.actor.merchant.pk,
            member_id=purchase.member_id,
            occurred_at=occurred_at or self.now,
            stamped=occurred_at is None,
            source=purchase.source if purchase.source.startswith(f"{SOURCE}:") else SOURCE,
            key=said["refund"],
            actor=self.actor.label,
            purchase_source=purchase.source,
            purchase_key=purchase.external_id,
            amount_minor=said.get("amount"),
            lines=tuple((line["position"], line["amount"]) for line in said.get("lines", ())),
            paid_as=said["paid_as"],
        )
        receipt = post(event, now=self.now)
        shown = refunded(receipt, purchase, event)
        return self.answer(RefundOutput, shown, 201, replayed=receipt.repeated)
