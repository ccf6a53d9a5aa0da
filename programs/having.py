"""Whether a member may have a reward at a moment, and if not, why. Pure: the facts are given.

A catalogue shows what can be had first, then what is nearest, each with its reason; the books ask the same
function before they set points aside. ``programs.having_wording`` says a reason in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from programs.asked import Conditions
from programs.calendars import Period, period_start
from programs.conditions import window_day
from programs.models.rewards import Reward
from programs.reasons import Reason
from programs.terms import Terms

NOT_SOLD: Final = "not_sold"
OVER: Final = "over"
NOT_YET: Final = "not_yet"
EARLY_ACCESS: Final = "early_access"
OTHER_TIER: Final = "other_tier"
OTHER_SEGMENT: Final = "other_segment"
OTHER_HOURS: Final = "other_hours"
SOLD_OUT: Final = "sold_out"
HAD_THEIRS: Final = "had_theirs"
POINTS_SHORT: Final = "points_short"

LOW: Final = 10
"""With so few pieces left it is said how many."""
Names = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so of a member and of one reward.

    ``local`` is wall-clock time in the merchant's zone; ``given`` how many pieces of the stock are gone,
    ``had`` how many the member (all their records) had in the running period, ``in_segment`` whether one of
    the reward's segments holds them. ``names`` are tiers and plans by code, in Arabic and English.
    """

    local: datetime
    tier: str = ""
    plan: str = ""
    given: int = 0
    had: int = 0
    in_segment: bool = False
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RewardOffer:
    """A reward as one member sees it; ``missing_points`` is 0 when the balance reaches it.

    ``why_not`` is the first thing in the way, points included; ``left`` the pieces that are left, None where
    nobody counts them.
    """

    reward: Reward
    missing_points: int
    why_not: Reason | None = None
    left: int | None = None

    @property
    def is_affordable(self) -> bool:
        """Whether the member may have it now."""
        return self.why_not is None

    @property
    def is_for_tier(self) -> bool:
        """Whether the member's tier may have it."""
        return self.why_not is None or self.why_not.code != OTHER_TIER

    @property
    def is_only_short(self) -> bool:
        """Whether nothing but points is in the way."""
        return self.why_not is not None and self.why_not.code == POINTS_SHORT

    @property
    def is_low(self) -> bool:
        """Whether few pieces are left."""
        return self.left is not None and 0 < self.left <= LOW


def names_of(terms: Terms) -> dict[str, tuple[str, str]]:
    """What plans and tiers are called, in Arabic and English: a sentence about a reward names them."""
    plans = {plan.code: (plan.name_ar, plan.name_en) for plan in terms.plans}
    return plans | {tier.code: (tier.name_ar, tier.name_en) for tier in terms.tiers}


def offer_of(reward: Reward, facts: Facts, available: int) -> RewardOffer:
    """The reward as a member with ``available`` points sees it."""
    missing = max(0, reward.points - available)
    why = why_not(reward, facts)
    if why is None and missing:
        why = Reason(POINTS_SHORT, {"points": missing})
    left = None if reward.stock is None else max(0, reward.stock - facts.given)
    return RewardOffer(reward, missing, why, left)


def in_order(offers: Iterable[RewardOffer]) -> list[RewardOffer]:
    """What can be had first, then what only lacks points, then the rest; the cheapest first."""
    return sorted(offers, key=lambda one: (not one.is_affordable, not one.is_only_short, one.reward.points))


def why_not(reward: Reward, facts: Facts) -> Reason | None:
    """What keeps a member from the reward, points apart: what lasts longest is said first."""
    day = facts.local.date()
    if not reward.points:
        return Reason(NOT_SOLD)
    if reward.ends_on is not None and day > reward.ends_on:
        return Reason(OVER, {"on": reward.ends_on.isoformat()})
    if reward.tiers and facts.tier not in reward.tiers:
        return Reason(OTHER_TIER, _named(reward.tiers, facts.names))
    if reward.segments and not facts.in_segment:
        return Reason(OTHER_SEGMENT)
    if reward.stock is not None and facts.given >= reward.stock:
        return Reason(SOLD_OUT)
    return _not_open(reward, facts, day) or _had_theirs(reward, facts) or _other_hours(reward, facts)


def _not_open(reward: Reward, facts: Facts, day: date) -> Reason | None:
    """Before its first day; or before the days that some have it earlier than others."""
    if reward.starts_on is None or day >= reward.starts_on:
        return None
    early = reward.starts_on - timedelta(days=reward.early_days)
    if reward.early_days and day >= early:
        if facts.tier in reward.early_tiers or (facts.plan and facts.plan in reward.early_plans):
            return None
        codes = [*reward.early_tiers, *reward.early_plans]
        return Reason(EARLY_ACCESS, {"on": reward.starts_on.isoformat(), **_named(codes, facts.names)})
    return Reason(NOT_YET, {"on": reward.starts_on.isoformat()})


def _had_theirs(reward: Reward, facts: Facts) -> Reason | None:
    limit = reward.member_limit
    if limit is None or facts.had < limit:
        return None
    return Reason(HAD_THEIRS, {"limit": limit, "period": reward.limit_period})


def _other_hours(reward: Reward, facts: Facts) -> Reason | None:
    if reward.from_time is None and reward.to_time is None:
        return None
    hours = Conditions(from_time=reward.from_time, to_time=reward.to_time)
    if window_day(hours, facts.local) is not None:
        return None
    hour = {"from": reward.from_time, "to": reward.to_time}
    return Reason(OTHER_HOURS, {name: f"{at:%H:%M}" if at else "00:00" for name, at in hour.items()})


def limit_start(reward: Reward, day: date) -> date:
    """The first day of the period, holding ``day``, in which a member's limit counts."""
    period: Period = reward.limit_period  # type: ignore[assignment]
    return period_start(day, period)


def _named(codes: Iterable[str], names: Names) -> dict[str, list[str]]:
    found = [names.get(code, (code, code)) for code in codes]
    return {"names_ar": [ar for ar, _en in found], "names_en": [en for _ar, en in found]}
