"""Contests: what runs and comes, how decided ones ended, the whole ranking, and every prize's state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Actor, for_read
from accounts.errors import NotFound
from accounts.languages import in_language
from accounts.models import Merchant
from ledger.contests.decided import Ended, Given, Placed, decided, given_by, placed, ranking, with_terms
from ledger.models import ContestClosing, ContestStanding
from ledger.models.redemptions import RedemptionState
from loyalty_site.backoffice.gates import actor_in
from loyalty_site.backoffice.rendering import page
from programs.calendars import business_date
from programs.contest_wording import contest_rules, contest_sentence, won_text
from programs.goal_wording import amount_said
from programs.queries import Timeline, timeline
from programs.sentences import points_text

ROOM: Final = "facts"
PER_PAGE: Final = 25
COLOURS: Final = {
    RedemptionState.RESERVED: "info",
    RedemptionState.USED: "success",
    RedemptionState.CANCELLED: "default",
    RedemptionState.EXPIRED: "warning",
}


@dataclass(frozen=True, slots=True)
class Coming:
    """A contest that is held or will be."""

    name: str
    said: str
    decided_on: date
    state: str
    colour: str


@dataclass(frozen=True, slots=True)
class Row:
    """A decided contest in the list; ``is_done``: every prize was given."""

    pk: int
    name: str
    first_day: date
    last_day: date
    decided_at: datetime
    members: int
    given: Given
    is_done: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the ranking: what the place wins, and what became of it."""

    standing: ContestStanding
    count: str
    prize: str
    state: str
    colour: str


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the contests that are held or come, and the decided ones, the last one first."""
    actor, now = actor_in(request, ROOM), timezone.now()
    promises = timeline(actor.merchant)
    rows = Paginator(decided(actor.merchant), PER_PAGE).get_page(request.GET.get("page"))
    closings = list(rows)
    given = given_by(actor.merchant, closings)
    shown = [_row(ended, given.get(ended.closing.pk, Given())) for ended in with_terms(closings, promises)]
    coming = list(_coming(actor.merchant, promises, now))
    return page(
        request, "backoffice/contests.html", _("Contests"), coming=coming, shown=shown, rows=rows,
        may_design=actor.may("view", "programme"),
    )  # fmt: skip


@require_safe
def detail(request: HttpRequest, closing_id: int) -> HttpResponse:
    """Show how a contest ended: by which terms, who stands where, who won what, and how that stands."""
    actor = actor_in(request, ROOM)
    ended, language = _ended(actor, closing_id), get_language() or "ar"
    closing = ended.closing
    given = given_by(actor.merchant, [closing]).get(closing.pk, Given())
    rows = Paginator(ranking(closing), PER_PAGE).get_page(request.GET.get("page"))
    return page(
        request, "backoffice/contest.html", in_language(ended.contest.goal, "name", language), ended=ended,
        rows=rows, shown=_places(ended, list(rows), language), last_day=ended.contest.last_day,
        said=contest_sentence(ended.contest, ended.terms, language),
        rules=list(contest_rules(ended.contest, ended.terms, language)),
        given=given, points=points_text(given.points),
    )  # fmt: skip


def _ended(actor: Actor, closing_id: int) -> Ended:
    """One decided contest of the actor's shop; anything else is not there."""
    try:
        closing = for_read(actor, ContestClosing.objects.all(), room=ROOM, pk=closing_id)
    except NotFound:
        raise Http404 from None
    found = with_terms([closing], timeline(actor.merchant))
    if not found:
        raise Http404
    return found[0]


def _coming(merchant: Merchant, promises: Timeline, now: datetime) -> Iterator[Coming]:
    """What the terms in force hold that is not decided, the first to end first."""
    terms, today, language = promises.at(now), business_date(now, merchant.zone), get_language() or "ar"
    if terms is None:
        return
    for contest in sorted(terms.contests, key=lambda one: one.last_day):
        if contest.decided_on <= today:
            continue
        state, colour = (
            (_("Coming"), "default") if today < contest.first_day else (_("Being held"), "success")
        )
        if contest.last_day < today:
            state, colour = _("Returns are awaited"), "info"
        yield Coming(
            in_language(contest.goal, "name", language), contest_sentence(contest, terms, language),
            contest.decided_on, state, colour,
        )  # fmt: skip


def _row(ended: Ended, given: Given) -> Row:
    closing, contest = ended.closing, ended.contest
    return Row(
        pk=closing.pk,
        name=in_language(contest.goal, "name", get_language() or "ar"),
        first_day=contest.first_day,
        last_day=contest.last_day,
        decided_at=closing.closed_at,
        members=closing.contenders,
        given=given,
        is_done=closing.done_at is not None,
    )


def _places(ended: Ended, standings: Sequence[ContestStanding], language: str) -> list[Place]:
    return [_place(ended, one, language) for one in placed(ended, standings)]


def _place(ended: Ended, one: Placed, language: str) -> Place:
    contest, terms, prize = ended.contest, ended.terms, one.prize
    count = amount_said(contest.goal, one.standing.count, terms.currency, language)
    if prize is None:
        return Place(one.standing, count, "", "", "")
    said = won_text(contest, terms, language, points=prize.points, badge=prize.badge, reward=prize.reward)
    return Place(one.standing, count, said, *_state(ended, one))


def _state(ended: Ended, one: Placed) -> tuple[str, str]:
    """What became of a prize, and its colour."""
    if one.won is not None:
        voucher = one.won.redemption
        if voucher is None:
            return _("Prize given"), "success"
        state = RedemptionState(voucher.state)
        return _("Voucher: %(state)s") % {"state": state.label}, COLOURS[state]
    if ended.closing.done_at is None:
        return _("On its way to the winner"), "info"
    return (_("Left the shop: no prize"), "default") if one.has_left else (_("Not given"), "warning")
