"""Reading what a version lets members collect, win and be given, as plain values for the kernel."""

from datetime import date
from typing import TypedDict, cast

from programs.calendars import business_date
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
from programs.parts_read import active


class Parts(TypedDict):
    """The fields of ``Terms`` that are read here."""

    cards: tuple[GoalTerms, ...]
    challenges: tuple[GoalTerms, ...]
    contests: tuple[ContestTerms, ...]
    badges: tuple[BadgeTerms, ...]
    rewards: tuple[RewardTerms, ...]


def goals_of(version: ProgrammeVersion) -> Parts:
    """The cards, challenges, contests, badges and rewards of ``version`` that are switched on."""
    challenges = active(version.challenges)
    since = _since(version, challenges) if challenges else {}
    contests = active(version.contests)
    prizes = list(version.contest_prizes.all()) if contests else []
    return {
        "cards": tuple(_card(row) for row in active(version.cards)),
        "challenges": tuple(_challenge(row, since.get(row.code)) for row in challenges),
        "contests": tuple(_contest(row, prizes) for row in contests),
        "badges": tuple(_badge(row) for row in active(version.badges)),
        "rewards": tuple(_reward(row) for row in active(version.rewards)),
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


def _since(version: ProgrammeVersion, challenges: list[Challenge]) -> dict[str, date]:
    """By code, from which day on a challenge counts what it counts, where it counted something else before.

    What was collected of something else is no part of the new count, and a streak's past is not told anew.
    """
    if version.effective_from is None:
        return {}
    zone, codes = version.programme.merchant.zone, [row.code for row in challenges]
    earlier = Challenge.objects.filter(
        version__programme=version.programme_id,
        version__published_at__isnull=False,
        version__effective_from__lt=version.effective_from,
        code__in=codes,
        is_active=True,
    )
    rows = [*earlier.select_related("version").order_by("version__effective_from", "id"), *challenges]
    measures: dict[str, tuple[object, ...]] = {}
    found: dict[str, date] = {}
    for row in rows:
        effective_from = row.version.effective_from or version.effective_from
        if measures.setdefault(row.code, _measure(row)) != _measure(row):
            measures[row.code] = _measure(row)
            found[row.code] = business_date(effective_from, zone)
    return found


def _measure(row: Challenge) -> tuple[object, ...]:
    """What a challenge adds up; of a streak, how long a stretch is, too."""
    if row.kind == ChallengeKind.STREAK:
        return (row.counts, row.event, row.period, row.target)
    return (row.counts, row.event)


def _challenge(row: Challenge, since: date | None) -> GoalTerms:
    return GoalTerms(
        kind="challenge",
        code=row.code,
        name_ar=row.name_ar,
        name_en=row.name_en,
        target=row.target,
        counts=cast("Counts", row.counts),
        shape=cast("Shape", row.kind),
        since=since,
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
    return BadgeTerms(
        row.code, *names, row.icon, row.picture.name or "", row.picture_alt_ar, row.picture_alt_en
    )


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
