"""Reasons and methods in words, in the reader's language: "Visits fell from 6 to 2 in 30 days".

Scores store codes and numbers (:mod:`analytics.reasons`); every page and message words them here. Reasons
that speak of money carry their currency. Counts have a context of their own, since Arabic puts what follows
"from", "to" or "every" into another case than a bare count ("زيارتين", not "زيارتان").
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext, npgettext, override

from accounts.money import Money
from analytics.boosting import LIBRARY_PACKAGE
from analytics.models import DormancyModel, Method

Reason = Mapping[str, Any]


def sentence(reason: Reason, language: str) -> str:
    """One stored reason in ``language``; an unknown code is silent."""
    with override(language):
        wording = _WORDINGS.get(str(reason.get("code", "")))
        return wording(reason, language) if wording else ""


def sentences(stored: Iterable[Reason], language: str) -> list[str]:
    """The reasons of a score, the strongest first."""
    return [said for said in (sentence(reason, language) for reason in stored) if said]


def method_sentence(model: DormancyModel, language: str) -> str:
    """How the scores on the page came about, and why the plain rule stands in where it does."""
    with override(language):
        if model.method == Method.LIGHTGBM:
            return gettext("Learnt from your own history, and from nothing after the day it speaks of.")
        plain = gettext("Scores follow the plain rule of 30 to 45 days of silence.")
        return f"{plain} {_why(model.why)}".strip()


def _why(code: str) -> str:
    match code:
        case "no_history":
            return gettext("There are no purchases yet.")
        case "short_history":
            return gettext("There is too little history: about four months are needed to learn from.")
        case "few_members":
            return gettext("There are too few members to learn from: about 100 active ones are needed.")
        case "one_outcome":
            return gettext("Too few members fell silent, or too few stayed, to learn the difference.")
        case "no_lightgbm":
            return gettext("The learning library cannot be loaded: install the package %(package)s.") % {
                "package": LIBRARY_PACKAGE
            }
    return ""


def _days(number: int) -> str:
    return npgettext("after a preposition", "%(days)s day", "%(days)s days", number) % {"days": number}


def _visits(number: int) -> str:
    return npgettext("after a preposition", "%(visits)s visit", "%(visits)s visits", number) % {
        "visits": number
    }


def _weeks(number: int) -> str:
    return npgettext("after a preposition", "%(weeks)s week", "%(weeks)s weeks", number) % {"weeks": number}


def _money(reason: Reason, key: str, language: str) -> str:
    return Money(int(reason[key]), str(reason["currency"])).format(language)


def _visits_falling(reason: Reason, language: str) -> str:
    return gettext("Visits falling: from %(before)s to %(now)s in 30 days") % _visits_of(reason)


def _visits_rising(reason: Reason, language: str) -> str:
    return gettext("Visits rising: from %(before)s to %(now)s in 30 days") % _visits_of(reason)


def _visits_of(reason: Reason) -> dict[str, str]:
    return {key: _visits(reason[key]) for key in ("before", "now")}


def _amounts(text: Callable[[], str], *keys: str) -> Callable[[Reason, str], str]:
    def wording(reason: Reason, language: str) -> str:
        return text() % {key: _money(reason, key, language) for key in keys}

    return wording


def _in_days(text: Callable[[], str], *keys: str) -> Callable[[Reason, str], str]:
    def wording(reason: Reason, language: str) -> str:
        return text() % {key: _days(reason[key]) for key in keys}

    return wording


def _few_visits(reason: Reason, language: str) -> str:
    return gettext("Comes rarely: %(visits)s in the last 90 days") % {"visits": _visits(reason["visits"])}


def _many_visits(reason: Reason, language: str) -> str:
    return gettext("Comes often: %(visits)s in the last 90 days") % {"visits": _visits(reason["visits"])}


def _visits_lately(reason: Reason, language: str) -> str:
    return gettext("%(visits)s in the last 90 days") % {"visits": _visits(reason["visits"])}


def _few_weeks(reason: Reason, language: str) -> str:
    if not reason["weeks"]:
        return gettext("Not seen in any of the last 12 weeks")
    return gettext("Seen in only %(weeks)s of the last 12") % {"weeks": _weeks(reason["weeks"])}


def _many_weeks(reason: Reason, language: str) -> str:
    return gettext("Seen in %(weeks)s of the last 12") % {"weeks": _weeks(reason["weeks"])}


def _only_one_visit(reason: Reason, language: str) -> str:
    return gettext("Has come only once")


_WORDINGS: dict[str, Callable[[Reason, str], str]] = {
    "visits_falling": _visits_falling,
    "visits_rising": _visits_rising,
    "few_visits": _few_visits,
    "many_visits": _many_visits,
    "visits_lately": _visits_lately,
    "few_active_weeks": _few_weeks,
    "many_active_weeks": _many_weeks,
    "spend_falling": _amounts(
        lambda: gettext("Spend falling: from %(before)s to %(now)s in 30 days"),
        "now",
        "before",
    ),
    "spend_rising": _amounts(
        lambda: gettext("Spend rising: from %(before)s to %(now)s in 30 days"),
        "now",
        "before",
    ),
    "basket_shrinking": _amounts(
        lambda: gettext("Basket shrinking: from %(before)s to %(now)s a visit"), "now", "before"
    ),
    "basket_growing": _amounts(
        lambda: gettext("Basket growing: from %(before)s to %(now)s a visit"), "now", "before"
    ),
    "basket_small": _amounts(
        lambda: gettext("The last basket was small: %(now)s, usually %(usual)s"), "now", "usual"
    ),
    "basket_large": _amounts(
        lambda: gettext("The last basket was large: %(now)s, usually %(usual)s"), "now", "usual"
    ),
    "longer_than_usual": _in_days(
        lambda: gettext("Longer than their usual gap: nothing for %(days)s, usually every %(usual)s"),
        "days",
        "usual",
    ),
    "within_usual": _in_days(
        lambda: gettext("Within their usual gap: last seen %(days)s ago, usually every %(usual)s"),
        "days",
        "usual",
    ),
    "was_silent_before": _in_days(lambda: gettext("Has stayed away for %(days)s before"), "days"),
    "never_silent": _in_days(lambda: gettext("Has never stayed away longer than %(days)s"), "days"),
    "no_visit_for": _in_days(lambda: gettext("No visit for %(days)s"), "days"),
    "visited_recently": _in_days(lambda: gettext("Last visit %(days)s ago"), "days"),
    "last_visit": _in_days(lambda: gettext("Last visit %(days)s ago"), "days"),
    "only_one_visit": _only_one_visit,
    "new_customer": _in_days(lambda: gettext("New customer: first visit %(days)s ago"), "days"),
    "long_standing": _in_days(lambda: gettext("A customer for %(days)s already"), "days"),
    "customer_for": _in_days(lambda: gettext("First visit %(days)s ago"), "days"),
}
