"""Back office pages of the programme: its names and state, its versions with their parts, and occasions."""

from programs.admin.causes import CauseAdmin, MemberEventAdmin
from programs.admin.programmes import ProgrammeAdmin
from programs.admin.rules import OccasionDaysAdmin
from programs.admin.versions import VersionAdmin

__all__ = ["CauseAdmin", "MemberEventAdmin", "OccasionDaysAdmin", "ProgrammeAdmin", "VersionAdmin"]
