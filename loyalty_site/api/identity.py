"""Who is who: merging two records of one person, and taking a merge apart."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Actor, for_write, member_for
from accounts.models import Member
from ledger.events import MembersMerged, MergeUndone
from ledger.merge_preview import Choice, MergePreview, preview_merge
from ledger.models import Merge
from ledger.posting import post
from ledger.receipt import Receipt
from loyalty_site.api.answers import BalanceAfter, TierChange
from loyalty_site.api.fields import Code, Strict
from loyalty_site.api.members import SOURCE, ConsentShape, member_by
from loyalty_site.api.operation import ONCE, Operation, named, operation
from programs.tier_wording import plain_count

NEEDS = ("change", "facts")


class MergeInput(Strict):
    """The record that goes into the one named in the address."""

    absorb = Code(max_length=12, help_text="Membership number of the record to be merged into this one.")


class MovingLotOutput(serializers.Serializer[Any]):
    """Points that go over, with their last day."""

    points = serializers.IntegerField()
    expires_on = serializers.DateField(allow_null=True)


class ChoiceOutput(serializers.Serializer[Choice]):
    """A field in which the two records differ."""

    field = serializers.CharField(source="name")
    stays = serializers.SerializerMethodField()
    goes = serializers.SerializerMethodField()
    taken_over = serializers.BooleanField(
        source="is_taken_over", help_text="The member who stays had none: theirs becomes the other's."
    )

    def get_stays(self, choice: Choice) -> str:
        """What the member who stays has."""
        return str(choice.stays or "")

    def get_goes(self, choice: Choice) -> str:
        """What the other record has."""
        return str(choice.goes or "")


class MergePreviewOutput(serializers.Serializer[MergePreview]):
    """Everything that merging would change."""

    member = serializers.CharField(source="survivor.number")
    absorb = serializers.CharField(source="absorbed.number")
    points = serializers.IntegerField(help_text="Points that go over; each lot keeps its last day and age.")
    lots = MovingLotOutput(many=True)
    owed = serializers.IntegerField(help_text="Points the other record owes, which go over too.")
    pending = serializers.IntegerField(help_text="Points of the other record that still wait.")
    available_after = serializers.IntegerField()
    owed_after = serializers.IntegerField()
    pending_after = serializers.IntegerField()
    spend = serializers.SerializerMethodField(
        help_text="What both count for tiers today: an amount, or points or visits where tiers count those."
    )
    tier_before = serializers.CharField()
    tier_after = serializers.CharField()
    fields_that_differ = ChoiceOutput(source="choices", many=True)
    becomes_refused = serializers.SerializerMethodField(help_text="The strictest consent wins.")
    agreed_and_not_carried = serializers.SerializerMethodField(
        help_text="What the other record had agreed to and this member was never asked: ask them."
    )
    referrals = serializers.IntegerField(help_text="Members the other record brought, who move along.")
    open_codes = serializers.SerializerMethodField(help_text="Codes of the other record; they stay valid.")

    def get_spend(self, preview: MergePreview) -> str:
        """As a plain figure."""
        return plain_count(preview.counted, preview.basis, preview.currency)

    @extend_schema_field(ConsentShape(many=True))
    def get_becomes_refused(self, preview: MergePreview) -> list[dict[str, Any]]:
        """Channel and purpose of everything that becomes refused."""
        return [
            {"channel": channel, "purpose": purpose, "granted": False} for channel, purpose in preview.refused
        ]

    @extend_schema_field(ConsentShape(many=True))
    def get_agreed_and_not_carried(self, preview: MergePreview) -> list[dict[str, Any]]:
        """Channel and purpose of every yes that stays behind."""
        return [
            {"channel": channel, "purpose": purpose, "granted": True}
            for channel, purpose in preview.not_carried
        ]

    def get_open_codes(self, preview: MergePreview) -> list[str]:
        """The codes."""
        return [redemption.code for redemption in preview.codes]


class MergeOutput(serializers.Serializer[Any]):
    """What a merge, or its undoing, did."""

    merge = serializers.IntegerField(help_text="Name it to undo the merge.")
    member = serializers.CharField()
    absorbed = serializers.CharField()
    points = serializers.IntegerField(help_text="The change of the member's points.")
    balance = BalanceAfter()
    tier = TierChange()


def two_records(operation: Operation, number: str) -> tuple[Member, Member]:
    """Return the member of the address and the one of the body. Raises `NotFound`, `Forbidden`."""
    survivor = member_by(operation.actor, {"number": number}, right=NEEDS[0], room=NEEDS[1])
    absorb = operation.body(MergeInput)["absorb"]
    with named("absorb"):
        return survivor, the_record(operation.actor, absorb)


def merging(operation: Operation, survivor: Member, absorbed: Member, key: str) -> MembersMerged:
    """Return the event."""
    return MembersMerged(
        merchant_id=survivor.merchant_id,
        member_id=survivor.pk,
        occurred_at=operation.now,
        source=SOURCE,
        key=key,
        actor=operation.actor.label,
        absorbed_id=absorbed.pk,
    )


def merged(receipt: Receipt, survivor: Member, absorbed: Member) -> dict[str, Any]:
    """Return what a merge is answered with."""
    return {
        "merge": receipt.merge_id,
        "member": survivor.number,
        "absorbed": absorbed.number,
        "points": receipt.points,
        "balance": receipt,
        "tier": receipt,
    }


class PreviewMerge(Operation):
    """`POST /members/{number}/merge/preview`."""

    @operation(
        needs=NEEDS,
        summary="Preview a merge",
        takes=MergeInput,
        answers={200: MergePreviewOutput},
        refuses=(404, 409),
        names={"absorbed": "absorb"},
        examples=[OpenApiExample("Another record", {"absorb": "M-4QWX7PB"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        """Tell everything that merging the two records would change. Nothing is written."""
        survivor, absorbed = two_records(self, number)
        event = merging(self, survivor, absorbed, "preview")
        return self.answer(MergePreviewOutput, preview_merge(event, now=self.now))


class MergeRecords(Operation):
    """`POST /members/{number}/merge`."""

    @operation(
        needs=NEEDS,
        summary="Merge two records of one person",
        takes=MergeInput,
        answers={200: MergeOutput},
        refuses=(404, 409),
        asks=[ONCE],
        names={"absorbed": "absorb"},
        examples=[OpenApiExample("Another record", {"absorb": "M-4QWX7PB"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        """Merge the record named in the body into this one, which stays.

        Points go over lot by lot with their last day, spend counts together, the strictest consent wins. The
        other record's number, card and codes lead here from now on.
        """
        key = self.once_key()
        survivor, absorbed = two_records(self, number)
        receipt = post(merging(self, survivor, absorbed, key), now=self.now)
        return self.answer(MergeOutput, merged(receipt, survivor, absorbed), replayed=receipt.repeated)


class UndoMerge(Operation):
    """`POST /members/{number}/merges/{merge}/undo`."""

    @operation(
        needs=NEEDS,
        summary="Undo a merge",
        answers={200: MergeOutput},
        refuses=(404, 409),
        asks=[ONCE],
    )
    def post(self, request: Request, number: str, merge: int) -> Response:
        """Take a merge apart: what is left of every lot returns to the record it came from.

        Refused with `merge_in_use` once something was posted to the member since; `params.since` lists it.
        """
        key = self.once_key()
        survivor = member_by(self.actor, {"number": number}, right=NEEDS[0], room=NEEDS[1])
        rows = Merge.objects.select_related("absorbed")
        found = for_write(self.actor, rows, room=NEEDS[1], pk=merge, survivor=survivor)
        event = MergeUndone(
            merchant_id=survivor.merchant_id,
            member_id=survivor.pk,
            occurred_at=self.now,
            source=SOURCE,
            key=key,
            actor=self.actor.label,
            merge_id=found.pk,
        )
        receipt = post(event, now=self.now)
        return self.answer(MergeOutput, merged(receipt, survivor, found.absorbed), replayed=receipt.repeated)


def the_record(actor: Actor, number: str, *, right: str = NEEDS[0], room: str = NEEDS[1]) -> Member:
    """Return the record with this very number, whatever became of it. Raises `NotFound`, `Forbidden`."""
    return member_for(actor, right=right, room=room, any_state=True, number=number.upper())
