"""Contests in words: what ranks members, what places win, and by which terms."""

from collections.abc import Iterator
from dataclasses import replace

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, override

from accounts.languages import in_language
from programs.contests import ContestTerms, PlacePrize, prize_goal
from programs.goal_wording import amount_said, most_a_day_text, prizes_text
from programs.terms import Terms, circumstances
from programs.wording import trigger_text, when_text


def contest_sentences(terms: Terms, language: str) -> Iterator[str]:
    """Every contest of these terms as promises: what it is, then by which terms."""
    for contest in terms.contests:
        yield contest_sentence(contest, terms, language)
        name = in_language(contest.goal, "name", language)
        for rule in contest_rules(contest, terms, language):
            with override(language):
                said = gettext("“%(contest)s”: %(rule)s") % {"contest": name, "rule": rule}
            yield said


def contest_sentence(contest: ContestTerms, terms: Terms, language: str) -> str:
    """One contest: "Summer cup: who spends most from 1 June to 31 August. First place: 500 points"."""
    goal = contest.goal
    with override(language):
        labels = [(tier.code, tier.name_ar, tier.name_en) for tier in terms.tiers]
        when = when_text(circumstances(goal.conditions, labels, terms.currency), language)
        most = most_a_day_text(goal, terms.currency, language)
        said = gettext("%(name)s: %(given)s") % {
            "name": in_language(goal, "name", language),
            "given": _most_of(contest),
        }
        asked = gettext(", ").join(part for part in (said, when, most) if part)
        prizes = gettext("; ").join(place_text(contest, prize, terms, language) for prize in contest.prizes)
        return gettext("%(contest)s. %(prizes)s") % {"contest": asked, "prizes": prizes}


def contest_rules(contest: ContestTerms, terms: Terms, language: str) -> Iterator[str]:
    """By which terms a contest is decided; the sentences go on after its name."""
    with override(language):
        said = {
            "least": amount_said(contest.goal, contest.goal.target, terms.currency, language),
            "day": date_format(contest.decided_on),
        }
        lines = [
            gettext("who has at least %(least)s takes part; of equals, who got there first stands first."),
            gettext(
                "what is returned before %(day)s is taken off. On that day the places stand and prizes are"
                " given, once; what is returned later changes neither."
            ),
        ]
        if contest.by_joining:
            lines.append(
                gettext(
                    "who joins before the last day is over takes part, with everything since the first day."
                )
            )
        yield from [line % said for line in lines]


def prize_rows(contest: ContestTerms, terms: Terms, language: str) -> Iterator[tuple[str, str]]:
    """What the places win, for a list of two columns: ("Places 2 to 5", "100 points")."""
    with override(language):
        for prize in contest.prizes:
            places = {"first": prize.first, "last": prize.last}
            label = gettext("Place %(first)s") if prize.first > 1 else gettext("First place")
            given = prizes_text(prize_goal(contest, prize), terms, language)
            if prize.places > 1:
                label = gettext("Places %(first)s to %(last)s")
                given = gettext("%(prizes)s each") % {"prizes": given}
            yield label % places, given


def place_text(contest: ContestTerms, prize: PlacePrize, terms: Terms, language: str) -> str:
    """What some places win, in the active language: "First place: 500 points", "Places 2 to 5: …"."""
    given = prizes_text(prize_goal(contest, prize), terms, language)
    said = {"first": prize.first, "last": prize.last, "prizes": given}
    if prize.first == prize.last == 1:
        return gettext("First place: %(prizes)s") % said
    if prize.first == prize.last:
        return gettext("Place %(first)s: %(prizes)s") % said
    return gettext("Places %(first)s to %(last)s: %(prizes)s each") % said


def won_text(
    contest: ContestTerms, terms: Terms, language: str, *, points: int = 0, badge: str = "", reward: str = ""
) -> str:
    """What a prize gave, by its points and the codes of its badge and reward: "500 points, “Coffee”"."""
    given = {"points": points, "badge": badge, "reward": reward}
    with override(language):
        return prizes_text(replace(contest.goal, **given), terms, language)  # type: ignore[arg-type]


def members_text(members: int) -> str:
    """Write "120 members" in the active language."""
    return ngettext("%(members)s member", "%(members)s members", members) % {"members": f"{members:,}"}


def _most_of(contest: ContestTerms) -> str:
    """What ranks members, in the active language."""
    return {
        "points": gettext("who earns most points with purchases"),
        "spend": gettext("who spends most"),
        "visit": gettext("who comes most often"),
        "item": gettext("who buys most items"),
        "stamp": gettext("who collects most stamps"),
        "event": gettext("who has most of “%(event)s”") % {"event": trigger_text(contest.goal.event)},
    }[contest.goal.counts]


def rank_text(place: int | None, level: int, members: int, language: str) -> str:
    """Where somebody stands: "Place 3 of 120 members", shared or not; nobody else is named."""
    with override(language):
        if place is None:
            return gettext("%(members)s take part so far") % {"members": members_text(members)}
        said = {"place": f"{place:,}", "members": members_text(members), "level": f"{level:,}"}
        if not level:
            return gettext("Place %(place)s of %(members)s") % said
        return (
            ngettext(
                "Place %(place)s of %(members)s, level with %(level)s other",
                "Place %(place)s of %(members)s, level with %(level)s others",
                level,
            )
            % said
        )


def missing_text(contest: ContestTerms, place: int | None, missing: int, currency: str, language: str) -> str:
    """What is lacking to take part, or to stand before whoever is next; nothing for the first."""
    if not missing:
        return ""
    with override(language):
        amount = amount_said(contest.goal, missing, currency, language)
        if place is None:
            return gettext("%(amount)s more and you take part") % {"amount": amount}
        return gettext("%(amount)s more and you stand before the next place") % {"amount": amount}


def final_text(place: int | None, members: int, language: str) -> str:
    """How a decided contest ended for somebody."""
    with override(language):
        if place is None:
            return gettext("The places are decided; you did not take part.")
        said = {"place": f"{place:,}", "members": members_text(members)}
        return gettext("You came in place %(place)s of %(members)s") % said
