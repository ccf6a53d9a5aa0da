"""The catalogue as a member sees it, with why not; and what is open for them for a while."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.catalogue import rewards_for, upgrades_of
from loyalty_site.api.fields import Amount, Instant
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.pictured import PictureOutput, picture_told
from programs.having import RewardOffer
from programs.having_wording import why_not_text
from programs.models import RewardKind


class WhyNotOutput(serializers.Serializer[Any]):
    """What is in the way."""

    code = serializers.CharField(
        help_text="points_short, other_tier, other_segment, sold_out, had_theirs, not_yet, early_access or "
        "other_hours."
    )
    message = serializers.CharField(help_text="The same as a sentence, in the caller's language.")


class RewardOutput(serializers.Serializer[Any]):
    """A reward, and whether this member can have it."""

    code = serializers.CharField(source="reward.code")
    kind = serializers.ChoiceField(RewardKind.choices, source="reward.kind")
    name = serializers.CharField(source="reward.name")
    description = serializers.CharField(source="reward.description")
    points = serializers.IntegerField(source="reward.points")
    value = Amount(source="reward.value_minor", help_text="Of money off and of gift cards; else 0.")
    opens = serializers.CharField(source="reward.feature", help_text="The word for what an upgrade opens.")
    lasts_days = serializers.IntegerField(
        source="reward.lasts_days", allow_null=True, help_text="How long an upgrade or a gift card lasts."
    )
    first_day = serializers.DateField(source="reward.starts_on", allow_null=True)
    last_day = serializers.DateField(source="reward.ends_on", allow_null=True)
    left = serializers.IntegerField(allow_null=True, help_text="Pieces left; null where nobody counts them.")
    available = serializers.BooleanField(source="is_affordable")
    missing_points = serializers.IntegerField()
    for_tier = serializers.BooleanField(
        source="is_for_tier", help_text="Whether the member's tier may have it."
    )
    why_not = WhyNotOutput(allow_null=True)
    picture = PictureOutput(allow_null=True)


class RewardList(serializers.Serializer[Any]):
    """The catalogue as one member sees it."""

    results = RewardOutput(many=True)


class ReadRewards(Operation):
    """`GET /members/{number}/rewards`."""

    @operation(
        needs=("view", "till"), summary="List a member's rewards", answers={200: RewardList}, refuses=(404,)
    )
    def get(self, request: Request, number: str) -> Response:
        """Return the rewards, those the member can have first, each with what is in the way."""
        member = member_by(self.actor, {"number": number})
        offers = rewards_for(member, now=self.now)
        return self.answer(RewardList, {"results": [_shown(one, self.language) for one in offers]})


def _shown(offer: RewardOffer, language: str) -> dict[str, Any]:
    """An offer as the API tells it."""
    why, reward = offer.why_not, offer.reward
    return {
        "reward": reward,
        "left": offer.left,
        "is_affordable": offer.is_affordable,
        "missing_points": offer.missing_points,
        "is_for_tier": offer.is_for_tier,
        "why_not": why and {"code": why.code, "message": why_not_text(why, language)},
        "picture": picture_told(reward.picture.name, reward.picture_alt),
    }


class UpgradeOutput(serializers.Serializer[Any]):
    """Something that is open for a member for a while."""

    opens = serializers.CharField(source="feature", help_text="Your app's own word for it.")
    since = Instant(source="starts_at")
    until = Instant(help_text="Not included.")
    code = serializers.CharField(source="redemption.code")


class UpgradeList(serializers.Serializer[Any]):
    """What is open now, the last to end first."""

    results = UpgradeOutput(many=True)


class ReadUpgrades(Operation):
    """`GET /members/{number}/upgrades`."""

    @operation(
        needs=("view", "till"), summary="List a member's upgrades", answers={200: UpgradeList}, refuses=(404,)
    )
    def get(self, request: Request, number: str) -> Response:
        """Return what limited-time upgrades are open for the member now."""
        member = member_by(self.actor, {"number": number})
        rows = upgrades_of(member, now=self.now).select_related("redemption")
        return self.answer(UpgradeList, {"results": rows})
