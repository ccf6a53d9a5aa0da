"""Charity: the causes a member can give to, a gift of points, and whom the shop's share goes to."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_read, visible
from accounts.errors import NotShown, WalaaError
from accounts.languages import in_language
from accounts.presence import give_back, split
from ledger.causes.choosing import choose_cause, chosen_cause, open_causes
from ledger.events import PointsDonated
from ledger.models import CauseEntry
from ledger.posting import answer_of, post
from loyalty_site.api.fields import Amount, Code, Instant, Strict, Whole
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import ONCE, Operation, operation
from loyalty_site.api.orders import SOURCE
from loyalty_site.api.pictured import PictureOutput, picture_told
from loyalty_site.api.redemptions import Proving
from programs.models import Cause


class CauseOutput(serializers.Serializer[Cause]):
    """Somebody who can be given to."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField(help_text="In the caller's language.")
    description = serializers.SerializerMethodField()
    licence = serializers.CharField(help_text="The charity's licence number.")
    picture = serializers.SerializerMethodField()

    @extend_schema_field(PictureOutput(allow_null=True))
    def get_picture(self, cause: Cause) -> dict[str, str] | None:
        """Its picture, and what that shows in the caller's language."""
        return picture_told(cause.picture.name, cause.picture_alt)

    def get_name(self, cause: Cause) -> str:
        """In the caller's language."""
        return in_language(cause, "name")

    def get_description(self, cause: Cause) -> str:
        """In the caller's language."""
        return in_language(cause, "description")


class CausesOutput(serializers.Serializer[Any]):
    """Every cause that takes gifts now."""

    results = CauseOutput(many=True)


class ListCauses(Operation):
    """`GET /causes`."""

    @operation(needs=("view", "till"), summary="List causes", answers={200: CausesOutput})
    def get(self, request: Request) -> Response:
        """Return the causes that members can give to."""
        found = visible(self.actor, open_causes(self.actor.merchant), room="till")
        return self.answer(CausesOutput, {"results": found})


class DonateInput(Strict):
    """How many points go to which cause, and that the member is there."""

    at_most_one = (("shown", "one_time_code"),)

    points = Whole(min_value=1)
    cause = Code(max_length=40, help_text="A cause's code, from `GET /causes`.")
    shown = Code(required=False, max_length=40, help_text="What the QR on the member's page says.")
    one_time_code = Code(required=False, max_length=12, help_text="What the member read out.")


class GiftOutput(serializers.Serializer[CauseEntry]):
    """A gift, with the number of its receipt."""

    number = serializers.CharField(help_text="Of the receipt.")
    cause = serializers.CharField(source="cause.code")
    name = serializers.CharField(help_text="The cause's name, in the caller's language.")
    licence = serializers.CharField()
    points = serializers.IntegerField()
    value = Amount(source="amount_minor", help_text="What the shop owes the cause for it.")
    currency = serializers.CharField()
    given_at = Instant(source="recorded_at")


class GivePoints(Proving):
    """`POST /members/{number}/donations`."""

    @operation(
        needs=("change", "till"),
        summary="Give points to a cause",
        takes=DonateInput,
        answers={201: GiftOutput},
        refuses=(404, 409),
        asks=[ONCE],
        names={"cause_code": "cause"},
        examples=[OpenApiExample("A gift", {"points": 250, "cause": "orphans"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        """Give points for good: nothing takes them back. The shop owes the cause what they were worth.

        A till's key needs the member there: `shown` or `one_time_code`, as for `POST /redemptions`.
        """
        said, key = self.body(DonateInput), self.once_key()
        member = member_by(self.actor, {"number": number})
        if "shown" in said and split(said["shown"])[0] != member.number:
            raise NotShown(field="shown")
        event = PointsDonated(
            merchant_id=self.actor.merchant.pk,
            member_id=member.pk,
            occurred_at=self.now,
            source=SOURCE,
            key=key,
            actor=self.actor.label,
            points=said["points"],
            cause_code=said["cause"],
        )
        receipt = answer_of(event)
        if receipt is None:
            taker = f"{self.actor.label}:{event.key}"
            self.prove(member, said, taker)
            try:
                receipt = post(event, now=self.now)
            except WalaaError:
                give_back(member, said.get("shown", ""), taker=taker)
                raise
        rows = CauseEntry.objects.select_related("cause")
        entry = for_read(self.actor, rows, room="till", number=receipt.code)
        return self.answer(GiftOutput, entry, 201, replayed=receipt.repeated)


class ChooseInput(Strict):
    """Which cause the shop's share goes to; null for none."""

    cause = Code(max_length=40, allow_null=True)


class ChosenOutput(serializers.Serializer[Any]):
    """Whom the shop's share of this member's purchases goes to."""

    member = serializers.CharField()
    cause = CauseOutput(allow_null=True)


class ReadChoice(Operation):
    """`GET /members/{number}/cause`."""

    @operation(
        needs=("view", "till"), summary="Read a member's cause", answers={200: ChosenOutput}, refuses=(404,)
    )
    def get(self, request: Request, number: str) -> Response:
        """Return the cause the member chose, or null."""
        member = member_by(self.actor, {"number": number})
        return self.answer(ChosenOutput, {"member": member.number, "cause": chosen_cause(member)})


class ChooseCause(Operation):
    """`PUT /members/{number}/cause`."""

    @operation(
        needs=("change", "members"),
        summary="Choose a member's cause",
        takes=ChooseInput,
        answers={200: ChosenOutput},
        refuses=(404,),
        examples=[OpenApiExample("A cause", {"cause": "orphans"}, request_only=True)],
    )
    def put(self, request: Request, number: str) -> Response:
        """Send the shop's share of the member's purchases from now on to a cause, or to none."""
        said = self.body(ChooseInput)
        member = member_by(self.actor, {"number": number}, room="members")
        cause = choose_cause(member=member, code=said["cause"] or "", actor=self.actor.label, now=self.now)
        return self.answer(ChosenOutput, {"member": member.number, "cause": cause})
