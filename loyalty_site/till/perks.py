"""Perks at the till: what the customer's level gives, and what of it this order brings."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.queries import Account
from ledger.receipt import Receipt
from programs.perks import perks_of
from programs.tier_wording import perk_text
from programs.wording import amount_text


def tier_perks(standing: Account) -> list[str]:
    """What the customer's level gives, in the cashier's language."""
    way, terms, language = standing.way, standing.terms, get_language() or "ar"
    if way is None or terms is None:
        return []
    return [perk_text(perk, terms.currency, language) for perk in perks_of(terms.perks, way.tier.code)]


def given_perks(receipt: Receipt, currency: str) -> list[str]:
    """What this order brings and the cashier applies: "Eid gift: take off 10 SAR"."""
    language = get_language() or "ar"
    first, second = ("name_ar", "name_en") if language.startswith("ar") else ("name_en", "name_ar")
    return [
        _("%(perk)s: take off %(amount)s")
        % {"perk": perk[first] or perk[second], "amount": amount_text(perk["off_minor"], currency, language)}
        if perk["off_minor"]
        else str(perk[first] or perk[second])
        for perk in receipt.perks
    ]
