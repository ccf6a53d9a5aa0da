"""Tiers: those of the programme, and where one member stands among them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.errors import NoProgramme
from ledger.queries import account, terms_at
from loyalty_site.api.balances import TierHeldOutput, tier_of
from loyalty_site.api.members import member_by
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.programme import TierOutput, shown_tier
from programs.models import TierBasis, TierWindow


class MemberTierOutput(serializers.Serializer[Any]):
    """Where a member stands."""

    member = serializers.CharField()
    tier = TierHeldOutput(allow_null=True, help_text="null: nothing is promised yet.")


class ReadTier(Operation):
    """`GET /members/{number}/tier`."""

    @operation(
        needs=("view", "till"),
        summary="Read a member's tier",
        answers={200: MemberTierOutput},
        refuses=(404,),
    )
    def get(self, request: Request, number: str) -> Response:
        """Return the tier held, until when, what keeps it, and what reaches the one above.

        The same as `GET /members/{number}/balance` says of it, and as the member reads.
        """
        member = member_by(self.actor, {"number": number})
        held = tier_of(account(member, now=self.now), self.language)
        return self.answer(MemberTierOutput, {"member": member.number, "tier": held})


class TierList(serializers.Serializer[Any]):
    """The tiers in force now, the lowest first."""

    counts = serializers.ChoiceField(TierBasis.choices, help_text="What tiers count.")
    window = serializers.ChoiceField(TierWindow.choices, help_text="Over which time.")
    results = TierOutput(many=True)


class ListTiers(Operation):
    """`GET /tiers`."""

    @operation(needs=("view", "till"), summary="List the tiers", answers={200: TierList})
    def get(self, request: Request) -> Response:
        """Return the tiers by the terms in force now, each with its multiplier and perks."""
        terms = terms_at(self.actor.merchant, self.now)
        if terms is None:
            raise NoProgramme
        shown = {
            "counts": terms.tier_basis,
            "window": terms.tier_window,
            "results": [shown_tier(tier, terms, self.language) for tier in terms.tiers],
        }
        return self.answer(TierList, shown)
