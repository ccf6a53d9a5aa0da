"""Back office pages of the programme: its names and state, and its versions with tiers, rules and rewards."""

from programs.admin.programmes import ProgrammeAdmin
from programs.admin.versions import VersionAdmin

__all__ = ["ProgrammeAdmin", "VersionAdmin"]
