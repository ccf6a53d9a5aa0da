"""Gift cards: made by hand, looked up by their code, cancelled. Paying with one is a tender of the order."""

from typing import Any, Final, Literal

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_read, for_write
from accounts.errors import NotFound
from accounts.guessing import CODES, guessing
from ledger.catalogue import gift_cards_of
from ledger.errors import GiftCardRefused
from ledger.events import GiftCardEnded
from ledger.gift_giving import issue_gift_card
from ledger.models import GiftCard, GiftCardRequest
from ledger.models.adjustments import RequestState
from ledger.models.gift_cards import GiftCardWhy
from ledger.posting import post
from ledger.queries import code_as_issued
from loyalty_site.api.fields import Amount, Code, Day, Instant, Nothing, Strict
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import ONCE, Operation, named, operation
from loyalty_site.api.orders import SOURCE

BY_HAND: Final = [choice for choice in GiftCardWhy.choices if choice[0] != GiftCardWhy.REWARD]


class GiftCardInput(Strict):
    """A card for a member: sold with an order, or given."""

    member = Code(max_length=12)
    amount = Amount()
    why = serializers.ChoiceField(BY_HAND)
    order = Code(required=False, default="", allow_blank=True, help_text="The order it was sold with.")
    last_day = Day(required=False, help_text="Its last day; without it the card has no end.")


class GiftCardOutput(serializers.Serializer[Any]):
    """A card and what is on it."""

    code = serializers.CharField()
    member = serializers.CharField(source="member.number")
    why = serializers.ChoiceField(GiftCardWhy.choices)
    amount = Amount(source="value_minor")
    balance = Amount(source="balance_minor")
    currency = serializers.CharField()
    issued_at = Instant()
    last_day = serializers.DateField(source="expires_on", allow_null=True)
    closed_at = Instant(allow_null=True, help_text="When it was cancelled or ran out.")


class GiftCardWaiting(serializers.Serializer[Any]):
    """A card that waits for a second person; none was made yet."""

    member = serializers.CharField(source="member.number")
    amount = Amount(source="value_minor")
    why = serializers.CharField(help_text="As it was asked for.")
    last_day = serializers.DateField(source="expires_on", allow_null=True)
    state = serializers.CharField(help_text="`waiting`.")
    request = serializers.IntegerField(source="pk", help_text="Its number in the back office.")
    asked_at = Instant()


class GiftCardList(serializers.Serializer[Any]):
    """Cards with money on them, the first to run out first."""

    results = GiftCardOutput(many=True)


def card_for(operation: Operation, code: str, *, right: Literal["view", "change"], room: str) -> GiftCard:
    """Return the card behind a code, however typed. Raises `NotFound`, `Forbidden`, `TooMany`."""
    gate = for_read if right == "view" else for_write
    with guessing(CODES, operation.actor.label, now=operation.now, wrong=NotFound):
        return gate(
            operation.actor,
            GiftCard.objects.select_related("member"),
            room=room,
            code=code_as_issued(code),
        )


class IssueGiftCard(Operation):
    """`POST /gift-cards`."""

    @operation(
        needs=("change", "facts"),
        summary="Make a gift card",
        takes=GiftCardInput,
        answers={201: GiftCardOutput, 202: GiftCardWaiting},
        refuses=(404, 409),
        asks=[ONCE],
        names={"value_minor": "amount", "expires_on": "last_day", "order_ref": "order"},
        examples=[
            OpenApiExample(
                "Sold with an order",
                {"member": "M-7KPX3WQ", "amount": "100.00", "why": "sold", "order": "A-1001"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Make a card that is sold with an order, or given; only for a `manage` key.

        What was paid for it earned nothing: send it as a line of kind `gift_card`. A card that nobody paid
        for and that is worth more than the points one person may give by hand is not made yet (what one key
        gave one member on one day counts together): the answer is 202 and an owner or manager decides in the
        back office. The same call with the same `Idempotency-Key` tells how it stands: 202 while it waits,
        201 with the card once it was approved, 409 `gift_card_refused` when it was not. The card of a member
        of staff is never made by a key: 403 `own_card`.
        """
        said, key = self.body(GiftCardInput), self.once_key()
        with named("member"):
            member = member_by(self.actor, {"number": said["member"]}, right="change", room="facts")
        made = issue_gift_card(
            actor=self.actor,
            member=member,
            value_minor=said["amount"],
            why=said["why"],
            source=SOURCE,
            key=key,
            now=self.now,
            expires_on=said.get("last_day"),
            order_ref=said["order"],
        )
        if isinstance(made, GiftCardRequest):
            return self._waiting(made)
        found = card_for(self, made.code, right="view", room="facts")
        return self.answer(GiftCardOutput, found, 201, replayed=made.repeated)

    def _waiting(self, asked: GiftCardRequest) -> Response:
        if asked.state != RequestState.WAITING:
            raise GiftCardRefused
        return self.answer(GiftCardWaiting, asked, 202, replayed=asked.asked_at != self.now)


class ReadGiftCard(Operation):
    """`GET /gift-cards/{code}`."""

    @operation(
        needs=("view", "till"), summary="Look a gift card up", answers={200: GiftCardOutput}, refuses=(404,)
    )
    def get(self, request: Request, code: str) -> Response:
        """Return what is on a card. Whoever holds the code may pay with it: ask for it like for money."""
        return self.answer(GiftCardOutput, card_for(self, code, right="view", room="till"))


class CancelGiftCard(Operation):
    """`POST /gift-cards/{code}/cancel`."""

    @operation(
        needs=("change", "facts"),
        summary="Cancel a gift card",
        takes=Nothing,
        answers={200: GiftCardOutput},
        refuses=(404, 409),
        asks=[ONCE],
    )
    def post(self, request: Request, code: str) -> Response:
        """Take what is left off a card for good; only for a `manage` key. What it paid stays paid."""
        self.body(Nothing)
        found = card_for(self, code, right="change", room="facts")
        event = GiftCardEnded(
            merchant_id=found.merchant_id,
            member_id=found.member_id,
            occurred_at=self.now,
            source=SOURCE,
            key=self.once_key(),
            actor=self.actor.label,
            code=found.code,
        )
        receipt = post(event, now=self.now)
        found.refresh_from_db()
        return self.answer(GiftCardOutput, found, replayed=receipt.repeated)


class ReadGiftCards(Operation):
    """`GET /members/{number}/gift-cards`."""

    @operation(
        needs=("view", "members"),
        summary="List a member's gift cards",
        answers={200: GiftCardList},
        refuses=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Return the member's cards that have money on them; the newest hundred."""
        member = member_by(self.actor, {"number": number}, room="members")
        rows = gift_cards_of(member).select_related("member")[:100]
        return self.answer(GiftCardList, {"results": rows})
