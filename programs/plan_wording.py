"""A paid membership in words of a language: on the terms page, in the portal, at the till."""

from django.utils.translation import gettext, ngettext, override

from accounts.money import Money
from programs.terms import PlanTerms

MONTH = "month"


def plan_sentence(plan: PlanTerms, currency: str, language: str) -> str:
    """The whole promise: "Plus: 29.00 SAR a month, free for the first 14 days. Free shipping. 5 % off"."""
    with override(language):
        name = plan.name_ar if language.startswith("ar") else plan.name_en
        said = gettext("%(plan)s: %(price)s") % {"plan": name, "price": price_text(plan, currency, language)}
        parts = [said, *perk_texts(plan), *_trial(plan), *_grace(plan)]
        return gettext(". ").join(parts)


def price_text(plan: PlanTerms, currency: str, language: str) -> str:
    """What it costs, in the active language: "29.00 SAR a month"."""
    return fee_text(plan.price_minor, plan.period, currency, language)


def fee_text(price_minor: int, period: str, currency: str, language: str) -> str:
    """A fee for a period, in the active language."""
    price = {"price": Money(price_minor, currency).format(language)}
    return (gettext("%(price)s a month") if period == MONTH else gettext("%(price)s a year")) % price


def perk_texts(plan: PlanTerms) -> list[str]:
    """What holders have of it at the till, in the active language."""
    perks = []
    if plan.discount_percent:
        perks.append(gettext("%(percent)s%% off every order") % {"percent": plan.discount_percent})
    if plan.free_shipping:
        perks.append(gettext("Free shipping"))
    return perks


def _trial(plan: PlanTerms) -> list[str]:
    said = ngettext("The first %(days)s day is free", "The first %(days)s days are free", plan.trial_days)
    return [said % {"days": plan.trial_days}] if plan.trial_days else []


def _grace(plan: PlanTerms) -> list[str]:
    said = ngettext(
        "If a renewal is not paid, the benefits last %(days)s more day",
        "If a renewal is not paid, the benefits last %(days)s more days",
        plan.grace_days,
    )
    return [said % {"days": plan.grace_days}] if plan.grace_days else []
