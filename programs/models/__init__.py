"""Programmes and their immutable versions: what was promised, and from when.

A version is edited while it is a draft and never after it was published; tiers, rules and rewards
belong to a version and carry a stable ``code`` by which the books know them.
"""

from programs.models.audiences import AudienceMember
from programs.models.causes import Cause, Giving
from programs.models.contests import Contest, ContestCounts, ContestPrize
from programs.models.editions import TermsAdditions, TermsAnswer, TermsEdition
from programs.models.gatherings import EventState, MemberEvent
from programs.models.goals import Badge, Card, Challenge, ChallengeKind, GoalCounts, StreakPeriod
from programs.models.margins import (
    ENOUGH_DAYS,
    ENOUGH_MEMBERS,
    MarginFigures,
    MemberPace,
    PublishRequest,
    PublishState,
)
from programs.models.occasions import OccasionDays
from programs.models.partners import Partner, PartnerOffer, PartnerState
from programs.models.parts import (
    CapPeriod,
    CapScope,
    DraftPart,
    EarnCap,
    EarnRule,
    RuleKind,
    Tier,
    VersionPart,
)
from programs.models.perks import PerkKind, TierPerk
from programs.models.plans import Plan, PlanPeriod
from programs.models.policies import (
    Hold,
    NegativePolicy,
    Rounding,
    Stacking,
    TierBasis,
    TierRenewal,
    TierWindow,
)
from programs.models.programmes import Programme, ProgrammeState
from programs.models.referrals import ReferralOffer
from programs.models.rewards import LimitPeriod, Reward, RewardKind
from programs.models.versions import ProgrammeVersion, VersionQuerySet

__all__ = [
    "ENOUGH_DAYS",
    "ENOUGH_MEMBERS",
    "AudienceMember",
    "Badge",
    "CapPeriod",
    "CapScope",
    "Card",
    "Cause",
    "Challenge",
    "ChallengeKind",
    "Contest",
    "ContestCounts",
    "ContestPrize",
    "DraftPart",
    "EarnCap",
    "EarnRule",
    "EventState",
    "Giving",
    "GoalCounts",
    "Hold",
    "LimitPeriod",
    "MarginFigures",
    "MemberEvent",
    "MemberPace",
    "NegativePolicy",
    "OccasionDays",
    "Partner",
    "PartnerOffer",
    "PartnerState",
    "PerkKind",
    "Plan",
    "PlanPeriod",
    "Programme",
    "ProgrammeState",
    "ProgrammeVersion",
    "PublishRequest",
    "PublishState",
    "ReferralOffer",
    "Reward",
    "RewardKind",
    "Rounding",
    "RuleKind",
    "Stacking",
    "StreakPeriod",
    "TermsAdditions",
    "TermsAnswer",
    "TermsEdition",
    "Tier",
    "TierBasis",
    "TierPerk",
    "TierRenewal",
    "TierWindow",
    "VersionPart",
    "VersionQuerySet",
]
