"""Points given or taken by hand: at once up to the merchant's limit, above it after a second person's yes."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Member
from ledger.errors import AdjustmentRefused
from ledger.models import AdjustmentRequest
from ledger.models.adjustments import RequestState
from ledger.receipt import Receipt
from ledger.second_person import adjust
from loyalty_site.api.answers import ReasonOutput
from loyalty_site.api.fields import Instant, Strict, Text, Whole, Yes
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import ONCE, Operation, operation
from loyalty_site.api.orders import SOURCE
from programs.reasons import with_note


class AdjustInput(Strict):
    """Points given or taken by hand."""

    points = Whole(min_value=-1_000_000_000, help_text="Signed, not 0.")
    reason = Text(max_length=300, help_text="Why; the member reads it.")
    expires = Yes(required=False, default=True, help_text="false: points given never die.")


class AdjustOutput(serializers.Serializer[Any]):
    """An adjustment and the balance after it."""

    member = serializers.CharField()
    points = serializers.IntegerField()
    available = serializers.IntegerField()
    owed = serializers.IntegerField()
    reasons = ReasonOutput(many=True)


class AdjustmentWaiting(serializers.Serializer[Any]):
    """An adjustment that waits for a second person; nothing has moved yet."""

    member = serializers.CharField()
    points = serializers.IntegerField()
    reason = serializers.CharField()
    state = serializers.ChoiceField([RequestState.WAITING.value])
    request = serializers.IntegerField(help_text="Its number in the back office.")
    asked_at = Instant()


class AdjustPoints(Operation):
    """`POST /members/{number}/adjustments`."""

    @operation(
        needs=("change", "facts"),
        summary="Give or take points by hand",
        takes=AdjustInput,
        answers={201: AdjustOutput, 202: AdjustmentWaiting},
        refuses=(404, 409),
        asks=[ONCE],
        examples=[
            OpenApiExample("An apology", {"points": 50, "reason": "تعويض عن تأخير الطلب"}, request_only=True)
        ],
    )
    def post(self, request: Request, number: str) -> Response:
        """Add a correction, with its reason and who made it; only for a `manage` key.

        Above the merchant's limit (what one key moved for one member on one day counts together) nothing
        moves yet: the answer is 202 and an owner or manager decides in the back office. The same call with
        the same `Idempotency-Key` tells how it stands: 202 while it waits, 201 with the balance it left once
        it was approved, 409 `adjustment_refused` when it was not. The card of a member of staff is never
        credited by a key: 403 `own_card`.
        """
        member = member_by(self.actor, {"number": number}, right="change", room="facts")
        said, key = self.body(AdjustInput), self.once_key()
        done = adjust(actor=self.actor, member=member, source=SOURCE, key=key, now=self.now, **said)
        if isinstance(done, AdjustmentRequest):
            return self._waiting(done, member)
        return self.answer(AdjustOutput, _posted(done, member, said["reason"]), 201, replayed=done.repeated)

    def _waiting(self, asked: AdjustmentRequest, member: Member) -> Response:
        if asked.state != RequestState.WAITING:
            raise AdjustmentRefused
        told = {
            "member": member.number,
            "points": asked.points,
            "reason": asked.reason,
            "state": asked.state,
            "request": asked.pk,
            "asked_at": asked.asked_at,
        }
        return self.answer(AdjustmentWaiting, told, 202, replayed=asked.asked_at != self.now)


def _posted(receipt: Receipt, member: Member, note: str) -> dict[str, Any]:
    return {
        "member": member.number,
        "points": receipt.points,
        "available": receipt.available,
        "owed": receipt.owed,
        "reasons": with_note(receipt.reasons, note),
    }
