"""A number that has a new owner, a member who gets another one, and forgetting a person.

None of the three has a natural key, so a call that is sent again under its ``Idempotency-Key`` looks whether
it was done at the moment of the first.
"""

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import outbox, topics
from accounts.detaching import attach, detach
from accounts.erasing import erase
from accounts.errors import Conflict
from accounts.models import Erasure, Member
from loyalty_site.api.fields import Instant, Phone, Strict, Text
from loyalty_site.api.identity import the_record
from loyalty_site.api.members import SOURCE, MemberOutput, member_by
from loyalty_site.api.operation import Operation, operation

ROOM = "members"


class DetachInput(Strict):
    """Why the number no longer leads to this member."""

    reason = Text(required=False, allow_blank=True, max_length=200)


class AttachInput(Strict):
    """The detached member's new number."""

    phone = Phone()


class ErasedOutput(serializers.Serializer[Erasure]):
    """The member is forgotten; the sums of the books stay."""

    number = serializers.CharField(source="member.number")
    erased_at = Instant(source="at")


def head_of(operation: Operation, number: str, *, right: str = "change") -> Member:
    """Return the record that a number leads to, whatever became of it. Raises `NotFound`, `Forbidden`."""
    record = the_record(operation.actor, number, right=right, room=ROOM)
    return record.merged_into or record


class DetachMember(Operation):
    """`POST /members/{number}/detach`."""

    @operation(
        needs=("change", ROOM),
        summary="The number has a new owner",
        takes=DetachInput,
        answers={200: MemberOutput},
        refuses=(404, 409),
        examples=[OpenApiExample("Recycled", {"reason": "The number was sold again"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        """Let the member's phone lead to them no longer: its new owner joins as a new member.

        Points and history stay. The record is found by staff and opens again with a new phone (`attach`).
        """
        reason = self.body(DetachInput).get("reason", "")
        if self.is_retry:
            done = head_of(self, number)
            if done.detachments.filter(at=self.first_at).exists():
                return self.answer(MemberOutput, done, replayed=True)
        member = member_by(self.actor, {"number": number}, right="change", room=ROOM)
        detach(member=member, source=SOURCE, actor=self.actor.label, now=self.first_at, reason=reason)
        return self.answer(MemberOutput, member)


class AttachMember(Operation):
    """`POST /members/{number}/attach`."""

    @operation(
        needs=("change", ROOM),
        summary="Give a detached member a new phone",
        takes=AttachInput,
        answers={200: MemberOutput},
        refuses=(404, 409),
        examples=[OpenApiExample("A new number", {"phone": "0551234567"}, request_only=True)],
    )
    def post(self, request: Request, number: str) -> Response:
        """Give a detached member a phone by which they are entered again."""
        phone = self.body(AttachInput)["phone"]
        member = the_record(self.actor, number, room=ROOM)
        if self.is_retry and member.detachments.filter(ended_at=self.first_at).exists():
            return self.answer(MemberOutput, member, replayed=True)
        attach(member=member, phone=phone, actor=self.actor.label, now=self.first_at)
        return self.answer(MemberOutput, member)


class EraseMember(Operation):
    """`DELETE /members/{number}`."""

    @operation(
        needs=("delete", ROOM),
        summary="Forget a member",
        answers={200: ErasedOutput},
        refuses=(404, 409),
        names={"member": "number"},
    )
    def delete(self, request: Request, number: str) -> Response:
        """Erase everything personal about the member, for ever. Every sum of the books stays as it was.

        Their points can be spent by nobody and die on their own days. An import does not bring them back.
        """
        member = the_record(self.actor, number, right="delete", room=ROOM)
        erasure, again = self._erased(member)
        outbox.relay_topic(topics.MEMBER_ERASED, now=self.now)
        return self.answer(ErasedOutput, erasure, replayed=again)

    def _erased(self, member: Member) -> tuple[Erasure, bool]:
        """The erasure, and whether an earlier call under the same key made it. Raises `Conflict`."""
        try:
            return erase(member=member, actor=self.actor.label, now=self.now), False
        except Conflict:
            if not self.is_retry:
                raise
            return (member.merged_into or member).erasure, True
