"""The contests that a member sees: those that run or come, and how the last ones ended. Reads only.

Nobody else is named: a member learns their own place, how many take part, and what is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Sum

from accounts.models import Member
from ledger.contests.closing import Held
from ledger.contests.decided import prizes_of
from ledger.contests.ranking import CONTEST, Rank, rank_of
from ledger.families import family_of
from ledger.models import Achievement, Contender, ContestClosing, ContestStanding, GoalCount
from programs.calendars import business_date
from programs.contests import ContestTerms
from programs.queries import Timeline
from programs.terms import Terms

SHOWN_FOR: Final = timedelta(days=30)
"""How long a decided contest stays on the page."""
Key = tuple[str, date]


@dataclass(frozen=True, slots=True)
class ContestLine:
    """One contest as a member sees it.

    ``rank`` while places may change (None before it begins, or for who has to join first and did not),
    ``final_place``, ``members`` and what was ``won`` once they are ``decided``; a place of None: did not take
    part.
    """

    contest: ContestTerms
    terms: Terms
    has_joined: bool
    may_join: bool
    may_leave: bool
    has_begun: bool
    is_over: bool
    decided: bool
    rank: Rank | None = None
    final_place: int | None = None
    members: int = 0
    won: tuple[Achievement, ...] = ()


def contests_of(member: Member, promises: Timeline, *, now: datetime) -> tuple[ContestLine, ...]:
    """Every contest that this member may care about: what can still be won first, and of it the first to end.

    Five queries where there are contests, and one more for each that runs.
    """
    zone, today = member.merchant.zone, business_date(now, member.merchant.zone)
    shown = list(_shown(promises, promises.at(now), zone, today))
    if not shown:
        return ()
    family = list(family_of(member.pk))
    taking_part = Contender.objects.filter(member__in=family, left_at__isnull=True)
    joined = set(taking_part.values_list("code", "starts_on"))
    closings = {
        (row.code, row.starts_on): row for row in ContestClosing.objects.filter(merchant=member.merchant_id)
    }
    places: dict[int, int] = {}
    for row in ContestStanding.objects.filter(member__in=family).order_by("-place"):
        places[row.closing_id] = row.place
    counts, won = _counts(family), prizes_of(family)
    found = [
        replace(
            _line(member, held, key in joined, closings.get(key), places, counts.get(key, 0), today),
            won=won.get(key, ()),
        )
        for held in shown
        for key in [_key(held.contest)]
    ]
    return tuple(sorted(found, key=lambda one: (one.decided, one.is_over, one.contest.last_day)))


def _shown(promises: Timeline, now_in_force: Terms | None, zone: str, today: date) -> Iterable[Held]:
    """What is in force now and not over, and what is over and was decided not long ago."""
    for contest in now_in_force.contests if now_in_force else ():
        if contest.last_day >= today and now_in_force:
            yield Held(contest, now_in_force)
    for terms in promises.terms:
        for contest in terms.contests:
            if contest.last_day < today <= contest.decided_on + SHOWN_FOR:
                held = Held(contest, terms)
                if held.is_of_last_day(promises, zone):
                    yield held


def _counts(family: list[int]) -> dict[Key, int]:
    """What the person collected for every contest."""
    rows = GoalCount.objects.filter(member__in=family, kind=CONTEST).order_by()
    sums = rows.values_list("code", "starts_on").annotate(total=Sum("count"))
    return {(code, starts_on): int(total) for code, starts_on, total in sums}


def _line(
    member: Member,
    held: Held,
    has_joined: bool,
    closing: ContestClosing | None,
    places: dict[int, int],
    count: int,
    today: date,
) -> ContestLine:
    contest = held.contest
    is_over = contest.last_day < today
    takes_part = has_joined or not contest.by_joining
    has_begun = contest.first_day <= today
    return ContestLine(
        contest=contest,
        terms=held.terms,
        has_joined=has_joined,
        may_join=contest.by_joining and not has_joined and not is_over,
        may_leave=contest.by_joining and has_joined and not is_over,
        has_begun=has_begun,
        is_over=is_over,
        decided=closing is not None,
        rank=rank_of(member, contest, count) if closing is None and takes_part and has_begun else None,
        final_place=places.get(closing.pk) if closing else None,
        members=closing.contenders if closing else 0,
    )


def _key(contest: ContestTerms) -> Key:
    return contest.goal.code, contest.first_day
