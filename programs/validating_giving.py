"""What is wrong with what a draft promises causes."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from programs.models import Cause, Giving, ProgrammeVersion

LONGEST_KEEP_DAYS = 365


def giving_problems(version: ProgrammeVersion) -> Iterator[tuple[str, str]]:
    """Every problem as (field, sentence): something is given, to somebody, in steps that can be met."""
    for giving in version.givings.all():
        yield from _problems(giving, version)


def _problems(giving: Giving, version: ProgrammeVersion) -> Iterator[tuple[str, str]]:
    causes = Cause.objects.filter(merchant=version.programme.merchant_id, is_active=True)
    if not giving.takes_points and not giving.share_percent:
        yield "giving.share_percent", _("Let members give points, or give a share of each purchase.")
    elif not causes.exists():
        yield "giving.takes_points", _("Name a cause first: there is nobody to give to.")
    if not 0 <= giving.share_percent <= 100:
        yield "giving.share_percent", _("A share is from 0 to 100 percent.")
    if giving.share_cap_minor == 0:
        yield "giving.share_cap_minor", _("At most nothing is no share: leave it empty for no limit.")
    if giving.step_points < 1 or giving.min_points < 1:
        yield "giving.min_points", _("A gift is at least one point.")
    elif giving.min_points % giving.step_points:
        yield "giving.min_points", _("The smallest gift is a whole number of steps.")
    elif giving.takes_points and giving.min_points * version.block_value_minor < version.block_points:
        yield "giving.min_points", _("The smallest gift is worth less than the smallest coin.")
    if giving.keep_days > LONGEST_KEEP_DAYS:
        yield "giving.keep_days", _("A purchase can be returned for at most 365 days.")
