"""Back office pages of the programme: its names and state, its versions with their parts, and occasions."""

from programs.admin.programmes import ProgrammeAdmin
from programs.admin.rules import OccasionDaysAdmin
from programs.admin.versions import VersionAdmin

__all__ = ["OccasionDaysAdmin", "ProgrammeAdmin", "VersionAdmin"]
