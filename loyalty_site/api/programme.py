"""What the programme promises: tiers, rules in words, the worth of points."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.languages import in_language
from ledger.errors import NoProgramme
from loyalty_site.api.fields import Amount, written
from loyalty_site.api.memberships import PlanOutput, shown_plan
from loyalty_site.api.operation import Operation, operation
from loyalty_site.api.perks import PerkOutput, shown_perks
from programs.models import Programme, TierBasis, TierWindow
from programs.perks import perks_of
from programs.queries import programme_of, terms_of, version_at
from programs.sentences import promises
from programs.terms import Terms, TierTerms, factor_text


class TierOutput(serializers.Serializer[Any]):
    """A level reached by what tiers count."""

    code = serializers.CharField()
    name = serializers.CharField()
    from_spend = serializers.CharField(allow_null=True, help_text="Where tiers count spend: an amount.")
    from_count = serializers.IntegerField(
        allow_null=True, help_text="Where they count points or visits: how many."
    )
    multiplier = serializers.CharField(help_text="As people write it: 1.25.")
    perks = PerkOutput(many=True)


def shown_tier(tier: TierTerms, terms: Terms, language: str) -> dict[str, Any]:
    """Return a tier as `TierOutput` takes it."""
    spends, least = terms.tier_basis == "spend", tier.threshold_minor
    return {
        "code": tier.code,
        "name": in_language(tier, "name", language),
        "from_spend": written(least, terms.currency) if spends else None,
        "from_count": None if spends else least,
        "multiplier": factor_text(tier.multiplier),
        "perks": shown_perks(perks_of(terms.perks, tier.code), terms, language),
    }


class ProgrammeOutput(serializers.Serializer[Any]):
    """The terms in force now."""

    name = serializers.CharField()
    state = serializers.CharField(help_text="draft, pilot, live or paused")
    version = serializers.IntegerField()
    currency = serializers.CharField()
    block_points = serializers.IntegerField(help_text="Points are spent in blocks of so many.")
    block_value = Amount(source="block_value_minor", help_text="What one block pays.")
    tiers_count = serializers.ChoiceField(TierBasis.choices, help_text="What tiers count.")
    tiers_window = serializers.ChoiceField(TierWindow.choices, help_text="Over which time.")
    tiers = TierOutput(many=True)
    plans = PlanOutput(many=True, help_text="Paid memberships that are sold.")
    promises = serializers.ListField(child=serializers.CharField(), help_text="The rules, in words.")


class ReadProgramme(Operation):
    """`GET /programme`."""

    @operation(
        needs=("view", "till"), summary="Read the programme", answers={200: ProgrammeOutput}, refuses=(404,)
    )
    def get(self, request: Request) -> Response:
        """Return tiers, rules in words and what points are worth, by the terms in force now."""
        merchant = self.actor.merchant
        programme, version = programme_of(merchant), version_at(merchant, self.now)
        if programme is None or version is None:
            raise NoProgramme
        terms = terms_of(version)
        return self.answer(ProgrammeOutput, _shown(programme, version.number, terms, self.language))


def _shown(programme: Programme, number: int, terms: Terms, language: str) -> dict[str, Any]:
    return {
        "name": programme.name,
        "state": programme.state,
        "version": number,
        "currency": terms.currency,
        "block_points": terms.block_points,
        "block_value_minor": terms.block_value_minor,
        "tiers_count": terms.tier_basis,
        "tiers_window": terms.tier_window,
        "tiers": [shown_tier(tier, terms, language) for tier in terms.tiers],
        "plans": [shown_plan(plan, terms.currency, language) for plan in terms.plans],
        "promises": promises(terms, language),
    }
