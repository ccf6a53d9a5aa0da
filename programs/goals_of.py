"""Reading what a version lets members collect, win and be given, as plain values for the kernel."""

from typing import TypedDict, cast

from programs.conditions_of import conditions_of
from programs.contests import ContestTerms, PlacePrize
from programs.goal_terms import BadgeTerms, Counts, GoalTerms, RewardTerms, Shape, Streak
from programs.models import (
    Badge,
    Card,
    Challenge,
    ChallengeKind,
    Contest,
    ContestPrize,
    ProgrammeVersion,
    Reward,
)


class Parts(TypedDict):
    """The fields of ``Terms`` that are read here."""

    cards: tuple[GoalTerms, ...]
    challenges: tuple[GoalTerms, ...]
    contests: tuple[ContestTerms, ...]
    badges: tuple[BadgeTerms, ...]
    rewards: tuple[RewardTerms, ...]


def goals_of(version: ProgrammeVersion) -> Parts:
    """The cards, challenges, contests, badges and rewards of ``version`` that are switched on."""
    contests = list(version.contests.filter(is_active=True))
    prizes = list(version.contest_prizes.all()) if contests else []
    return {
        "cards": tuple(_card(row) for row in version.cards.filter(is_active=True)),
        "challenges": tuple(_challenge(row) for row in version.challenges.filter(is_active=True)),
        "contests": tuple(_contest(row, prizes) for row in contests),
        "badges": tuple(_badge(row) for row in version.badges.filter(is_active=True)),
        "rewards": tuple(_reward(row) for row in version.rewards.filter(is_active=True)),
    }


def _card(row: Card) -> GoalTerms:
    return GoalTerms(
        kind="card",
        code=row.code,
        name_ar=row.name_ar,
        name_en=row.name_en,
        target=row.stamps,
        counts=cast("Counts", row.counts),
        most=row.most_per_visit,
        most_a_day=row.most_per_day,
        conditions=conditions_of(row),
        reward=row.reward,
        reward_days=row.reward_days,
    )


def _contest(row: Contest, prizes: list[ContestPrize]) -> ContestTerms:
    goal = GoalTerms(
        kind="contest",
        code=row.code,
        name_ar=row.name_ar,
        name_en=row.name_en,
        target=row.minimum,
        counts=cast("Counts", row.counts),
        shape="contest",
        event=row.event,
        repeats=False,
        most=row.most_per_visit,
        most_a_day=row.most_per_day,
        conditions=conditions_of(row),
    )
    given = tuple(_prize(prize) for prize in prizes if prize.contest == row.code)
    return ContestTerms(goal, given, row.by_joining, row.checked_days)


def _prize(row: ContestPrize) -> PlacePrize:
    return PlacePrize(row.first_place, row.last_place, row.points, row.badge, row.reward, row.reward_days)


def _challenge(row: Challenge) -> GoalTerms:
    return GoalTerms(
        kind="challenge",
        code=row.code,
        name_ar=row.name_ar,
        name_en=row.name_en,
        target=row.target,
        counts=cast("Counts", row.counts),
        shape=cast("Shape", row.kind),
        event=row.event,
        streak=cast("Streak", row.period if row.kind == ChallengeKind.STREAK else ""),
        repeats=row.repeats and row.kind != ChallengeKind.MILESTONE,
        most=row.most_per_visit,
        most_a_day=row.most_per_day,
        conditions=conditions_of(row),
        points=row.points,
        badge=row.badge,
        reward=row.reward,
        reward_days=row.reward_days,
        card=row.card,
        stamps=row.stamps,
    )


def _badge(row: Badge) -> BadgeTerms:
    names = (row.name_ar, row.name_en, row.description_ar, row.description_en)
    return BadgeTerms(row.code, *names, row.icon, row.picture.name, row.picture_alt_ar, row.picture_alt_en)


def _reward(row: Reward) -> RewardTerms:
    return RewardTerms(
        code=row.code,
        name_ar=row.name_ar,
        name_en=row.name_en,
        code_minutes=row.code_minutes,
        cost_minor=row.cost_minor,
        kind=row.kind,
        value_minor=row.value_minor,
        feature=row.feature,
        lasts_days=row.lasts_days,
        stock=row.stock,
    )
