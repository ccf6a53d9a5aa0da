"""Tiers in words: what reaches one, what keeps it, what it gives; the same wherever a member reads them.

Every sentence is made of the figures of ``programs.tiering`` and carries its unit: money, points or visits.
"""

from datetime import date
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext, override

from accounts.languages import in_language
from accounts.money import Money
from programs.perks import PerkTerms
from programs.terms import Terms, TierBasis, TierTerms
from programs.tiering import Step
from programs.wording import amount_text, points_text, visits_text

TRAILING: Final = "trailing_12"


def count_text(count: int, basis: str, currency: str, language: str) -> str:
    """What tiers count, with its unit: "150 SAR", "150 points", "3 visits"."""
    with override(language):
        if basis == "visits":
            return visits_text(count)
        return points_text(count) if basis == "points" else amount_text(count, currency, language)


def plain_count(count: int, basis: str, currency: str) -> str:
    """The same for a machine: "150.00" of a currency, "150" points, "3" visits."""
    return f"{Money(count, currency).decimal:f}" if basis == "spend" else str(count)


def reach_text(step: Step, basis: TierBasis, currency: str, language: str) -> str:
    """What reaches the next tier, to its last day: "Spend 150 SAR more by 10 January 2027 to reach Gold"."""
    amount, tier = (
        count_text(step.missing, basis, currency, language),
        in_language(step.tier, "name", language),
    )
    with override(language):
        if step.by is None:
            said = {
                "spend": gettext("Spend %(amount)s more to reach %(tier)s"),
                "points": gettext("Earn %(amount)s more with purchases to reach %(tier)s"),
                "visits": gettext("%(amount)s more to reach %(tier)s"),
            }[basis]
            return said % {"amount": amount, "tier": tier}
        said = {
            "spend": gettext("Spend %(amount)s more by %(day)s to reach %(tier)s"),
            "points": gettext("Earn %(amount)s more with purchases by %(day)s to reach %(tier)s"),
            "visits": gettext("%(amount)s more by %(day)s to reach %(tier)s"),
        }[basis]
        return said % {"amount": amount, "tier": tier, "day": day_text(step.by)}


def keep_text(step: Step, basis: TierBasis, currency: str, language: str) -> str:
    """What keeps the tier for another year: "Spend 150 SAR more by 10 January 2027 to keep Silver"."""
    amount, tier = (
        count_text(step.missing, basis, currency, language),
        in_language(step.tier, "name", language),
    )
    with override(language):
        said = {
            "spend": gettext("Spend %(amount)s more by %(day)s to keep %(tier)s"),
            "points": gettext("Earn %(amount)s more with purchases by %(day)s to keep %(tier)s"),
            "visits": gettext("%(amount)s more by %(day)s to keep %(tier)s"),
        }[basis]
        return said % {"amount": amount, "tier": tier, "day": day_text(step.by) if step.by else ""}


def day_text(day: date) -> str:
    """A day with its year, in the active language."""
    return date_format(day, "j F Y")


def from_text(tier: TierTerms, terms: Terms, language: str) -> str:
    """From what on a tier is held: "from 1,500 SAR", "from the first day"."""
    with override(language):
        if not tier.threshold_minor:
            return gettext("from the first day")
        amount = count_text(tier.threshold_minor, terms.tier_basis, terms.currency, language)
        return gettext("from %(amount)s") % {"amount": amount}


def counts_text(terms: Terms, language: str) -> str:
    """What tiers are counted on, over which time."""
    with override(language):
        if terms.tier_window == TRAILING:
            return {
                "spend": gettext("Counted on what you spent in the last 12 months."),
                "points": gettext("Counted on the points your purchases earned in the last 12 months."),
                "visits": gettext("Counted on your visits in the last 12 months."),
            }[terms.tier_basis]
        return {
            "spend": gettext("Counted on what you spend in a calendar year."),
            "points": gettext("Counted on the points your purchases earn in a calendar year."),
            "visits": gettext("Counted on your visits in a calendar year."),
        }[terms.tier_basis]


def perk_text(perk: PerkTerms, currency: str, language: str) -> str:
    """A perk as the member reads it: "Eid gift: 10 % off during Eid al-Fitr, from 200 SAR on"."""
    with override(language):
        name, given = in_language(perk, "name", language), _given(perk, currency, language)
        said = gettext("%(name)s: %(given)s") % {"name": name, "given": given} if given else name
        parts = [said, *_occasions(perk, language), *_least(perk, currency, language)]
        return gettext(", ").join(parts)


def _given(perk: PerkTerms, currency: str, language: str) -> str:
    """What a perk takes off, in the active language; nothing where its name says it all."""
    amount = amount_text(perk.amount_minor, currency, language)
    if perk.kind == "extra_discount":
        return _off(perk, amount, gettext("%(amount)s off"))
    if perk.kind == "reduced_shipping":
        return _off(perk, amount, gettext("%(amount)s off shipping"))
    return ""


def _off(perk: PerkTerms, amount: str, wording: str) -> str:
    percent = gettext("%(percent)s%%") % {"percent": perk.percent}
    return wording % {"amount": percent if perk.percent else amount}


def _occasions(perk: PerkTerms, language: str) -> list[str]:
    if not perk.occasions:
        return []
    place = 1 if language.startswith("ar") else 2
    names = {label[0]: label[place] or label[3 - place] for label in perk.labels}
    listed = gettext(", ").join(names.get(code, code) for code in sorted(perk.occasions))
    return [gettext("during %(names)s") % {"names": listed}]


def _least(perk: PerkTerms, currency: str, language: str) -> list[str]:
    if not perk.min_order_minor:
        return []
    return [gettext("from %(amount)s on") % {"amount": amount_text(perk.min_order_minor, currency, language)}]
