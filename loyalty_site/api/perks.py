"""Perks of tiers as the API tells them: what a tier gives, and what of it an order brings."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from accounts.languages import in_language
from ledger.receipt import Receipt
from loyalty_site.api.fields import Amount
from programs.models import PerkKind
from programs.perks import PerkTerms
from programs.terms import Terms
from programs.tier_wording import perk_text


class PerkOutput(serializers.Serializer[Any]):
    """Something a tier gives beside its multiplier."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(PerkKind.choices)
    name = serializers.CharField()
    text = serializers.CharField(help_text="The whole promise in the caller's language.")
    percent = serializers.IntegerField(help_text="What it takes off the goods or the shipping; 0: an amount.")
    amount = Amount(source="amount_minor", help_text="What it takes off, or what a gift is worth.")
    min_order = Amount(source="min_order_minor", help_text="From an order of so much on.")
    occasions = serializers.ListField(child=serializers.CharField(), help_text="Empty: on any day.")


class GivenPerkOutput(serializers.Serializer[Any]):
    """A perk that this order brings: the till applies it."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(PerkKind.choices)
    name = serializers.SerializerMethodField()
    off = Amount(source="off_minor", help_text="What to take off the goods of this order.")
    percent = serializers.IntegerField(help_text="Off the shipping; 0: none.")
    amount = Amount(source="amount_minor", help_text="Off the shipping.")

    def get_name(self, perk: dict[str, Any]) -> str:
        """In the caller's language."""
        arabic = self.context["language"].startswith("ar")
        first, second = ("name_ar", "name_en") if arabic else ("name_en", "name_ar")
        return str(perk[first] or perk[second])


def given_perks(receipt: Receipt) -> list[dict[str, Any]]:
    """What a receipt says of perks as ``GivenPerkOutput`` takes it."""
    return [{"percent": 0, "amount_minor": 0, **perk} for perk in receipt.perks]


def shown_perks(perks: Iterable[PerkTerms], terms: Terms, language: str) -> list[dict[str, Any]]:
    """Perks as ``PerkOutput`` takes them."""
    return [
        {
            "code": perk.code,
            "kind": perk.kind,
            "name": in_language(perk, "name", language),
            "text": perk_text(perk, terms.currency, language),
            "percent": perk.percent,
            "amount_minor": perk.amount_minor,
            "min_order_minor": perk.min_order_minor,
            "occasions": sorted(perk.occasions),
        }
        for perk in perks
    ]
