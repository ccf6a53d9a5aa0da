"""What new terms take from members who have points already, and the notice they are owed (RULES 26).

A worse exchange rate, a larger block, a dearer or narrower reward, or one that is gone. What only shapes the
points still to come (how many are earned, how long they live) needs no notice: points keep what they were
given with.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from programs.calendars import business_date
from programs.models import ProgrammeVersion, Reward
from programs.validation import Problem


def worsened(before: ProgrammeVersion, after: ProgrammeVersion) -> list[Problem]:
    """Everything in ``after`` that makes points worth less than under ``before``, named by its field."""
    return [*_worse_rate(before, after), *_worse_rewards(before, after)]


def earliest(version: ProgrammeVersion, now: datetime, zone: str) -> date:
    """The first day on which terms worse than ``version`` may begin."""
    return business_date(now, zone) + timedelta(days=version.notice_days)


def _worse_rate(before: ProgrammeVersion, after: ProgrammeVersion) -> Iterator[Problem]:
    if after.block_value_minor * before.block_points < before.block_value_minor * after.block_points:
        yield Problem("block_value_minor", _("Points would buy less than today."))
    elif after.block_points > before.block_points:
        yield Problem("block_points", _("It would take more points than today to redeem at all."))


def _worse_rewards(before: ProgrammeVersion, after: ProgrammeVersion) -> Iterator[Problem]:
    kept = {reward.code: reward for reward in after.rewards.filter(is_active=True)}
    for reward in before.rewards.filter(is_active=True).order_by("points", "id"):
        now = kept.get(reward.code)
        if now is None:
            yield Problem(f"reward.{reward.code}", _("“%(reward)s” would be gone.") % {"reward": reward.name})
        elif now.points > reward.points:
            message = _("“%(reward)s” would cost more points.") % {"reward": reward.name}
            yield Problem(f"reward.{reward.code}.points", message)
        elif _is_narrower(reward, now):
            message = _("“%(reward)s” would be for fewer tiers.") % {"reward": reward.name}
            yield Problem(f"reward.{reward.code}.tiers", message)


def _is_narrower(before: Reward, now: Reward) -> bool:
    return bool(now.tiers) and (not before.tiers or not set(before.tiers) <= set(now.tiers))
