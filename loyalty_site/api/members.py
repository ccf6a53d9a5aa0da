"""Members: joining, looking up, changing, and what they agreed to."""

from typing import Any, Final

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Actor, member_for
from accounts.errors import Forbidden, Invalid
from accounts.joining import change_member, join, record_consent
from accounts.languages import LANGUAGES
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from accounts.models.members import Gender
from accounts.phones import masked
from accounts.queries import consents_of, member_with_referral_code
from loyalty_site.api.fields import Code, Day, Email, Instant, Phone, Strict, Text, Whole, Yes
from loyalty_site.api.operation import Operation, operation
from programs.editions import agree_on_joining, begun_edition

SOURCE: Final = "api"
MOST_EDITIONS: Final = 1_000_000
EXAMPLE: Final = {
    "number": "M-7KPX3WQ",
    "external_id": "crm-1001",
    "phone": "+966501234567",
    "email": "noura@example.com",
    "given_name": "نورة",
    "family_name": "العتيبي",
    "gender": "f",
    "birthday": "1994-05-20",
    "language": "ar",
    "referral_code": "H4TTX9C",
    "joined_at": "2026-11-01T09:30:00Z",
    "consents": [{"channel": "sms", "purpose": "marketing", "granted": True}],
}


class MemberFields(Strict):
    """What may be said about a person."""

    phone = Phone(required=False, allow_null=True)
    email = Email(required=False, allow_blank=True)
    external_id = Code(required=False, allow_null=True, help_text="Your own id of this person.")
    given_name = Text(required=False, allow_blank=True, max_length=80)
    family_name = Text(required=False, allow_blank=True, max_length=80)
    gender = serializers.ChoiceField(Gender.choices, required=False, allow_blank=True)
    birthday = Day(required=False, allow_null=True)
    language = serializers.ChoiceField(LANGUAGES, required=False)


class JoinInput(MemberFields):
    """A person to be taken in, with something by which they can be found again."""

    at_least_one = (("phone", "email", "external_id"),)

    referral_code = Text(
        required=False, allow_blank=True, max_length=10, help_text="The code of the member who brought them."
    )
    terms = Whole(
        required=False,
        min_value=1,
        max_value=MOST_EDITIONS,
        help_text="The edition of the terms they agreed to in your shop. Left out: the member is asked in the"
        " portal.",
    )


class Lookup(Strict):
    """By what a member is looked up."""

    exactly_one = (("phone", "number", "external_id", "email"),)

    phone = Phone(required=False)
    number = Code(required=False, max_length=12)
    external_id = Code(required=False)
    email = Email(required=False)


class ConsentShape(Strict):
    """One answer about one channel and one purpose."""

    channel = serializers.ChoiceField(Channel.choices)
    purpose = serializers.ChoiceField(Purpose.choices)
    granted = Yes()


class MemberOutput(serializers.Serializer[Member]):
    """A member. A till's key is not shown `email` and `birthday`, and of `phone` the last digits alone."""

    number = serializers.CharField(help_text="The member's id in every address.")
    external_id = serializers.CharField(allow_null=True)
    phone = serializers.CharField(
        allow_null=True,
        help_text="E.164. A till's key is told the last digits, for the member to recognise: `+966•••••567`.",
    )
    email = serializers.CharField(required=False)
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    gender = serializers.ChoiceField(Gender.choices)
    birthday = serializers.DateField(allow_null=True, required=False)
    language = serializers.ChoiceField(LANGUAGES)
    referral_code = serializers.CharField()
    joined_at = Instant()
    consents = serializers.SerializerMethodField()

    @extend_schema_field(ConsentShape(many=True))
    def get_consents(self, member: Member) -> list[dict[str, Any]]:
        """The answers in force."""
        return [
            {"channel": channel, "purpose": purpose, "granted": granted}
            for (_member, channel, purpose), granted in sorted(consents_of([member.pk]).items())
        ]

    def to_representation(self, instance: Member) -> dict[str, Any]:
        """Leave out what a till has no business with."""
        shown = super().to_representation(instance)
        if not sees_contacts(self.context["actor"]):
            shown.pop("email")
            shown.pop("birthday")
            shown["phone"] = masked(instance.phone) if instance.phone else None
        return shown


def brought_by(merchant: Merchant, code: str) -> Member:
    """Return the member who hands out a referral code. Raises `Invalid`."""
    bringer = member_with_referral_code(merchant, code)
    if bringer is None:
        raise Invalid(field="referral_code")
    return bringer


def sees_contacts(actor: Actor) -> bool:
    """Say whether e-mail addresses, birthdays and whole phones are shown to this key."""
    return actor.may("view", "members")


def member_by(actor: Actor, by: dict[str, Any], *, right: str = "view", room: str = "till") -> Member:
    """Return the member named by one of phone, number, external_id, email. Raises `NotFound`, `Forbidden`."""
    ((name, value),) = by.items()
    if name == "number":
        value = value.upper()
    if name == "email":
        if not sees_contacts(actor):
            raise Forbidden(field="email")
        name = "email__iexact"
    return member_for(actor, right=right, room=room, **{name: value})


class JoinMember(Operation):
    """`POST /members`."""

    @operation(
        needs=("change", "till"),
        summary="Take a member in",
        takes=JoinInput,
        answers={201: MemberOutput, 200: MemberOutput},
        refuses=(409,),
        examples=[
            OpenApiExample(
                "By phone",
                {"phone": "0501234567", "given_name": "نورة", "language": "ar"},
                request_only=True,
            ),
            OpenApiExample("A member", EXAMPLE, response_only=True, status_codes=["200", "201"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Take a person in, or find who they are: 201 for a new member, 200 for one who was here already.

        The phone decides, then your `external_id`. A known member is returned as they are, unchanged.
        """
        fields = self.body(JoinInput)
        code = fields.pop("referral_code", "")
        fields["referred_by"] = brought_by(self.actor.merchant, code) if code.strip() else None
        agreed = fields.pop("terms", None)
        if agreed is not None and begun_edition(self.actor.merchant, agreed, self.now) is None:
            raise Invalid(field="terms")
        member, is_new = join(
            merchant=self.actor.merchant, now=self.now, source=SOURCE, actor=self.actor.label, **fields
        )
        if is_new and agreed is not None:
            agree_on_joining(
                member=member, source=SOURCE, actor=self.actor.label, now=self.now, number=agreed
            )
        return self.answer(MemberOutput, member, 201 if is_new else 200)


class FindMember(Operation):
    """`GET /members`."""

    @operation(
        needs=("view", "till"),
        summary="Look a member up",
        answers={200: MemberOutput},
        refuses=(404,),
        asks=[
            OpenApiParameter("phone", str, description="In any spelling, Arabic digits too."),
            OpenApiParameter("number", str, description="Membership number, as on the card."),
            OpenApiParameter("external_id", str, description="Your own id."),
            OpenApiParameter("email", str, description="Not for a till's key."),
        ],
        examples=[OpenApiExample("A member", EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Return the one active member with this phone, number, id or e-mail address. Give exactly one."""
        return self.answer(MemberOutput, member_by(self.actor, self.query(Lookup)))


class ReadMember(Operation):
    """`GET /members/{number}`."""

    @operation(needs=("view", "till"), summary="Read a member", answers={200: MemberOutput}, refuses=(404,))
    def get(self, request: Request, number: str) -> Response:
        """Return the member."""
        return self.answer(MemberOutput, member_by(self.actor, {"number": number}))


class ChangeMember(Operation):
    """`PATCH /members/{number}`."""

    @operation(
        needs=("change", "members"),
        summary="Change a member",
        takes=MemberFields,
        answers={200: MemberOutput},
        refuses=(404, 409),
        whole=True,
        examples=[OpenApiExample("A new language", {"language": "en"}, request_only=True)],
    )
    def patch(self, request: Request, number: str) -> Response:
        """Change what is named and leave the rest."""
        member = member_by(self.actor, {"number": number}, right="change", room="members")
        changes = self.body(MemberFields)
        if not self.is_retry:  # what was changed since stays
            change_member(member=member, now=self.now, changes=changes)
        return self.answer(MemberOutput, member)


class RecordConsent(Operation):
    """`POST /members/{number}/consents`."""

    @operation(
        needs=("change", "members"),
        summary="Record what a member agreed to",
        takes=ConsentShape,
        answers={200: MemberOutput},
        refuses=(404,),
        whole=True,
        examples=[
            OpenApiExample(
                "Offers by SMS",
                {"channel": "sms", "purpose": "marketing", "granted": True},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, number: str) -> Response:
        """Add the member's newest answer about a channel and a purpose; taking back is as easy as giving."""
        member = member_by(self.actor, {"number": number}, right="change", room="members")
        answer = self.body(ConsentShape)
        if not self.is_retry:
            record_consent(member=member, source=SOURCE, actor=self.actor.label, now=self.now, **answer)
        return self.answer(MemberOutput, member)
