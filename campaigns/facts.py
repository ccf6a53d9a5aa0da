"""Facts of a message, and how they read: the closed list of placeholders a template may use.

A message's ``context`` holds facts as plain JSON (points, minor units, ISO days, names in both languages),
never words; ``words`` turns them into text in one language when the message is written.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypedDict

from django.utils.formats import date_format
from django.utils.translation import gettext, override

from accounts.languages import in_language
from accounts.models import Member, Merchant
from accounts.money import Money
from campaigns.models import RecipeKind
from campaigns.wording import Gender
from programs.sentences import points_text
from programs.terms import Terms, TierTerms
from programs.tier_wording import count_text


class Facts(TypedDict, total=False):
    """What a message is about. ``expiring`` lists (last day, points); the first one is ``date``.

    ``missing_minor`` is in the unit of what tiers count: ``basis``, or minor units where that is not said.

    ``opened`` are points that waited and can be spent now, ``given`` what a friend brought.
    """

    points: int
    worth_minor: int
    tier: dict[str, str]
    next_tier: dict[str, str]
    missing_minor: int
    basis: str
    date: str
    expiring: list[tuple[str, int]]
    opened: int
    given: int


_ALWAYS: Final = ("name", "merchant", "points", "worth", "tier")
PLACEHOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    RecipeKind.WELCOME: _ALWAYS,
    RecipeKind.NEAR_TIER: (*_ALWAYS, "next_tier", "missing", "date"),
    RecipeKind.KEEP_TIER: (*_ALWAYS, "missing", "date"),
    RecipeKind.TIER_CHANGED: _ALWAYS,
    RecipeKind.EXPIRING: (*_ALWAYS, "date", "expiring"),
    RecipeKind.ACTIVATED: (*_ALWAYS, "opened"),
    RecipeKind.FRIEND_JOINED: _ALWAYS,
    RecipeKind.FRIEND_REWARD: (*_ALWAYS, "given"),
    RecipeKind.REACTIVATION: _ALWAYS,
}


def words(facts: Mapping[str, Any], *, member: Member, merchant: Merchant, language: str) -> dict[str, str]:
    """Return placeholder → text for one member; what is not known, or zero, is not in it."""
    with override(language):
        said = {
            "name": " ".join(member.given_name.split()),
            "merchant": in_language(merchant, "name", language),
            "points": points_text(facts["points"]) if facts.get("points") else "",
            "given": points_text(facts["given"]) if facts.get("given") else "",
            "opened": points_text(facts["opened"]) if facts.get("opened") else "",
            "worth": _money(facts, "worth_minor", merchant, language),
            "missing": _missing(facts, merchant, language),
            "tier": facts.get("tier", {}).get(language, ""),
            "next_tier": facts.get("next_tier", {}).get(language, ""),
            "date": _day(facts["date"]) if facts.get("date") else "",
            "expiring": "\n".join(_dying(day, points) for day, points in facts.get("expiring", ())),
        }
    return {name: text for name, text in said.items() if text}


def step_facts(missing: int, by: date | None, terms: Terms) -> Facts:
    """Return what reaches or keeps a tier: how much, in the unit that tiers count, and by when."""
    facts = Facts(missing_minor=missing)
    if terms.tier_basis != "spend":
        facts["basis"] = terms.tier_basis
    if by is not None:
        facts["date"] = by.isoformat()
    return facts


def tier_names(tier: TierTerms) -> dict[str, str]:
    """Return a tier's name per language."""
    return {"ar": tier.name_ar or tier.name_en, "en": tier.name_en or tier.name_ar}


def gender_of(member: Member) -> Gender:
    """Return how the member is addressed; unknown is neutral."""
    return "f" if member.gender == "f" else "m" if member.gender == "m" else "n"


def language_of(member: Member, merchant: Merchant) -> str:
    """Return the member's language when the shop speaks it, else the shop's first."""
    return member.language if member.language in merchant.languages else str(merchant.languages[0])


def _money(facts: Mapping[str, Any], name: str, merchant: Merchant, language: str) -> str:
    return Money(facts[name], merchant.currency).format(language) if facts.get(name) else ""


def _missing(facts: Mapping[str, Any], merchant: Merchant, language: str) -> str:
    if not facts.get("missing_minor"):
        return ""
    return count_text(facts["missing_minor"], facts.get("basis", "spend"), merchant.currency, language)


def _day(iso: str) -> str:
    return date_format(date.fromisoformat(iso), "j F Y")


def _dying(day: str, points: int) -> str:
    return gettext("• %(points)s, last day %(day)s") % {"points": points_text(points), "day": _day(day)}
