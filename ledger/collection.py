"""What a member has collected, for people to see: cards, challenges, badges, vouchers in hand. Reads only.

All records of the person count (RULES 42), and so do stamps brought along that still wait for the next visit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Member
from ledger.collected import Hands, key_of
from ledger.collecting import card_of
from ledger.contests.decided import has_ended
from ledger.contests.figures import ContestLine, contests_of
from ledger.families import family_of
from ledger.models import Achievement, GoalCount, Opening, Redemption
from ledger.models.redemptions import RedemptionOrigin, RedemptionState
from ledger.reading.for_goals import unclaimed
from programs import goals
from programs.calendars import BEGINNING, business_date
from programs.goal_terms import BadgeTerms, GoalTerms
from programs.queries import Timeline, timeline
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One card or challenge as the member stands: ``count`` of ``target`` (3 of 9).

    ``reached`` is how often it was reached so far; ``owed`` what comes next pays first, because a reward was
    used whose orders came back. ``is_open`` says whether it counts today.
    """

    goal: GoalTerms
    count: int
    target: int
    reached: int
    owed: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class WonBadge:
    """A badge, the day it was won, and the code of the challenge or rule that gave it."""

    badge: BadgeTerms
    won_on: date
    because: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Everything a member collects; the newest badges and the vouchers that run out first stand first."""

    cards: tuple[GoalLine, ...] = ()
    challenges: tuple[GoalLine, ...] = ()
    badges: tuple[WonBadge, ...] = ()
    vouchers: tuple[Redemption, ...] = ()
    contests: tuple[ContestLine, ...] = ()
    has_ended_contests: bool = False


def collection_of(member: Member, *, now: datetime) -> Collection:
    """Return what ``member`` has collected by the terms in force; six queries, however much it is.

    Contests are asked after apart, where there ever were any. A challenge that is over is shown no more, one
    that is still to come is.
    """
    promises = timeline(member.merchant)
    terms = promises.at(now)
    family = list(family_of(member.pk))
    ever_held = any(one.contests for one in promises.terms)
    return Collection(
        *(_lines(member, family, terms, now) if terms and terms.goals else ((), ())),
        badges=tuple(_badges(family, promises)),
        vouchers=tuple(vouchers_of(family, now)),
        contests=contests_of(member, promises, now=now),
        has_ended_contests=ever_held and has_ended(family),
    )


def vouchers_of(family: Iterable[int], now: datetime) -> list[Redemption]:
    """Rewards given free to these records (ids) that can still be used, the first to run out first."""
    rows = Redemption.objects.filter(
        member_id__in=list(family), state=RedemptionState.RESERVED, expires_at__gt=now
    )
    return list(rows.exclude(origin=RedemptionOrigin.POINTS).order_by("expires_at", "id"))


def _lines(
    member: Member, family: list[int], terms: Terms, now: datetime
) -> tuple[tuple[GoalLine, ...], tuple[GoalLine, ...]]:
    """Cards and challenges that are not over."""
    today = business_date(now, member.merchant.zone)
    rows = GoalCount.objects.filter(member_id__in=family)
    hands = Hands(rows, member_id=member.pk, merchant_id=member.merchant_id)
    for opening in unclaimed(Opening.objects.filter(member_id__in=family)):
        card = card_of(opening.card, terms)
        if card is not None:
            hands.touch(key_of(card), card, terms)
            hands.add(key_of(card), BEGINNING, opening.stamps, member.pk)
    cards, challenges = (
        tuple(_line(goal, hands, today) for goal in found if not _is_over(goal, today))
        for found in (terms.cards, terms.challenges)
    )
    return cards, challenges


def _line(goal: GoalTerms, hands: Hands, today: date) -> GoalLine:
    stand = hands.of(key_of(goal))
    count, target = goals.to_go(goal, stand, today)
    owed = 0 if goal.streak else max(0, -goals.in_hand(stand))
    return GoalLine(goal, max(0, count), target, stand.reached, owed, goals.is_open(goal, today))


def _is_over(goal: GoalTerms, today: date) -> bool:
    return goal.conditions.ends_on is not None and goal.conditions.ends_on < today


def _badges(family: list[int], promises: Timeline) -> Iterable[WonBadge]:
    rows = Achievement.objects.filter(member_id__in=family, revoked_at__isnull=True).exclude(badge="")
    for row in rows.order_by("-business_date", "-id"):
        terms = promises.of(row.version_id)
        badge = next((one for one in terms.badges if one.code == row.badge), None) if terms else None
        if badge is not None:
            yield WonBadge(badge, row.business_date, row.code)
