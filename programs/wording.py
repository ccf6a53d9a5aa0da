"""What a rule asks and what a cap allows, in words of the active language (for ``programs.sentences``)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from accounts.money import Money, exponent_of
from programs import triggers

Params = Mapping[str, Any]


def points_text(points: int) -> str:
    """Write "1,240 points" in the active language, with its plural."""
    return ngettext("%(points)s point", "%(points)s points", abs(points)) % {"points": f"{points:,}"}


def amount_text(minor: int, currency: str, language: str) -> str:
    """An amount as people say it: "150 SAR", "149.99 SAR"; whole amounts without decimals."""
    text, places = Money(minor, currency).format(language), exponent_of(currency)
    return text if minor % 10**places else text.replace("." + "0" * places, "", 1)


def visits_text(visits: int) -> str:
    """Write "3 visits" in the active language, with its plural."""
    return ngettext("%(visits)s visit", "%(visits)s visits", visits) % {"visits": f"{visits:,}"}


def trigger_text(trigger: str) -> str:
    """What sets a rule off, in the active language: our own word for it, else the shop's."""
    return str(triggers.KNOWN.get(trigger, trigger))


def when_text(when: Params, language: str) -> str:
    """Everything a rule asks, in the order of speech: days and hours, dates, occasions, places, people."""
    parts = (
        *(_days_and_hours(when), _dates(when), *_listed(when, language), _nth(when)),
        *(_least(when, language), _around_birthday(when)),
    )
    return gettext(", ").join(part for part in parts if part)


def _days_and_hours(when: Params) -> str:
    names = _day_names()
    days = gettext(", ").join(names[day] for day in when.get("days", ()))
    hours = f"{when['from']}–{when['to']}" if "from" in when else ""
    return " ".join(part for part in (days, hours) if part)


def _dates(when: Params) -> str:
    days = {name: date_format(date.fromisoformat(when[name])) for name in ("first", "last") if name in when}
    if len(days) == 2:
        return gettext("from %(first)s to %(last)s") % days
    if "first" in days:
        return gettext("from %(first)s on") % days
    return gettext("until %(last)s") % days if days else ""


def _listed(when: Params, language: str) -> Iterator[str]:
    """The lists of a rule, each with what it is about."""
    for kind, wording in _lists().items():
        if kind in when:
            names = (_of_two(one, language) for one in when[kind])
            yield wording % {"names": gettext(", ").join(names)}


def _lists() -> dict[str, str]:
    return {
        "occasions": gettext("during %(names)s"),
        "branches": gettext("at %(names)s"),
        "channels": gettext("through %(names)s"),
        "tiers": gettext("for %(names)s members"),
        "segments": gettext("for the segment %(names)s"),
        "plans": gettext("with the membership %(names)s"),
        "categories": gettext("only %(names)s"),
        "products": gettext("only the products %(names)s"),
    }


def _of_two(one: Any, language: str) -> str:
    """A code, or its Arabic and its English name."""
    return str(one) if isinstance(one, str) else str(one[0 if language.startswith("ar") else 1])


def _nth(when: Params) -> str:
    if "nth" not in when:
        return ""
    said = gettext("on every order number %(nth)s") if when["repeats"] else gettext("on order number %(nth)s")
    return said % {"nth": when["nth"]}


def _least(when: Params, language: str) -> str:
    if "least_minor" not in when:
        return ""
    return gettext("from %(amount)s on") % {"amount": money_text(when, "least_minor", language)}


def _around_birthday(when: Params) -> str:
    days = when.get("birthday")
    if days is None:
        return ""
    said = ngettext("within %(days)s day of the birthday", "within %(days)s days of the birthday", days)
    return said % {"days": days}


def _day_names() -> list[str]:
    return [
        *(gettext("Mondays"), gettext("Tuesdays"), gettext("Wednesdays"), gettext("Thursdays")),
        *(gettext("Fridays"), gettext("Saturdays"), gettext("Sundays")),
    ]


def most_text(points: int, period: str, scope: str) -> str:
    """Say what a cap allows: "at most 500 points a day for each member"."""
    said = {
        "order": gettext("at most %(points)s per order"),
        "day": gettext("at most %(points)s a day"),
        "week": gettext("at most %(points)s a week"),
        "month": gettext("at most %(points)s a month"),
        "year": gettext("at most %(points)s a year"),
        "ever": gettext("at most %(points)s in all"),
    }[period] % {"points": points_text(points)}
    who = gettext("for all members together") if scope == "all" else gettext("for each member")
    return gettext("%(cap)s %(who)s") % {"cap": said, "who": who}


def money_text(reason: Params, key: str, language: str) -> str:
    """An amount that a reason carries, in its currency."""
    return Money(int(reason[key]), str(reason["currency"])).format(language)
