"""What happened with one member, kind by kind: codes, refunds, points by hand. The newest first, in pages."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import visible
from ledger.families import family_of
from ledger.models import Movement, Redemption, Refund
from ledger.models.movements import MovementKind
from ledger.models.purchases import PaidAs
from loyalty_site.api.answers import ReasonOutput, RedemptionOutput
from loyalty_site.api.fields import Amount, Instant
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.pages import CURSOR, LIMIT, PageQuery, page_of

Row = TypeVar("Row", bound=Model)


class ListedCode(RedemptionOutput):
    """A code of a member's, and what became of it."""

    code = serializers.SerializerMethodField(help_text="Only for keys that may change members.")  # type: ignore[assignment] # not everybody reads it
    gift_card = None  # type: ignore[assignment] # a code of its own
    used_at = Instant(source="closed_at", allow_null=True, help_text="When it was used, or ended otherwise.")

    def get_code(self, redemption: Redemption) -> str:
        """Who may only read gets no code that spends."""
        return redemption.code if self.context["actor"].may("change", "members") else ""


class RedemptionPage(serializers.Serializer[Any]):
    """One page of codes."""

    results = ListedCode(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null at the end.")


class ListedRefund(serializers.Serializer[Refund]):
    """A refund as it stands in the books."""

    refund = serializers.CharField(source="external_id")
    order = serializers.CharField(source="purchase.external_id")
    source = serializers.CharField(source="purchase.source")  # type: ignore[assignment] # a field of that name
    occurred_at = Instant()
    currency = serializers.CharField(source="purchase.currency")
    amount = Amount(source="amount_minor")
    paid_as = serializers.ChoiceField(PaidAs.choices)
    points_taken_back = serializers.IntegerField(source="clawback_points")
    points_pending = serializers.IntegerField(source="pending_points", help_text="Of these, still waiting.")
    points_returned = serializers.IntegerField(source="returned_points")
    points_missing = serializers.IntegerField(source="shortfall_points")


class RefundPage(serializers.Serializer[Any]):
    """One page of refunds."""

    results = ListedRefund(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null at the end.")


class ListedAdjustment(serializers.Serializer[Movement]):
    """Points that were given or taken by hand."""

    points = serializers.IntegerField(help_text="Signed.")
    occurred_at = Instant()
    reasons = ReasonOutput(many=True, source="why")
    actor = serializers.CharField(help_text="Who made it: `key:…` or `staff:…`.")


class AdjustmentPage(serializers.Serializer[Any]):
    """One page of points by hand."""

    results = ListedAdjustment(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null at the end.")


class History(Operation):
    """What the lists of one member share."""

    def of_person(self, rows: QuerySet[Row], path: str, number: str) -> QuerySet[Row]:
        """Return those rows of all records of the person behind a number. Raises `NotFound`, `Forbidden`."""
        records = family_of(member_by(self.actor, {"number": number}, room="members").pk)
        return visible(self.actor, rows, room="members").filter(**{f"{path}_id__in": list(records)})


class ListRedemptions(History):
    """`GET /members/{number}/redemptions`."""

    @operation(
        needs=("view", "members"),
        summary="List a member's codes",
        answers={200: RedemptionPage},
        refuses=(404,),
        asks=[LIMIT, CURSOR],
    )
    def get(self, request: Request, number: str) -> Response:
        """Return what points were set aside for and what was given, used or not, the newest first."""
        rows = self.of_person(Redemption.objects.all(), "member", number).select_related("member")
        return self.answer(RedemptionPage, page_of(rows, self.query(PageQuery), by="issued_at"))


class ListRefunds(History):
    """`GET /members/{number}/refunds`."""

    @operation(
        needs=("view", "members"),
        summary="List a member's refunds",
        answers={200: RefundPage},
        refuses=(404,),
        asks=[LIMIT, CURSOR],
    )
    def get(self, request: Request, number: str) -> Response:
        """Return what came back of the member's orders, the newest first."""
        rows = self.of_person(Refund.objects.all(), "purchase__member", number)
        return self.answer(RefundPage, page_of(rows.select_related("purchase"), self.query(PageQuery)))


class ListAdjustments(History):
    """`GET /members/{number}/adjustments`."""

    @operation(
        needs=("view", "members"),
        summary="List points given or taken by hand",
        answers={200: AdjustmentPage},
        refuses=(404,),
        asks=[LIMIT, CURSOR],
    )
    def get(self, request: Request, number: str) -> Response:
        """Return points that somebody gave or took by hand, with why and who, the newest first."""
        rows = self.of_person(Movement.objects.all(), "member", number).filter(kind=MovementKind.ADJUST)
        return self.answer(AdjustmentPage, page_of(rows.select_related("note"), self.query(PageQuery)))
