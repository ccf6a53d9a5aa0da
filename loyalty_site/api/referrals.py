"""Friends that a member brought: the code, what is promised, what became of them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.befriended import Promise, friends_of, promise_of
from ledger.models.referrals import ReferralState
from loyalty_site.api.fields import Amount, Instant
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation

MOST_SHOWN = 200


class FriendOutput(serializers.Serializer[Any]):
    """A friend who came: how far, never who."""

    initial = serializers.CharField(allow_blank=True, help_text="The first letter of the first name.")
    state = serializers.ChoiceField(ReferralState.choices)
    joined_at = Instant()
    rewarded_from = serializers.DateField(source="due_on", allow_null=True)


class SideOutput(serializers.Serializer[Any]):
    """What one of the two gets."""

    points = serializers.IntegerField()
    reward = serializers.CharField(allow_blank=True, help_text="The code of a reward; empty: none.")


class PromiseOutput(serializers.Serializer[Any]):
    """What a friend who joins today brings."""

    member = SideOutput()
    friend = SideOutput()
    least = Amount(help_text="The first order has to be at least this.")
    days = serializers.IntegerField(help_text="Both are rewarded so many days after that order.")


class ReferralsOutput(serializers.Serializer[Any]):
    """A member's friends."""

    member = serializers.CharField()
    referral_code = serializers.CharField()
    promise = PromiseOutput(allow_null=True, help_text="null: the programme gives nothing for a friend.")
    joined = serializers.IntegerField()
    rewarded = serializers.IntegerField()
    friends = FriendOutput(many=True, help_text=f"The newest {MOST_SHOWN}.")


class ReadReferrals(Operation):
    """`GET /members/{number}/referrals`."""

    @operation(
        needs=("view", "till"),
        summary="Read a member's friends",
        answers={200: ReferralsOutput},
        refuses=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Return the member's code, what is promised for a friend, and how far each friend has come."""
        member = member_by(self.actor, {"number": number})
        friends = friends_of(member, limit=MOST_SHOWN)
        shown = {
            "member": member.number,
            "referral_code": member.referral_code,
            "promise": _promise(promise_of(self.actor.merchant, now=self.now)),
            "joined": friends.total,
            "rewarded": friends.rewarded,
            "friends": friends.newest,
        }
        return self.answer(ReferralsOutput, shown)


def _promise(promise: Promise | None) -> dict[str, Any] | None:
    if promise is None:
        return None
    terms = promise.terms
    return {
        "member": {"points": terms.bringer_points, "reward": terms.bringer_reward},
        "friend": {"points": terms.friend_points, "reward": terms.friend_reward},
        "least": terms.least_minor,
        "days": terms.window_days,
    }
