"""What is wrong with a contest, its prizes, or a change of one that has begun. Reads only."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from programs.models import Contest, ContestCounts, ContestPrize, ProgrammeVersion
from programs.terms import PURCHASE
from programs.validating_goals import ONLY_ORDERS, Found, Prizes
from programs.validating_rules import nobody

LONGEST_DAYS = 366
NO_TERMS = {"id", "version_id"}
"""What of a part says nothing that members were promised."""


def contest_problems(
    version: ProgrammeVersion, contests: Iterable[Contest], prizes: Prizes, effective_on: date | None
) -> Iterator[Found]:
    """Every contest can be held and won, and one that has begun stays as it was; fields with their part."""
    given = list(version.contest_prizes.all())
    for contest in contests:
        mine = [prize for prize in given if prize.contest == contest.code]
        for name, message in (*_problems(contest), *_prize_problems(mine, prizes)):
            yield f"contest.{contest.code}.{name}", message
    if effective_on is not None:
        yield from _changed_while_held(version, effective_on)


def _problems(contest: Contest) -> Iterator[Found]:
    """Its days, what it counts, and that it can move."""
    first, last = contest.starts_on, contest.ends_on
    if first is None:
        yield "starts_on", _("A contest has a first day.")
    if last is None:
        yield "ends_on", _("A contest has a last day.")
    if first and last and (last - first).days >= LONGEST_DAYS:
        yield "ends_on", _("A contest lasts a year at most.")
    if contest.minimum < 1:
        yield "minimum", _("Say what is to be reached: at least 1.")
    if contest.most_per_visit == 0:
        yield "most_per_visit", _("With nothing in a visit it never moves: leave it empty for no limit.")
    if contest.most_per_day == 0:
        yield "most_per_day", _("With nothing in a day it never moves: leave it empty for no limit.")
    yield from _event_problems(contest)


def _event_problems(contest: Contest) -> Iterator[Found]:
    if contest.counts != ContestCounts.EVENT:
        if contest.event:
            yield "event", _("It counts no events: leave this empty, or let it count events.")
        return
    if not contest.event or contest.event == PURCHASE or slugify(contest.event) != contest.event:
        yield "event", _("An event is one word in small Latin letters, such as car-wash.")
    for name in ONLY_ORDERS:
        if getattr(contest, name):
            yield name, _("Only a purchase can meet this: leave it empty for an event.")


def _prize_problems(prizes: list[ContestPrize], known: Prizes) -> Iterator[Found]:
    """There is a prize for the first place, none is left out, and each gives something that is there."""
    if not prizes:
        yield "prizes", _("Say what the first place wins.")
    due = 1
    for prize in sorted(prizes, key=lambda one: one.first_place):
        if prize.first_place != due:
            yield "prizes", _("Prizes go from the first place on, none left out and none twice.")
        if not (prize.points or prize.badge or prize.reward):
            yield "prizes", _("A prize is points, a badge or a reward.")
        for code, there in ((prize.badge, known.badges), (prize.reward, known.rewards)):
            if code and code not in there:
                yield "prizes", nobody([code])
        due = prize.last_place + 1


def _changed_while_held(version: ProgrammeVersion, effective_on: date) -> Iterator[Found]:
    """Whoever takes part relies on the terms: from its first day until its places stand nothing changes."""
    before = version.programme.versions.published().order_by("-effective_from", "-number").first()
    if before is None:
        return
    now = {contest.code: contest for contest in version.contests.all()}
    for contest in before.contests.filter(is_active=True):
        if contest.starts_on is None or contest.ends_on is None:
            continue
        decided = contest.ends_on + timedelta(days=contest.checked_days)
        kept = now.get(contest.code)
        if contest.starts_on <= effective_on <= decided and (kept is None or _terms(kept) != _terms(contest)):
            message = _("“%(contest)s” has begun: its terms stay until its places are decided.")
            yield f"contest.{contest.code}.code", message % {"contest": contest.name}


def _terms(contest: Contest) -> list[Any]:
    prizes = contest.version.contest_prizes.filter(contest=contest.code)
    return [_said(contest), *(_said(prize) for prize in prizes.order_by("first_place"))]


def _said(row: Contest | ContestPrize) -> dict[str, Any]:
    return {
        field.attname: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if field.attname not in NO_TERMS
    }
