"""Events with places: what there is, signing up, cancelling, and being there."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import for_read, visible
from accounts.errors import NotFound
from accounts.languages import in_language
from accounts.models import Member
from ledger.events import PlaceMoved, PlaceTaken
from ledger.families import family_of
from ledger.models import Place
from ledger.models.places import PlaceState
from ledger.places.attending import attendance
from ledger.places.figures import OPEN, announced, left_by, upcoming
from ledger.places.filling import fill
from ledger.posting import post
from loyalty_site.api.fields import Code, Instant, Nothing, Strict
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import ONCE, Operation, named, operation
from loyalty_site.api.orders import SOURCE
from programs.models import MemberEvent


class GatheringOutput(serializers.Serializer[MemberEvent]):
    """An event members are invited to."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField(help_text="In the caller's language.")
    place = serializers.SerializerMethodField(help_text="Where it is.")
    starts_at = Instant()
    ends_at = Instant()
    state = serializers.CharField(help_text="open or cancelled")
    points = serializers.IntegerField(help_text="What a place costs; 0 for nothing.")
    places = serializers.IntegerField()
    free = serializers.SerializerMethodField(help_text="Places that are free.")
    waiting = serializers.IntegerField(source="waits", help_text="Who waits for one.")
    tiers = serializers.ListField(child=serializers.CharField(), help_text="Empty: everybody.")

    def get_name(self, event: MemberEvent) -> str:
        """In the caller's language."""
        return in_language(event, "name")

    def get_place(self, event: MemberEvent) -> str:
        """In the caller's language."""
        return in_language(event, "place")

    def get_free(self, event: Any) -> int:
        """What is left of the places."""
        return max(0, int(event.places - event.taken))


class GatheringsOutput(serializers.Serializer[Any]):
    """What lies ahead, the next first."""

    results = GatheringOutput(many=True)


class ListEvents(Operation):
    """`GET /member-events`."""

    @operation(needs=("view", "till"), summary="List member events", answers={200: GatheringsOutput})
    def get(self, request: Request) -> Response:
        """Return the events that are announced and not over; at most 100."""
        visible(self.actor, MemberEvent.objects.all(), room="till")
        return self.answer(GatheringsOutput, {"results": upcoming(self.actor.merchant, self.now)[:100]})


class SignUpInput(Strict):
    """Who signs up."""

    member = Code(max_length=12)


class PlaceOutput(serializers.Serializer[Any]):
    """A sign-up as it stands."""

    event = serializers.CharField()
    member = serializers.CharField()
    state = serializers.ChoiceField(PlaceState.choices)
    points = serializers.IntegerField(help_text="Set aside for it.")
    signed_at = Instant()


def place_of(place: Place, member: Member) -> dict[str, Any]:
    """Return a sign-up as the API tells it."""
    return {
        "event": place.event.code,
        "member": member.number,
        "state": place.state,
        "points": place.redemption.points if place.redemption else 0,
        "signed_at": place.signed_at,
    }


def open_place(operation: Operation, code: str, member: Member) -> Place:
    """Return the person's open sign-up to an event. Raises `NotFound`."""
    rows = Place.objects.select_related("event", "redemption", "member")
    mine = rows.filter(member__in=family_of(member.pk), state__in=OPEN)
    return for_read(operation.actor, mine, room="till", event__code=code)


class SignUp(Operation):
    """`POST /member-events/{code}/places`."""

    @operation(
        needs=("change", "members"),
        summary="Sign a member up",
        takes=SignUpInput,
        answers={201: PlaceOutput},
        refuses=(404, 409),
        asks=[ONCE],
        names={"event_code": "event"},
        examples=[OpenApiExample("A member", {"member": "M-7KPX3WQ"}, request_only=True)],
    )
    def post(self, request: Request, code: str) -> Response:
        """Take a place, or a place on the waiting list where the event is full. A price is set aside."""
        said, key = self.body(SignUpInput), self.once_key()
        for_read(self.actor, announced(self.actor.merchant), room="till", code=code)
        with named("member"):
            member = member_by(self.actor, {"number": said["member"]}, room="members")
        event = PlaceTaken(**_said(self, member, key), event_code=code)
        receipt = post(event, now=self.now)
        rows = Place.objects.select_related("event", "redemption")
        place = for_read(self.actor, rows, room="till", pk=receipt.place_id)
        return self.answer(PlaceOutput, place_of(place, member), 201, replayed=receipt.repeated)


class CancelPlace(Operation):
    """`POST /member-events/{code}/places/{number}/cancel`."""

    @operation(
        needs=("change", "members"),
        summary="Cancel a sign-up",
        takes=Nothing,
        answers={200: PlaceOutput},
        refuses=(404, 409),
        asks=[ONCE],
    )
    def post(self, request: Request, code: str, number: str) -> Response:
        """Free a member's place; points that it cost go back to their own lots, and who waits moves up."""
        self.body(Nothing)
        key, member = self.once_key(), member_by(self.actor, {"number": number}, room="members")
        try:
            place = open_place(self, code, member)
        except NotFound:
            place = for_read(self.actor, left_by(member), room="till", event__code=code)
        receipt = post(PlaceMoved(**_said(self, member, key), place_id=place.pk), now=self.now)
        fill(place.event, now=self.now)
        place.refresh_from_db()
        return self.answer(PlaceOutput, place_of(place, member), replayed=receipt.repeated)


class AttendedOutput(serializers.Serializer[Any]):
    """That somebody was there, and what it earned."""

    event = serializers.CharField()
    member = serializers.CharField()
    points = serializers.IntegerField(help_text="What being there earned.")


class CheckIn(Operation):
    """`POST /member-events/{code}/places/{number}/attended`."""

    @operation(
        needs=("change", "till"),
        summary="Record that a member came",
        takes=Nothing,
        answers={200: AttendedOutput},
        refuses=(404, 409),
    )
    def post(self, request: Request, code: str, number: str) -> Response:
        """Record that somebody with a place was there: once, however often it is said."""
        self.body(Nothing)
        member = member_by(self.actor, {"number": number})
        place = open_place(self, code, member)
        if place.state != PlaceState.GOING:
            raise NotFound
        receipt = post(attendance(place, actor=self.actor.label, now=self.now), now=self.now)
        found = {"event": code, "member": member.number, "points": receipt.points}
        return self.answer(AttendedOutput, found, replayed=receipt.repeated)


def _said(operation: Operation, member: Member, key: str) -> dict[str, Any]:
    now: datetime = operation.now
    return {
        "merchant_id": operation.actor.merchant.pk,
        "member_id": member.pk,
        "occurred_at": now,
        "source": SOURCE,
        "key": key,
        "actor": operation.actor.label,
    }
