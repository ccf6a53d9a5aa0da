"""Programmes and their immutable versions: what was promised, and from when.

A version is edited while it is a draft and never after it was published; tiers, rules and rewards
belong to a version and carry a stable ``code`` by which the books know them.
"""

from programs.models.audiences import AudienceMember
from programs.models.margins import MarginFigures, MemberPace, PublishRequest, PublishState
from programs.models.parts import EarnRule, Reward, RuleKind, Tier, VersionPart
from programs.models.policies import Hold, NegativePolicy, Rounding, Stacking, TierRenewal, TierWindow
from programs.models.programmes import Programme, ProgrammeState
from programs.models.versions import ProgrammeVersion, VersionQuerySet

__all__ = [
    "AudienceMember",
    "EarnRule",
    "Hold",
    "MarginFigures",
    "MemberPace",
    "NegativePolicy",
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
