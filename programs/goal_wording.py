"""Cards and challenges in words: what moves them on, what they give, and how far somebody is."""

from collections.abc import Iterator

from django.utils.translation import gettext, ngettext, override

from accounts.languages import in_language
from programs.goal_terms import GoalTerms
from programs.terms import Terms, circumstances
from programs.wording import amount_text, points_text, trigger_text, visits_text, when_text


def goal_sentences(terms: Terms, language: str) -> Iterator[str]:
    """Every card and challenge of these terms as a promise."""
    for goal in terms.goals:
        if goal.kind in {"card", "challenge"}:
            yield goal_sentence(goal, terms, language)


def goal_sentence(goal: GoalTerms, terms: Terms, language: str) -> str:
    """One card or challenge: "Coffee card: 9 visits give “Free coffee”, orders of at least 15.00 SAR"."""
    with override(language):
        said = gettext("%(name)s: %(target)s give %(prizes)s") % {
            "name": in_language(goal, "name", language),
            "target": target_text(goal, terms.currency, language),
            "prizes": prizes_text(goal, terms, language),
        }
        labels = [(tier.code, tier.name_ar, tier.name_en) for tier in terms.tiers]
        when = circumstances(goal.conditions, labels, terms.currency)
        found = (when_text(when, language) if when else "", most_a_day_text(goal, terms.currency, language))
        asked = gettext(", ").join(part for part in found if part)
        return gettext("%(rule)s, %(when)s") % {"rule": said, "when": asked} if asked else said


def most_a_day_text(goal: GoalTerms, currency: str, language: str) -> str:
    """What one day counts at most, in the active language; nothing where it is not limited."""
    if goal.most_a_day is None:
        return ""
    most = amount_said(goal, goal.most_a_day, currency, language)
    return gettext("at most %(most)s a day") % {"most": most}


def target_text(goal: GoalTerms, currency: str, language: str) -> str:
    """What is to be reached, in the active language: "9 visits", "500.00 SAR", "4 weeks in a row"."""
    if goal.streak:
        return _streak(goal.streak, goal.target)
    return amount_said(goal, goal.target, currency, language)


def amount_said(goal: GoalTerms, amount: int, currency: str, language: str) -> str:
    """So much of what the goal counts, in the active language."""
    if goal.counts == "spend":
        return amount_text(amount, currency, language)
    if goal.counts == "points":
        return points_text(amount)
    said = {"number": f"{amount:,}", "event": trigger_text(goal.event)}
    if goal.counts == "stamp":
        return ngettext("%(number)s stamp", "%(number)s stamps", amount) % said
    if goal.counts == "item":
        return ngettext("%(number)s item", "%(number)s items", amount) % said
    if goal.counts == "event":
        return ngettext("%(number)s × “%(event)s”", "%(number)s × “%(event)s”", amount) % said
    return visits_text(amount)


def progress_text(goal: GoalTerms, count: int, currency: str, language: str) -> str:
    """How far somebody is, in the active language: "3 of 9 visits", "120.00 of 500.00 SAR"."""
    target = target_text(goal, currency, language)
    if goal.counts == "spend" and not goal.streak:
        so_far = amount_text(count, currency, language)
        return gettext("%(count)s of %(target)s") % {"count": so_far, "target": target}
    return gettext("%(count)s of %(target)s") % {"count": f"{count:,}", "target": target}


def prizes_text(goal: GoalTerms, terms: Terms, language: str) -> str:
    """What reaching it gives, in the active language."""
    reward = terms.reward(goal.reward) if goal.reward else None
    badge = next((badge for badge in terms.badges if badge.code == goal.badge), None)
    card = next((card for card in terms.cards if card.code == goal.card), None)
    parts = (
        points_text(goal.points) if goal.points else "",
        gettext("“%(reward)s”") % {"reward": in_language(reward, "name", language)} if reward else "",
        gettext("the badge “%(badge)s”") % {"badge": in_language(badge, "name", language)} if badge else "",
        _stamps(goal, in_language(card, "name", language)) if card and goal.stamps else "",
    )
    return gettext(", ").join(part for part in parts if part)


def _stamps(goal: GoalTerms, card: str) -> str:
    said = ngettext("%(stamps)s stamp on “%(card)s”", "%(stamps)s stamps on “%(card)s”", goal.stamps)
    return said % {"stamps": goal.stamps, "card": card}


def _streak(streak: str, amount: int) -> str:
    words = {
        "day": ngettext("%(number)s day in a row", "%(number)s days in a row", amount),
        "week": ngettext("%(number)s week in a row", "%(number)s weeks in a row", amount),
        "month": ngettext("%(number)s month in a row", "%(number)s months in a row", amount),
    }
    return words[streak] % {"number": f"{amount:,}"}
