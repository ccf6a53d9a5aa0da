"""Facts of a message, and how they read: the closed list of placeholders a template may use.

A message's ``context`` holds facts as plain JSON (points, minor units, ISO days, names in both languages),
never words; ``words`` turns them into text in one language when the message is written.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, Final, Protocol, TypedDict

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext, gettext_noop, override

from accounts.languages import in_language
from accounts.models import Member, Merchant
from accounts.money import Money
from campaigns.models import RecipeKind
from campaigns.wording import Gender
from programs.sentences import points_text
from programs.terms import Terms
from programs.tier_wording import count_text


class Prize(TypedDict, total=False):
    """Something that was won: its name in both languages, its points, a place, the last day of a voucher."""

    what: str
    ar: str
    en: str
    points: int
    place: int
    until: str


class Facts(TypedDict, total=False):
    """What a message is about. ``expiring`` lists (last day, points); the first one is ``date``.

    ``missing_minor`` is in the unit of what tiers count: ``basis``, or minor units where that is not said.

    ``opened`` are points that waited and can be spent now, ``given`` what a friend brought, a cause was
    given or came back, ``gift`` the name of a voucher that came along. ``trial`` is the last day of one,
    ``at`` the local time at which an event begins on ``date``.
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
    gift: dict[str, str]
    prizes: list[Prize]
    plan: dict[str, str]
    price_minor: int
    value_minor: int
    trial: str
    event: dict[str, str]
    at: str
    cause: dict[str, str]
    number: str


PRIZE_LINES: Final[Mapping[str, str]] = {
    "tier": gettext_noop("• New level: %(name)s"),
    "card": gettext_noop("• Card complete: %(name)s"),
    "challenge": gettext_noop("• Challenge completed: %(name)s"),
    "contest": gettext_noop("• Place %(place)s in the contest “%(name)s”"),
    "badge": gettext_noop("• New badge: %(name)s"),
    "voucher": gettext_noop("• A voucher for you: %(name)s"),
}
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
    RecipeKind.PRIZES: (*_ALWAYS, "prizes"),
    RecipeKind.PLAN_STARTED: (*_ALWAYS, "plan", "price", "date", "trial", "gift"),
    RecipeKind.PLAN_RENEWED: (*_ALWAYS, "plan", "price", "date"),
    RecipeKind.PLAN_CANCELLED: (*_ALWAYS, "plan", "date"),
    RecipeKind.PLAN_UNPAID: (*_ALWAYS, "plan", "price", "date"),
    RecipeKind.PLAN_ENDED: (*_ALWAYS, "plan"),
    RecipeKind.PLACE_AWAITED: (*_ALWAYS, "event", "date", "time"),
    RecipeKind.PLACE_GIVEN: (*_ALWAYS, "event", "date", "time"),
    RecipeKind.CALLED_OFF: (*_ALWAYS, "event", "date", "time", "given"),
    RecipeKind.DONATED: (*_ALWAYS, "given", "cause", "value", "number"),
    RecipeKind.REACTIVATION: _ALWAYS,
}


def words(facts: Mapping[str, Any], *, member: Member, merchant: Merchant, language: str) -> dict[str, str]:
    """Return placeholder → text for one member; what is not known, or zero, is not in it."""
    with override(language):
        said = {
            "name": " ".join(member.given_name.split()),
            "merchant": in_language(merchant, "name", language),
            "points": points_text(facts["points"]) if facts.get("points") else "",
            "given": _given(facts, language),
            "gift": facts.get("gift", {}).get(language, ""),
            "opened": points_text(facts["opened"]) if facts.get("opened") else "",
            "worth": _money(facts, "worth_minor", merchant, language),
            "missing": _missing(facts, merchant, language),
            "tier": facts.get("tier", {}).get(language, ""),
            "next_tier": facts.get("next_tier", {}).get(language, ""),
            "date": _day(facts["date"]) if facts.get("date") else "",
            "time": time_format(time.fromisoformat(facts["at"]), "TIME_FORMAT") if facts.get("at") else "",
            "trial": _day(facts["trial"]) if facts.get("trial") else "",
            "price": _money(facts, "price_minor", merchant, language),
            "value": _money(facts, "value_minor", merchant, language),
            "number": facts.get("number", ""),
            **{name: facts.get(name, {}).get(language, "") for name in ("plan", "event", "cause")},
            "prizes": "\n".join(_prize(prize, language) for prize in facts.get("prizes", ())),
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


class Named(Protocol):
    """Anything with a name in both languages."""

    @property
    def name_ar(self) -> str:
        """The Arabic one."""
        ...

    @property
    def name_en(self) -> str:
        """The English one."""
        ...


def names_of(named: Named) -> dict[str, str]:
    """Return a thing's name per language; the other one where it has only one."""
    return {"ar": named.name_ar or named.name_en, "en": named.name_en or named.name_ar}


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


def _given(facts: Mapping[str, Any], language: str) -> str:
    """The points, the voucher, or both."""
    points = points_text(facts["given"]) if facts.get("given") else ""
    gift = facts.get("gift", {}).get(language, "")
    if points and gift:
        return gettext("%(points)s and “%(gift)s”") % {"points": points, "gift": gift}
    return points or gift


def _prize(prize: Prize, language: str) -> str:
    """One line of what was won."""
    said = PRIZE_LINES[prize["what"]]
    place = f"{prize.get('place', 0):,}"
    line = gettext(said) % {"name": prize["ar"] if language == "ar" else prize["en"], "place": place}
    if prize.get("points"):
        return gettext("%(prize)s: %(points)s") % {"prize": line, "points": points_text(prize["points"])}
    if prize.get("until"):
        return gettext("%(prize)s, until %(day)s") % {"prize": line, "day": _day(prize["until"])}
    return line
