"""Where a member's points went: the balance opened into its movements, its lots and what took from them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.models.extensions import ExtensionWhy
from ledger.models.movements import MovementKind
from ledger.proofs import proof
from loyalty_site.api.answers import ReasonOutput
from loyalty_site.api.fields import Instant
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation


class SourceOutput(serializers.Serializer[Any]):
    """A movement behind a line."""

    movement = serializers.IntegerField(source="movement_id")
    kind = serializers.ChoiceField(MovementKind.choices)
    day = serializers.DateField(help_text="In the merchant's zone.")
    order = serializers.CharField()
    branch = serializers.CharField()
    reasons = ReasonOutput(many=True)


class UseOutput(serializers.Serializer[Any]):
    """What a movement took of a lot."""

    points = serializers.IntegerField(help_text="Negative: given back.")
    pays_owed = serializers.BooleanField(
        source="pays_debt", help_text="It paid what an earlier debit had found missing."
    )
    by = SourceOutput(source="source")


class LotStoryOutput(serializers.Serializer[Any]):
    """A lot from its first day: `points` = `remaining` + what its uses took."""

    lot = serializers.IntegerField(source="lot_id")
    points = serializers.IntegerField()
    remaining = serializers.IntegerField()
    earned_at = Instant()
    expires_on = serializers.DateField(allow_null=True)
    grace = serializers.BooleanField(source="is_grace")
    moved = serializers.ListField(
        child=serializers.ChoiceField(ExtensionWhy.choices), help_text="Why its last day was moved."
    )
    made_by = SourceOutput(source="source")
    uses = UseOutput(many=True)


class SumOutput(serializers.Serializer[Any]):
    """All movements of one kind together."""

    kind = serializers.ChoiceField(MovementKind.choices)
    points = serializers.IntegerField(help_text="Signed.")


class DebtOutput(serializers.Serializer[Any]):
    """A debit that found too few points, and what is still owed of it."""

    points = serializers.IntegerField()
    by = SourceOutput()


class AwardWaiting(serializers.Serializer[Any]):
    """Points that wait; in no sum."""

    points = serializers.IntegerField()
    order = serializers.CharField()
    since = serializers.DateField()
    opens_on = serializers.DateField(allow_null=True)
    awaits = serializers.CharField()


class ProofOutput(serializers.Serializer[Any]):
    """A balance opened: the sums add up to `available` - `owed`, the lots (and `more`) to `available`."""

    member = serializers.CharField()
    available = serializers.IntegerField()
    owed = serializers.IntegerField()
    pending = serializers.IntegerField()
    sums = SumOutput(many=True)
    lots = LotStoryOutput(many=True, help_text="In the order in which they are spent; at most 60.")
    more_lots = serializers.IntegerField(help_text="Lots beyond the list.")
    more_points = serializers.IntegerField(help_text="What is left in them.")
    debts = DebtOutput(many=True)
    waiting = AwardWaiting(many=True)


class ReadProof(Operation):
    """`GET /members/{number}/points`."""

    @operation(
        needs=("view", "members"),
        summary="Read where the points went",
        answers={200: ProofOutput},
        refuses=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Return everything a balance is made of: movements by kind, lots, what took from each, and why."""
        member = member_by(self.actor, {"number": number}, room="members")
        found = proof(member, now=self.now)
        shown = {
            name: getattr(found, name)
            for name in (
                "available",
                "owed",
                "pending",
                "sums",
                "lots",
                "more_lots",
                "more_points",
                "waiting",
            )
        }
        debts = [{"points": unpaid, "by": source} for source, unpaid in found.debts]
        return self.answer(ProofOutput, shown | {"member": member.number, "debts": debts})
