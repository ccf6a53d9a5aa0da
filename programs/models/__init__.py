"""Programmes and their immutable versions: what was promised, and from when.

A version is edited while it is a draft and never after it was published; tiers, rules and rewards
belong to a version and carry a stable ``code`` by which the books know them.
"""

from programs.models.audiences import AudienceMember
from programs.models.margins import (
    ENOUGH_DAYS,
    ENOUGH_MEMBERS,
    MarginFigures,
    MemberPace,
    PublishRequest,
    PublishState,
)
from programs.models.occasions import OccasionDays
from programs.models.parts import (
    CapPeriod,
    CapScope,
    DraftPart,
    EarnCap,
    EarnRule,
    Reward,
    RuleKind,
    Tier,
    VersionPart,
)
from programs.models.policies import Hold, NegativePolicy, Rounding, Stacking, TierRenewal, TierWindow
from programs.models.programmes import Programme, ProgrammeState
from programs.models.versions import ProgrammeVersion, VersionQuerySet

__all__ = [
    "ENOUGH_DAYS",
    "ENOUGH_MEMBERS",
    "AudienceMember",
    "CapPeriod",
    "CapScope",
    "DraftPart",
    "EarnCap",
    "EarnRule",
    "Hold",
    "MarginFigures",
    "MemberPace",
    "NegativePolicy",
    "OccasionDays",
    "Programme",
    "ProgrammeState",
    "ProgrammeVersion",
    "PublishRequest",
    "PublishState",
    "Reward",
    "Rounding",
    "RuleKind",
    "Stacking",
    "Tier",
    "TierRenewal",
    "TierWindow",
    "VersionPart",
    "VersionQuerySet",
]
