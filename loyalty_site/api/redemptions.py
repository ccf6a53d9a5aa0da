"""Codes: set points aside, look a code up, use it, give it back. A phone number alone never spends.

A key that may change members (`shop`, `manage`) speaks for a shop's own server, where the member has signed
in. A till's key has to show that the member is there: by the QR on their page, or by a one-time code.
"""

from typing import Any, Final, Literal

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_read, for_write
from accounts.errors import Invalid, NotFound, NotShown, WalaaError
from accounts.guessing import CODES, PAGES, guessing
from accounts.models import Member
from accounts.presence import check_code, give_back, member_shown, split
from ledger.events import RedemptionClosed, RedemptionIssued
from ledger.models import Redemption
from ledger.posting import answer_of, post
from ledger.queries import account, code_as_issued
from ledger.receipt import Receipt
from ledger.shops.coupons import redeem_for_shop
from ledger.slips import code_slip
from loyalty_site.api.answers import RedemptionOutput, SlipOutput
from loyalty_site.api.fields import Amount, Code, Nothing, Strict, Whole
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import ONCE, Operation, named, operation
from loyalty_site.api.orders import SOURCE, branch_for

MONTH_OF_MINUTES: Final = 31 * 24 * 60
CODE: Final = OpenApiExample("A code", {"order": "A-1002"}, request_only=True)


class IssueInput(Strict):
    """What the points are set aside for: money off in whole blocks (`points`), or a reward.

    With neither, for the most money off that the balance and the `order_amount` allow.
    """

    at_most_one = (("points", "reward"), ("shown", "one_time_code"), ("for_shop", "reward"))
    exactly_one = (("member", "shown"),)

    member = Code(required=False, max_length=12)
    shown = Code(
        required=False,
        max_length=40,
        help_text="What the QR on the member's page says; it lives a minute, and counts once.",
    )
    one_time_code = Code(
        required=False,
        max_length=12,
        help_text="What the member read out, after `POST /members/{number}/one-time-codes`.",
    )
    points = Whole(required=False, min_value=1)
    reward = Code(
        required=False, max_length=40, help_text="A reward's code, from `GET /members/{number}/rewards`."
    )
    order_amount = Amount(
        required=False, help_text="The order that it is meant for: no more is set aside than it takes."
    )
    minutes = Whole(
        required=False, min_value=1, max_value=MONTH_OF_MINUTES, help_text="How long the code lives."
    )
    for_shop = Code(
        required=False,
        max_length=20,
        help_text="For the checkout of a linked shop (`salla`, `zid`, `shopify`, `woocommerce`): a coupon"
        " with this very code is made there and works once. The code lives 7 days, the coupon 6.",
    )


class UseInput(Strict):
    """On which order the code is used, and where."""

    order = Code(required=False, default="", allow_blank=True)
    branch = Code(required=False, max_length=40)


class CodeOutput(RedemptionOutput):
    """A code, what stands behind it, and what to print with it."""

    receipt_lines = serializers.SerializerMethodField()

    @extend_schema_field(SlipOutput)
    def get_receipt_lines(self, redemption: Redemption) -> dict[str, Any]:
        """The lines, with the balance of whoever has the points now."""
        owner = redemption.member.merged_into or redemption.member
        standing = account(owner, now=self.context["now"])
        return dict(SlipOutput(code_slip(redemption, standing)).data)


def code_for(operation: Operation, code: str, *, right: Literal["view", "change"]) -> Redemption:
    """Return the redemption behind a code, however typed. Raises `NotFound`, `Forbidden`, `TooMany`."""
    rows = Redemption.objects.select_related("merchant", "member__merchant", "member__merged_into__merchant")
    gate = for_read if right == "view" else for_write
    with guessing(CODES, operation.actor.label, now=operation.now, wrong=NotFound):
        return gate(operation.actor, rows, room="till", code=code_as_issued(code))


def close(
    operation: Operation, code: str, outcome: Literal["used", "cancelled"], said: dict[str, Any]
) -> Response:
    """End a reserved code, and answer with how it stands now."""
    found = code_for(operation, code, right="change")
    event = RedemptionClosed(
        merchant_id=found.merchant_id,
        member_id=found.member_id,
        occurred_at=operation.now,
        source=SOURCE,
        key=operation.once_key(),
        actor=operation.actor.label,
        code=found.code,
        outcome=outcome,
        branch_id=branch_for(operation.actor, said.get("branch")),
        order_ref=said.get("order", ""),
    )
    receipt = post(event, now=operation.now)
    found.refresh_from_db()
    return operation.answer(CodeOutput, found, replayed=receipt.repeated)


class Proving(Operation):
    """What an operation shares that spends a member's points."""

    def prove(self, member: Member, said: dict[str, Any], taker: str) -> None:
        """Insist that the member is there, where the key needs that. Raises `NotShown`, `WrongCode`."""
        if "shown" in said:
            with guessing(PAGES, self.actor.label, now=self.now, wrong=NotShown):
                member_shown(self.actor.merchant, said["shown"], taker=taker, now=self.now)
        elif "one_time_code" in said:
            self.check_read_out(member, said["one_time_code"])
        elif not self.actor.may("change", "members"):
            raise NotShown(field="shown")

    def check_read_out(self, member: Member, code: str) -> None:
        """Take the code that the member read out, by its name here. Raises `WrongCode`, `CodeOver`."""
        try:
            check_code(member, code, now=self.now)
        except Invalid as error:
            error.field = "one_time_code"
            raise


class IssueCode(Proving):
    """`POST /redemptions`."""

    @operation(
        needs=("change", "till"),
        summary="Set points aside under a code",
        takes=IssueInput,
        answers={201: CodeOutput},
        refuses=(404, 409),
        asks=[ONCE],
        names={"order_minor": "order_amount", "reward_code": "reward"},
        examples=[
            OpenApiExample("25 SAR off", {"member": "M-7KPX3WQ", "points": 500}, request_only=True),
            OpenApiExample(
                "At a till", {"shown": "M-7KPX3WQ.9BXK2LMNPQR4", "order_amount": "80.00"}, request_only=True
            ),
            OpenApiExample("A reward", {"member": "M-7KPX3WQ", "reward": "free-coffee"}, request_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Reserve a member's points and return the code that spends them once.

        A till's key needs the member there: `shown`, the QR on their page, or `one_time_code`. Without either
        it is refused with `not_shown`. A `shop` or `manage` key issues for members signed in at its own door.
        """
        said, key = self.body(IssueInput), self.once_key()
        name = "member" if "member" in said else "shown"
        number = said["member"] if name == "member" else split(said["shown"])[0]
        with named(name):
            member = member_by(self.actor, {"number": number})
        event = RedemptionIssued(
            merchant_id=self.actor.merchant.pk,
            member_id=member.pk,
            occurred_at=self.now,
            source=SOURCE,
            key=key,
            actor=self.actor.label,
            points=said.get("points"),
            order_minor=said.get("order_amount"),
            reward_code=said.get("reward", ""),
            minutes=said.get("minutes"),
            branch_id=self.actor.branch_id,
        )
        receipt = answer_of(event)  # proved the first time: the minute, or the code, may be over by now
        if receipt is None:
            receipt = self.post_for(member, event, said)
        elif "for_shop" in said:
            redeem_for_shop(event, said["for_shop"], now=self.now)  # the coupon, if it was not asked for yet
        found = code_for(self, receipt.code, right="view")
        return self.answer(CodeOutput, found, 201, replayed=receipt.repeated)

    def post_for(self, member: Member, event: RedemptionIssued, said: dict[str, Any]) -> Receipt:
        """Post for a member who is there; a scan that led to a refusal may be used again."""
        taker = f"{self.actor.label}:{event.key}"
        self.prove(member, said, taker)
        try:
            if "for_shop" in said:
                return redeem_for_shop(event, said["for_shop"], now=self.now)
            return post(event, now=self.now)
        except WalaaError as error:
            give_back(member, said.get("shown", ""), taker=taker)
            error.field = "reward" if error.field == "points" and "reward" in said else error.field
            raise


class ReadCode(Operation):
    """`GET /redemptions/{code}`."""

    @operation(needs=("view", "till"), summary="Look a code up", answers={200: CodeOutput}, refuses=(404,))
    def get(self, request: Request, code: str) -> Response:
        """Return what a code is worth and whether it can still be used."""
        return self.answer(CodeOutput, code_for(self, code, right="view"))


class UseCode(Operation):
    """`POST /redemptions/{code}/use`."""

    @operation(
        needs=("change", "till"),
        summary="Use a code",
        takes=UseInput,
        answers={200: CodeOutput},
        refuses=(404, 409),
        asks=[ONCE],
        names={"order_ref": "order"},
        examples=[CODE],
    )
    def post(self, request: Request, code: str) -> Response:
        """Use a code, once. Where the order itself is sent to `POST /purchases`, name the code there."""
        return close(self, code, "used", self.body(UseInput))


class CancelCode(Operation):
    """`POST /redemptions/{code}/cancel`."""

    @operation(
        needs=("change", "till"),
        summary="Give a code back",
        takes=Nothing,
        answers={200: CodeOutput},
        refuses=(404, 409),
        asks=[ONCE],
    )
    def post(self, request: Request, code: str) -> Response:
        """Cancel a reserved code: its points go back to the same lots, with the same last day."""
        return close(self, code, "cancelled", self.body(Nothing))
