"""What a member has collected, for whoever shows it: cards with their stamps, challenges, badges."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from accounts.languages import in_language
from accounts.models import Member
from ledger.collected import GoalKey, key_in_books, key_of
from ledger.families import family_of
from ledger.models import Achievement, GoalCount
from programs import goals
from programs.calendars import BEGINNING, business_date
from programs.goal_terms import BadgeTerms, GoalTerms, RewardTerms
from programs.goals import Collected
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class GoalStanding:
    """Where a member stands with a goal: ``count`` of ``target`` towards the next time, ``reached`` so far.

    What it counts is the goal's own unit; money is in minor units. Below nothing (stamps of a used reward
    whose purchase came back) ``count`` is 0 and ``owed`` says how much comes first.
    """

    goal: GoalTerms
    count: int
    target: int
    reached: int
    owed: int
    reward: RewardTerms | None
    badge: BadgeTerms | None

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return in_language(self.goal, "name")

    @property
    def is_done(self) -> bool:
        """Whether it is reached for good."""
        return not self.goal.repeats and bool(self.reached)

    @property
    def last_day(self) -> date | None:
        """Its last day, where it has one."""
        return self.goal.conditions.ends_on


@dataclass(frozen=True, slots=True)
class BadgeWon:
    """A badge with the day it was won first, and how often."""

    badge: BadgeTerms
    won_on: date
    times: int


@dataclass(frozen=True, slots=True)
class CollectedBy:
    """Everything one member collects under the terms in force; badges of earlier terms are kept."""

    cards: tuple[GoalStanding, ...] = ()
    challenges: tuple[GoalStanding, ...] = ()
    badges: tuple[BadgeWon, ...] = ()
    to_win: tuple[BadgeTerms, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.cards or self.challenges or self.badges or self.to_win)


def collected_by(member: Member, terms: Terms | None, *, now: datetime) -> CollectedBy:
    """What ``member`` has collected under ``terms`` at ``now``, merged records included. Three queries."""
    if terms is None or not (terms.goals or terms.badges):
        return CollectedBy()
    today, family = business_date(now, member.merchant.zone), list(family_of(member.pk))
    stands = _stands(family)
    shown = [goal for goal in terms.goals if goal.kind != "rule" and goals.is_open(goal, today)]
    standings = [_standing(goal, stands.get(key_of(goal), Collected()), terms, today) for goal in shown]
    badges = _badges(family, terms)
    won = {one.badge.code for one in badges}
    return CollectedBy(
        cards=tuple(one for one in standings if one.goal.kind == "card"),
        challenges=tuple(one for one in standings if one.goal.kind == "challenge"),
        badges=badges,
        to_win=tuple(badge for badge in terms.badges if badge.code not in won),
    )


def _standing(goal: GoalTerms, stand: Collected, terms: Terms, today: date) -> GoalStanding:
    count, target = goals.to_go(goal, stand, today)
    return GoalStanding(
        goal=goal,
        count=max(0, count),
        target=target,
        reached=stand.reached,
        owed=max(0, -goals.in_hand(stand)),
        reward=terms.reward(goal.reward) if goal.reward else None,
        badge=next((badge for badge in terms.badges if badge.code == goal.badge), None),
    )


def _stands(family: list[int]) -> dict[GoalKey, Collected]:
    """The sums of all records of a person, goal by goal."""
    got: defaultdict[GoalKey, list[GoalCount]] = defaultdict(list)
    for row in GoalCount.objects.filter(member_id__in=family).order_by("id"):
        got[key_in_books(row)].append(row)
    return {key: _together(rows) for key, rows in got.items()}


def _together(rows: list[GoalCount]) -> Collected:
    periods: defaultdict[date, int] = defaultdict(int)
    for row in rows:
        if row.period != BEGINNING:
            periods[row.period] += row.count
    return Collected(
        got=sum(row.count for row in rows if row.period == BEGINNING),
        spent=sum(row.spent for row in rows),
        reached=sum(row.reached for row in rows),
        periods=dict(periods),
    )


def _badges(family: list[int], terms: Terms) -> tuple[BadgeWon, ...]:
    rows = Achievement.objects.filter(member_id__in=family, revoked_at__isnull=True).exclude(badge="")
    days: defaultdict[str, list[date]] = defaultdict(list)
    for code, day in rows.order_by("business_date", "id").values_list("badge", "business_date"):
        days[code].append(day)
    known = {badge.code: badge for badge in terms.badges}
    return tuple(BadgeWon(known[code], won[0], len(won)) for code, won in days.items() if code in known)
