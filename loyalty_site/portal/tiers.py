"""The member's tier on their page: what it gives, what the next one adds, and what reaches or keeps it."""

from dataclasses import dataclass

from accounts.languages import in_language
from ledger.queries import Account
from programs.perks import PerkTerms, added, perks_of
from programs.terms import Terms
from programs.tier_wording import count_text, keep_text, perk_text, reach_text


@dataclass(frozen=True, slots=True)
class TierSection:
    """Sentences in the reader's language; empty where there is nothing to say.

    ``missing`` is how much more the next tier takes, ``reach`` and ``keep`` the whole sentences with their
    days, ``gives`` the perks of the tier held and ``adds`` those that only the next one gives.
    """

    name: str
    next_name: str
    missing: str
    reach: str
    keep: str
    gives: list[str]
    adds: list[str]


def tier_section(found: Account, language: str) -> TierSection | None:
    """What the member's page says of tiers; nothing where none are promised."""
    way, terms = found.way, found.terms
    if way is None or terms is None:
        return None
    step, keep, unit = way.to_reach, way.to_keep, (way.basis, terms.currency, language)
    above = step.tier.code if step else ""
    return TierSection(
        name=in_language(way.tier, "name", language),
        next_name=in_language(step.tier, "name", language) if step else "",
        missing=count_text(step.missing, *unit) if step else "",
        reach=reach_text(step, *unit) if step and step.missing else "",
        keep=keep_text(keep, *unit) if keep and keep.missing else "",
        gives=_texts(perks_of(terms.perks, way.tier.code), terms, language),
        adds=_texts(added(terms.perks, way.tier.code, above), terms, language),
    )


def _texts(perks: tuple[PerkTerms, ...], terms: Terms, language: str) -> list[str]:
    return [perk_text(perk, terms.currency, language) for perk in perks]
