"""Paid membership: what is held and what it gave, a trial, fees and their refunds, cancelling."""

from datetime import datetime
from typing import Any, Final

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.languages import in_language
from accounts.models import Member
from ledger.events_of_fees import FeeRefunded, MembershipCancelled, MembershipPaid, MembershipStarted
from ledger.membership_queries import MOST_FEES, Held, fees_of, held_by
from ledger.models.memberships import PaymentKind, PaymentMethod
from ledger.posting import post
from ledger.receipt import Receipt
from loyalty_site.api.fields import Amount, Code, Instant, Strict, written
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import ONCE, Operation, operation
from loyalty_site.api.orders import SOURCE
from programs.plan_wording import perk_texts, plan_sentence
from programs.queries import terms_of
from programs.terms import PlanTerms

BY_HAND: Final = [choice for choice in PaymentMethod.choices if choice[0] != PaymentMethod.ONLINE]
STATES: Final = ("trial", "active", "grace", "ended")


class PlanOutput(serializers.Serializer[Any]):
    """A membership that is sold."""

    code = serializers.CharField()
    name = serializers.CharField()
    price = Amount()
    period = serializers.ChoiceField(["month", "year"])
    trial_days = serializers.IntegerField()
    grace_days = serializers.IntegerField()
    discount_percent = serializers.IntegerField(help_text="Off every order of a holder, given by the shop.")
    free_shipping = serializers.BooleanField()
    perks = serializers.ListField(child=serializers.CharField(), help_text="The same in words.")
    text = serializers.CharField(help_text="The whole promise as a sentence.")


def shown_plan(plan: PlanTerms, currency: str, language: str) -> dict[str, Any]:
    """A plan as the API shows it."""
    return {
        "code": plan.code,
        "name": in_language(plan, "name", language),
        "price": plan.price_minor,
        "period": plan.period,
        "trial_days": plan.trial_days,
        "grace_days": plan.grace_days,
        "discount_percent": plan.discount_percent,
        "free_shipping": plan.free_shipping,
        "perks": perk_texts(plan),
        "text": plan_sentence(plan, currency, language),
    }


class FeeOutput(serializers.Serializer[Any]):
    """A fee that was paid, or given back."""

    payment = serializers.CharField(source="external_id")
    source = serializers.CharField()  # type: ignore[assignment] # a field of that name
    kind = serializers.ChoiceField(PaymentKind.choices)
    amount = Amount(source="amount_minor")
    method = serializers.ChoiceField(PaymentMethod.choices)
    from_day = serializers.DateField()
    to_day = serializers.DateField()
    occurred_at = Instant()


class MeterOutput(serializers.Serializer[Any]):
    """Paid beside saved in this year of membership."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    paid = serializers.CharField()
    saved = serializers.CharField()
    points = serializers.IntegerField(help_text="Points that only the membership gave.")
    points_worth = serializers.CharField()
    vouchers = serializers.CharField()
    perks = serializers.CharField(help_text="What the shop said that perks saved.")


class HeldOutput(serializers.Serializer[Any]):
    """The membership a member holds, or held last."""

    member = serializers.CharField()
    plan = serializers.CharField(allow_blank=True, help_text="Empty: none was ever held.")
    state = serializers.ChoiceField(STATES)
    price = Amount(allow_null=True)
    period = serializers.CharField(allow_null=True)
    started_at = Instant(allow_null=True)
    trial_until = serializers.DateField(allow_null=True)
    paid_through = serializers.DateField(allow_null=True, help_text="The last day paid for, included.")
    grace_until = serializers.DateField(allow_null=True, help_text="The last day with benefits, if unpaid.")
    is_cancelled = serializers.BooleanField()
    renews_by_card = serializers.BooleanField()
    perks = serializers.ListField(child=serializers.CharField())
    meter = MeterOutput(allow_null=True)
    fees = FeeOutput(many=True)


class ReadMembership(Operation):
    """`GET /members/{number}/memberships`."""

    @operation(needs=("view", "till"), summary="Read a membership", answers={200: HeldOutput}, refuses=(404,))
    def get(self, request: Request, number: str) -> Response:
        """Return what the member holds or held last, what was paid, and what it gave this year."""
        member = member_by(self.actor, {"number": number})
        return self.answer(HeldOutput, self._shown(member))

    def _shown(self, member: Member) -> dict[str, Any]:
        held = held_by(member, now=self.now)
        fees = list(fees_of(member.pk)[:MOST_FEES]) if held else []
        return {"member": member.number, **_held(held, self.now, self.language), "fees": fees}


NOTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(("price", "period", "started_at", "trial_until", "paid_through", "grace_until", "meter")),
    "plan": "",
    "state": "ended",
    "is_cancelled": False,
    "renews_by_card": False,
    "perks": [],
}


def _held(held: Held | None, now: datetime, language: str) -> dict[str, Any]:
    if held is None:
        return NOTHING
    row, sums = held.row, held.meter
    plan = terms_of(row.version).plan(row.plan)
    return {
        "plan": row.plan,
        "state": held.state,
        "price": row.price_minor,
        "period": row.period,
        "started_at": row.started_at,
        "trial_until": row.trial_until,
        "paid_through": row.paid_through,
        "grace_until": row.holding.last_day(now),
        "is_cancelled": row.cancelled_at is not None,
        "renews_by_card": bool(row.card_token) and row.cancelled_at is None,
        "perks": perk_texts(plan) if plan and held.is_open else [],
        "meter": {
            "first_day": held.year.first,
            "last_day": held.year.last,
            "paid": written(sums.paid_minor, row.currency),
            "saved": written(sums.saved_minor, row.currency),
            "points": sums.points,
            "points_worth": written(sums.points_minor, row.currency),
            "vouchers": written(sums.vouchers_minor, row.currency),
            "perks": written(sums.perks_minor, row.currency),
        },
    }


class PlanInput(Strict):
    """Which plan."""

    plan = Code(max_length=40)


class FeeInput(PlanInput):
    """A fee that was paid at the shop."""

    payment = Code(help_text="Your own number of it: the same number again gives the first answer again.")
    amount = Amount(help_text="Exactly what the membership costs.")
    method = serializers.ChoiceField(BY_HAND, default=PaymentMethod.CASH.value)
    occurred_at = Instant(required=False)


class FeeBackInput(Strict):
    """A fee that was given back."""

    refund = Code(help_text="Your own number of the refund.")
    payment = Code(help_text="The number of the fee.")
    source = Code(required=False, default=SOURCE, max_length=20, help_text="Where the fee came in.")  # type: ignore[assignment] # a field of that name


class SubscribedOutput(serializers.Serializer[Any]):
    """How a membership stands after what was posted."""

    member = serializers.CharField()
    plan = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    trial_until = serializers.DateField(allow_null=True)
    paid_through = serializers.DateField()
    is_cancelled = serializers.BooleanField()
    points = serializers.IntegerField(help_text="What the fee earned, or its refund took back.")


def _subscribed(receipt: Receipt, member: Member) -> dict[str, Any]:
    empty = {"trial_until": None, "is_cancelled": False}
    return {"member": member.number, **empty, **receipt.membership, "points": receipt.points}


class _Posts(Operation):
    """What the writing operations share."""

    def member(self, number: str) -> Member:
        """The member, to be written to."""
        return member_by(self.actor, {"number": number}, right="change")

    def said(self, member: Member, key: str, occurred_at: datetime | None = None) -> dict[str, Any]:
        """What every event says."""
        return {
            "merchant_id": self.actor.merchant.pk,
            "member_id": member.pk,
            "occurred_at": occurred_at or self.now,
            "stamped": occurred_at is None,
            "source": SOURCE,
            "key": key,
            "actor": self.actor.label,
        }

    def done(self, receipt: Receipt, member: Member, status: int) -> Response:
        """How the membership stands."""
        shown = _subscribed(receipt, member)
        return self.answer(SubscribedOutput, shown, status, replayed=receipt.repeated)


class BeginTrial(_Posts):
    """`POST /members/{number}/memberships`."""

    @operation(
        needs=("change", "till"),
        summary="Begin a trial",
        takes=PlanInput,
        answers={201: SubscribedOutput},
        refuses=(404, 409),
        asks=[ONCE],
        examples=[OpenApiExample("Two weeks of Plus", {"plan": "plus"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        """Begin the free trial of a plan, once for each person; a paid membership begins with a fee."""
        member, said, key = self.member(number), self.body(PlanInput), self.once_key()
        receipt = post(MembershipStarted(**self.said(member, key), **said), now=self.now)
        return self.done(receipt, member, 201)


class RecordFee(_Posts):
    """`POST /members/{number}/memberships/payments`."""

    @operation(
        needs=("change", "till"),
        summary="Record a membership fee",
        takes=FeeInput,
        answers={201: SubscribedOutput},
        refuses=(404, 409),
        names={"key": "payment"},
        examples=[
            OpenApiExample(
                "Paid in cash", {"plan": "plus", "payment": "F-1", "amount": "29.00"}, request_only=True
            )
        ],
    )
    def post(self, request: Request, number: str) -> Response:
        """Let a fee begin a membership, or reach one period further.

        Within the grace it continues from the old date, after it a new membership begins. Two fees are two
        periods.
        """
        member, said = self.member(number), self.body(FeeInput)
        event = MembershipPaid(
            **self.said(member, said["payment"], said.get("occurred_at")),
            plan=said["plan"],
            amount_minor=said["amount"],
            currency=self.actor.merchant.currency,
            method=said["method"],
        )
        return self.done(post(event, now=self.now), member, 201)


class RefundFee(_Posts):
    """`POST /members/{number}/memberships/refunds`."""

    @operation(
        needs=("change", "till"),
        summary="Give a membership fee back",
        takes=FeeBackInput,
        answers={201: SubscribedOutput},
        refuses=(404, 409),
        names={"key": "refund"},
        examples=[OpenApiExample("A fee", {"refund": "FR-1", "payment": "F-1"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        """Take the fee's period off; with the period that runs, the membership ends at once."""
        member, said = self.member(number), self.body(FeeBackInput)
        event = FeeRefunded(
            **self.said(member, said["refund"]), fee_source=said["source"], fee_key=said["payment"]
        )
        return self.done(post(event, now=self.now), member, 201)


class CancelMembership(_Posts):
    """`POST /members/{number}/memberships/cancel`."""

    @operation(
        needs=("change", "till"),
        summary="Cancel a membership",
        answers={200: SubscribedOutput},
        refuses=(404, 409),
        asks=[ONCE],
    )
    def post(self, request: Request, number: str) -> Response:
        """Stop renewing: the benefits stay to the last day that is paid for."""
        member, key = self.member(number), self.once_key()
        receipt = post(MembershipCancelled(**self.said(member, key)), now=self.now)
        return self.done(receipt, member, 200)
