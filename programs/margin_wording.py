"""The margin guard in words, in Arabic and in English: rates, combinations, and why terms are refused."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from django.utils.translation import gettext, override
from django.utils.translation import gettext as _

from accounts.money import Money, exponent_of
from programs.extras import Extra
from programs.goal_costs import Gift
from programs.margin import Combination, Guard
from programs.models import MemberPace
from programs.reach import Reach
from programs.sentences import points_text
from programs.terms import RuleTerms, Terms, factor_text

Level = Literal["success", "warning", "danger"]
HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A combination as a line of the table."""

    title: str
    detail: str
    rate: str
    without_vat: str
    margin: str
    per_hundred: str
    level: Level
    verdict: str


def percent_text(rate: Fraction) -> str:
    """A rate as people read it, in percent and never understated: 3/20 is "15", 23/160 is "14.38"."""
    hundredths = -(-rate * HUNDRED * HUNDRED // 1)
    whole, part = divmod(int(hundredths), HUNDRED)
    return f"{whole:,}.{part:02d}".rstrip("0").rstrip(".") if part else f"{whole:,}"


def row_of(one: Combination, guard: Guard, terms: Terms, language: str) -> Row:
    """One combination in ``language``."""
    level = level_of(one, guard)
    with override(language):
        return Row(
            title=title_of(one, language),
            detail=_detail(one, terms, language),
            rate=percent_text(one.rate),
            without_vat=percent_text(one.rate_without_vat),
            margin=percent_text(one.margin),
            per_hundred=per_hundred(one.rate, terms.currency, language),
            level=level,
            verdict=verdicts()[level],
        )


def sentence_of(one: Combination, terms: Terms, language: str) -> str:
    """One combination as a sentence in ``language``."""
    with override(language):
        said = {
            "who": title_of(one, language),
            "rate": percent_text(one.rate),
            "without_vat": percent_text(one.rate_without_vat),
            "margin": percent_text(one.margin),
            "cost": per_hundred(one.rate, terms.currency, language),
            "hundred": _hundred(terms.currency, language),
        }
        return (
            gettext(
                "%(who)s: gives back %(rate)s%% of the price (%(without_vat)s%% without VAT), %(cost)s of"
                " every %(hundred)s; you keep %(margin)s%%."
            )
            % said
        )


def level_of(one: Combination, guard: Guard) -> Level:
    """Green, amber or red."""
    if one.is_above_margin:
        return "danger"
    return "warning" if one.rate > guard.ceiling else "success"


def title_of(one: Combination, language: str) -> str:
    """The tier and the bonuses that count: "Gold ×1.5 + Birthday ×2"."""
    tier = _name(one.tier, language)
    if one.tier_counts:
        tier = f"{tier} ×{factor_text(one.tier.multiplier)}"
    bonuses = (_bonus(rule, language) for rule in one.counted)
    return " + ".join([tier, *bonuses, *(_name(extra, language) for extra in one.extras)])


def per_hundred(rate: Fraction, currency: str, language: str) -> str:
    """What is given back of a hundred riyals."""
    minor = -(-rate * HUNDRED * 10 ** exponent_of(currency) // 1)
    return Money(int(minor), currency).format(language)


def losing_text(one: Combination, language: str) -> str:
    """Why terms above the margin are never published."""
    with override(language):
        return gettext(
            "%(who)s gives back %(without_vat)s%% of the price without VAT, and you keep %(margin)s%%: such a"
            " sale loses money, so nobody can publish these terms."
        ) % {
            "who": title_of(one, language),
            "without_vat": percent_text(one.rate_without_vat),
            "margin": percent_text(one.margin),
        }


def unbounded_text(rule: RuleTerms, language: str) -> str:
    """Why points once per order need a smallest order."""
    with override(language):
        return gettext(
            "Give it a minimum amount: %(points)s on a purchase of almost nothing are worth more than the"
            " purchase."
        ) % {"points": points_text(rule.points)}


def unbounded_extra_text(extra: Extra, language: str) -> str:
    """Why something given with an order needs a smallest order."""
    with override(language):
        return gettext(
            "Give “%(name)s” a minimum amount: what it gives on a purchase of almost nothing is worth more"
            " than the purchase."
        ) % {"name": _name(extra, language)}


def unreachable_text(found: Reach, pace: MemberPace, currency: str, language: str) -> str:
    """Why a programme that nobody can use is refused."""
    with override(language):
        return gettext(
            "A typical member of yours spends %(spend)s a month and has %(most)s at most before they expire;"
            " the smallest reward takes %(smallest)s. Make it cheaper, or let points live longer."
        ) % {
            "spend": Money(pace.monthly_minor, currency).format(language),
            "most": points_text(found.most_alive),
            "smallest": points_text(found.smallest_points),
        }


def gift_text(gift: Gift, currency: str, language: str) -> str:
    """What is given without a purchase, and what it costs each time."""
    with override(language):
        said = {
            "name": _name(gift, language),
            "points": points_text(gift.points),
            "cost": Money(int(-(-gift.cost_minor // 1)), currency).format(language),
        }
        if gift.is_once:
            return gettext("%(name)s: all prizes together up to %(cost)s, once") % said
        if not gift.points:
            return gettext("%(name)s: up to %(cost)s each time, without a purchase") % said
        return gettext("%(name)s: %(points)s, up to %(cost)s each time, without a purchase") % said


def as_stored(one: Combination, terms: Terms) -> dict[str, Any]:
    """A combination as a request keeps it: its sentence in both languages, as it was."""
    return {
        "tier": one.tier.code,
        "rules": [rule.code for rule in one.counted],
        **{language: sentence_of(one, terms, language) for language in ("ar", "en")},
    }


def verdicts() -> dict[Level, str]:
    """Green, amber and red in words, in the active language."""
    return {
        "success": _("Within the ceiling"),
        "warning": _("Above the ceiling"),
        "danger": _("Above the margin"),
    }


def _detail(one: Combination, terms: Terms, language: str) -> str:
    """At which order, and on what."""
    parts = []
    if one.smallest_minor:
        amount = Money(one.smallest_minor, terms.currency).format(language)
        parts.append(_("on an order of %(amount)s") % {"amount": amount})
    if one.category:
        parts.append(_("on “%(category)s”") % {"category": one.category})
    return " ".join(parts)


def _hundred(currency: str, language: str) -> str:
    return Money(HUNDRED * 10 ** exponent_of(currency), currency).format(language)


def _name(part: Any, language: str) -> str:
    first, second = (
        (part.name_ar, part.name_en) if language.startswith("ar") else (part.name_en, part.name_ar)
    )
    return str(first or second or getattr(part, "code", ""))


def _bonus(rule: RuleTerms, language: str) -> str:
    if rule.kind == "multiplier":
        return f"{_name(rule, language)} ×{factor_text(rule.factor)}"
    return f"{_name(rule, language)} ({points_text(rule.points)})"
