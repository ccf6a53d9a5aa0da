"""What the programme promises: tiers, rules in words, the worth of points."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.languages import in_language
from ledger.errors import NoProgramme
from loyalty_site.api.fields import Amount
from loyalty_site.api.operation import Operation, operation
from programs.models import Programme
from programs.queries import programme_of, terms_of, version_at
from programs.sentences import promises
from programs.terms import Terms, factor_text


class TierOutput(serializers.Serializer[Any]):
    """A level reached by spending."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField()
    from_spend = Amount(source="threshold_minor")
    multiplier = serializers.SerializerMethodField()

    def get_name(self, tier: Any) -> str:
        """In the caller's language."""
        return in_language(tier, "name")

    def get_multiplier(self, tier: Any) -> str:
        """As people write it: "1.25"."""
        return factor_text(tier.multiplier)


class ProgrammeOutput(serializers.Serializer[Any]):
    """The terms in force now."""

    name = serializers.CharField()
    state = serializers.CharField(help_text="draft, pilot, live or paused")
    version = serializers.IntegerField()
    currency = serializers.CharField()
    block_points = serializers.IntegerField(help_text="Points are spent in blocks of so many.")
    block_value = Amount(source="block_value_minor", help_text="What one block pays.")
    tiers = TierOutput(many=True)
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
        "tiers": terms.tiers,
        "promises": promises(terms, language),
    }
