"""Contests on the member's page: their own place and what is missing, and joining one. Nobody is named."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.languages import in_language
from ledger.contests.figures import ContestLine
from ledger.contests.joining import join_contest
from loyalty_site.portal.visits import Visit, for_members
from programs.contest_wording import (
    contest_rules,
    final_text,
    missing_text,
    place_text,
    rank_text,
)


@dataclass(frozen=True, slots=True)
class ShownContest:
    """A contest in the reader's language."""

    code: str
    name: str
    prizes: list[str]
    rules: list[str]
    rank: str
    missing: str
    first_day: date
    last_day: date
    decided_on: date
    may_join: bool
    is_over: bool
    decided: bool


def shown_contest(line: ContestLine, language: str) -> ShownContest:
    """One contest in ``language``, the active one."""
    contest, terms, rank = line.contest, line.terms, line.rank
    said = final_text(line.final_place, line.members, language) if line.decided else ""
    missing = ""
    if rank is not None:
        said = rank_text(rank.place, rank.level, rank.members, language)
        if not line.is_over:
            missing = missing_text(contest, rank.place, rank.missing, terms.currency, language)
    return ShownContest(
        code=contest.goal.code,
        name=in_language(contest.goal, "name", language),
        prizes=[place_text(contest, prize, terms, language) for prize in contest.prizes],
        rules=list(contest_rules(contest, terms, language)),
        rank=said,
        missing=missing,
        first_day=contest.first_day,
        last_day=contest.last_day,
        decided_on=contest.decided_on,
        may_join=line.may_join,
        is_over=line.is_over,
        decided=line.decided,
    )


@require_POST
@for_members
def join(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Take part in a contest that asks for it; saying it twice changes nothing."""
    contest = join_contest(visit.signed_in, code, now=visit.now)
    messages.success(request, _("You take part in “%(contest)s”.") % {
        "contest": in_language(contest.goal, "name")
    })  # fmt: skip
    return redirect("portal:home", slug=visit.merchant.slug)
