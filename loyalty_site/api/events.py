"""Whatever a member does that is no purchase: a review, a survey, a check-in, a word of the shop's own."""

from datetime import datetime
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid
from ledger.events import EventOccurred
from ledger.posting import post
from ledger.referring import SIDE_OF
from loyalty_site.api.answers import BalanceAfter, ReasonOutput
from loyalty_site.api.fields import Amount, Code, Instant, Phone, Strict
from loyalty_site.api.goals import BadgeOutput, GivenVoucherOutput, MovedOutput
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, named, operation
from loyalty_site.api.orders import SOURCE, branch_for
from programs.triggers import ANNIVERSARY, BIRTHDAY

OURS: Final = frozenset({*SIDE_OF, BIRTHDAY, ANNIVERSARY})
"""Names of what only we tell."""


class EventInput(Strict):
    """What happened, with whom."""

    exactly_one = (("member", "phone", "external_id"),)

    event = Code(max_length=40, help_text="One word: `review`, `survey`, `check-in`, or a word of your own.")
    id = Code(help_text="Your number of this very event: the same at every retry.")
    member = Code(required=False, max_length=12, help_text="Membership number.")
    phone = Phone(required=False)
    external_id = Code(required=False, help_text="Your own id of the member.")
    amount = Amount(required=False, help_text="What it was worth, where a rule asks for a minimum.")
    occurred_at = Instant(required=False, help_text="When it happened; now, if left out.")
    branch = Code(required=False, max_length=40, help_text="A branch's code; the key's own by default.")
    channel = Code(required=False, default="", allow_blank=True, max_length=20)


class EventOutput(serializers.Serializer[Any]):
    """What it earned."""

    event = serializers.CharField()
    id = serializers.CharField()
    member = serializers.CharField()
    points = serializers.IntegerField()
    reasons = ReasonOutput(many=True)
    stamps = MovedOutput(many=True, source="balance.stamps", help_text="Punch cards that this moves.")
    goals = MovedOutput(many=True, source="balance.goals", help_text="Challenges that this moves.")
    badges = BadgeOutput(many=True, source="balance.badges")
    vouchers = GivenVoucherOutput(many=True, source="balance.vouchers")
    balance = BalanceAfter()


class RecordEvent(Operation):
    """`POST /events`."""

    @operation(
        needs=("change", "till"),
        summary="Tell what a member did",
        takes=EventInput,
        answers={201: EventOutput},
        refuses=(404, 409),
        names={"key": "id", "name": "event"},
        examples=[
            OpenApiExample(
                "A review",
                {"event": "review", "id": "REV-88", "member": "M-7KPX3WQ"},
                request_only=True,
            ),
            OpenApiExample(
                "A search in your shop",
                {"event": "search", "id": "search-88-1", "member": "M-7KPX3WQ", "channel": "online"},
                request_only=True,
            ),
            OpenApiExample(
                "A cart that was filled",
                {"event": "cart", "id": "cart-5512", "member": "M-7KPX3WQ", "amount": "99.50"},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Record an event once, and award what the programme's rules have for it.

        An event that no rule knows is recorded and earns nothing. Carts and searches of an online shop are
        `cart` and `search`: Salla and Shopify tell of carts by themselves once they are linked. Birthdays,
        anniversaries and referrals are told by us: their names are refused.
        """
        said = self.body(EventInput)
        if said["event"] in OURS:
            raise Invalid(field="event")
        name = next(name for name in ("member", "phone", "external_id") if name in said)
        with named(name):
            member = member_by(self.actor, {"number" if name == "member" else name: said[name]})
        occurred_at: datetime | None = said.get("occurred_at")
        event = EventOccurred(
            merchant_id=self.actor.merchant.pk,
            member_id=member.pk,
            occurred_at=occurred_at or self.now,
            stamped=occurred_at is None,
            source=SOURCE,
            key=said["id"],
            actor=self.actor.label,
            name=said["event"],
            amount_minor=said.get("amount", 0),
            branch_id=branch_for(self.actor, said.get("branch")),
            channel=said["channel"],
        )
        receipt = post(event, now=self.now)
        shown = {
            "event": said["event"],
            "id": said["id"],
            "member": member.number,
            "points": receipt.points,
            "reasons": receipt.reasons,
            "balance": receipt,
        }
        return self.answer(EventOutput, shown, 201, replayed=receipt.repeated)
