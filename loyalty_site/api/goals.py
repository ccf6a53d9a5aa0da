"""Cards, challenges, badges and vouchers: what an order moved, and what a member has collected."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.languages import in_language
from ledger.collection import GoalLine, WonBadge, collection_of
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionOrigin
from loyalty_site.api.contests import ContestOutput
from loyalty_site.api.fields import Instant
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.pictured import PictureOutput, picture_told
from programs.models import ChallengeKind


class Named(serializers.Serializer[Any]):
    """Something with a name in both languages, told in the caller's."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField()

    def get_name(self, told: dict[str, Any]) -> str:
        """In the caller's language."""
        arabic = self.context["language"].startswith("ar")
        first, second = ("name_ar", "name_en") if arabic else ("name_en", "name_ar")
        return str(told[first] or told[second])


class MovedOutput(Named):
    """A card or challenge that this moved."""

    got = serializers.IntegerField(help_text="By how much; negative when something came back.")
    count = serializers.IntegerField(help_text="How far it is now towards the next time.")
    target = serializers.IntegerField()
    reached = serializers.IntegerField(help_text="How often this reached it; negative: no longer reached.")


class BadgeOutput(Named):
    """A badge that this won."""


class GivenVoucherOutput(Named):
    """A reward given free: the code is the voucher's, and works once like any redemption's."""

    code = serializers.CharField(help_text="Empty in a quote: it gives nothing yet.")
    reward = serializers.CharField()
    because = serializers.CharField(help_text="The code of the card, challenge or rule that gave it.")
    expires_at = serializers.CharField()


class CardOutput(serializers.Serializer[GoalLine]):
    """Where a member stands with a card or a challenge."""

    code = serializers.CharField(source="goal.code")
    name = serializers.SerializerMethodField()
    count = serializers.IntegerField()
    target = serializers.IntegerField()
    reached = serializers.IntegerField(help_text="How often it was reached so far.")
    owed = serializers.IntegerField(help_text="What comes next pays this first.")
    starts_on = serializers.DateField(source="goal.conditions.starts_on", allow_null=True)
    ends_on = serializers.DateField(source="goal.conditions.ends_on", allow_null=True)
    is_open = serializers.BooleanField(help_text="Whether it counts today.")
    reward = serializers.CharField(source="goal.reward", help_text="The code of the reward; empty: none.")

    def get_name(self, line: GoalLine) -> str:
        """In the caller's language."""
        return in_language(line.goal, "name", self.context["language"])


class ChallengeOutput(CardOutput):
    """Where a member stands with a challenge, and what it gives."""

    kind = serializers.ChoiceField(ChallengeKind.choices, source="goal.shape")
    points = serializers.IntegerField(source="goal.points")
    badge = serializers.CharField(source="goal.badge")


class WonBadgeOutput(serializers.Serializer[WonBadge]):
    """A badge the member has."""

    code = serializers.CharField(source="badge.code")
    name = serializers.SerializerMethodField()
    icon = serializers.CharField(source="badge.icon")
    won_on = serializers.DateField()
    because = serializers.CharField()
    picture = serializers.SerializerMethodField(help_text="Its own picture; null: only the icon.")

    @extend_schema_field(PictureOutput(allow_null=True))
    def get_picture(self, won: WonBadge) -> dict[str, str] | None:
        """Where its picture is, and what it shows in the caller's language."""
        language = self.context["language"]
        shows = in_language(won.badge, "picture_alt", language) or in_language(won.badge, "name", language)
        return picture_told(won.badge.picture, shows)

    def get_name(self, won: WonBadge) -> str:
        """In the caller's language."""
        return in_language(won.badge, "name", self.context["language"])


class VoucherOutput(serializers.Serializer[Redemption]):
    """A reward given free that can still be used."""

    code = serializers.SerializerMethodField(help_text="Only for keys that may change members.")
    reward = serializers.CharField(source="reward_code")
    name = serializers.SerializerMethodField()
    origin = serializers.ChoiceField(RedemptionOrigin.choices)
    expires_at = Instant()

    def get_code(self, voucher: Redemption) -> str:
        """Who only knows a member's number gets no code: a number alone never spends (RULES 19)."""
        return voucher.code if self.context["actor"].may("change", "members") else ""

    def get_name(self, voucher: Redemption) -> str:
        """In the caller's language."""
        return in_language(voucher, "name", self.context["language"])


class CollectionOutput(serializers.Serializer[Any]):
    """What a member has collected."""

    member = serializers.CharField()
    cards = CardOutput(many=True)
    challenges = ChallengeOutput(many=True, help_text="Those that are not over.")
    contests = ContestOutput(many=True, help_text="Those that run or come, and the last ones decided.")
    badges = WonBadgeOutput(many=True, help_text="The newest first.")
    vouchers = VoucherOutput(many=True, help_text="Use their codes at `POST /redemptions/{code}/use`.")


class ReadCards(Operation):
    """`GET /members/{number}/cards`."""

    @operation(
        needs=("view", "till"),
        summary="Read a member's cards",
        answers={200: CollectionOutput},
        refuses=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Return cards, challenges and contests with how far they are, badges won, vouchers in hand."""
        member = member_by(self.actor, {"number": number})
        found = collection_of(member, now=self.now)
        shown = {
            name: getattr(found, name) for name in ("cards", "challenges", "contests", "badges", "vouchers")
        }
        return self.answer(CollectionOutput, {"member": member.number, **shown})
