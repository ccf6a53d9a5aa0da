"""Contests for the member: their place, what is missing, what they won; joining, leaving. None is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.languages import in_language
from ledger.contests.decided import OwnPlace, ended_of
from ledger.contests.figures import ContestLine
from ledger.contests.joining import join_contest, leave_contest
from ledger.models import Achievement
from loyalty_site.portal.visits import Visit, for_members, show
from programs.calendars import business_date
from programs.contest_wording import (
    contest_rules,
    final_text,
    missing_text,
    prize_rows,
    rank_text,
    won_text,
)
from programs.contests import ContestTerms
from programs.queries import timeline
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class ShownPrize:
    """What a member won, in words; ``pk`` is its voucher's, where that can be used until ``expires_at``."""

    text: str
    pk: int | None = None
    expires_at: datetime | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class ShownContest:
    """A contest in the reader's language."""

    code: str
    name: str
    prizes: list[tuple[str, str]]
    rules: list[str]
    rank: str
    missing: str
    first_day: date
    last_day: date
    decided_on: date
    may_join: bool
    may_leave: bool
    is_over: bool
    decided: bool
    won: list[ShownPrize]
    state: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """How a contest ended for the member, in the reader's language."""

    name: str
    place: str
    first_day: date
    last_day: date
    decided_on: date
    won: list[ShownPrize]


def shown_contest(line: ContestLine, language: str, now: datetime) -> ShownContest:
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
        prizes=list(prize_rows(contest, terms, language)),
        rules=list(contest_rules(contest, terms, language)),
        rank=said,
        missing=missing,
        first_day=contest.first_day,
        last_day=contest.last_day,
        decided_on=contest.decided_on,
        may_join=line.may_join,
        may_leave=line.may_leave,
        is_over=line.is_over,
        decided=line.decided,
        won=_won(contest, terms, line.won, language, now),
        state=_state(line),
        is_on=line.has_begun and not line.is_over,
    )


@require_safe
@for_members
def ended(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show how every decided contest ended for the member, and what they won."""
    member, language = visit.signed_in, get_language() or "ar"
    found = ended_of(member, timeline(member.merchant))
    shown = [_ended(one, language, visit.now) for one in found]
    return show(request, visit, "contests", tab="home", contests=shown)


@require_POST
@for_members
def join(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Take part in a contest that asks for it; saying it twice changes nothing."""
    contest = join_contest(visit.signed_in, code, now=visit.now)
    messages.success(request, _("You take part in “%(contest)s”.") % {
        "contest": in_language(contest.goal, "name")
    })  # fmt: skip
    return redirect("portal:home", slug=visit.merchant.slug)


@require_POST
@for_members
def leave(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Take part no longer; saying it twice changes nothing."""
    contest = leave_contest(visit.signed_in, code, now=visit.now)
    messages.success(request, _(
        "You have left “%(contest)s”. You can take part again until its last day, with everything counted."
    ) % {"contest": in_language(contest.goal, "name")})  # fmt: skip
    return redirect("portal:home", slug=visit.merchant.slug)


def _state(line: ContestLine) -> str:
    """Where the contest stands, in two words."""
    if line.decided:
        return _("It is decided")
    if line.is_over:
        return _("Returns are being checked")
    if line.has_joined:
        return _("You take part")
    return _("It is on") if line.has_begun else _("Coming")


def _ended(one: OwnPlace, language: str, now: datetime) -> ShownPlace:
    closing, contest, terms = one.ended.closing, one.ended.contest, one.ended.terms
    return ShownPlace(
        name=in_language(contest.goal, "name", language),
        place=final_text(one.place, closing.contenders, language),
        first_day=contest.first_day,
        last_day=contest.last_day,
        decided_on=business_date(closing.closed_at, closing.merchant.zone),
        won=_won(contest, terms, one.won, language, now),
    )


def _won(
    contest: ContestTerms, terms: Terms, won: Sequence[Achievement], language: str, now: datetime
) -> list[ShownPrize]:
    """What the prizes gave, and how the voucher that came with one stands."""
    shown = []
    for row in won:
        voucher = row.redemption
        reward = voucher.reward_code if voucher else ""
        text = won_text(contest, terms, language, points=row.points, badge=row.badge, reward=reward)
        if voucher is None:
            shown.append(ShownPrize(text))
        elif voucher.state == "reserved" and voucher.expires_at > now:
            shown.append(ShownPrize(text, voucher.pk, voucher.expires_at))
        else:
            state = "expired" if voucher.state == "reserved" else voucher.state
            shown.append(ShownPrize(text, state=state))
    return shown
