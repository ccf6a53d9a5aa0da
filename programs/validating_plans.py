"""What is wrong with a paid membership: what could never be sold, or could be had for nothing. Pure."""

from collections.abc import Collection, Iterator
from typing import Final

from django.utils.translation import gettext as _

from programs.models import Plan, PlanPeriod, Reward

Found = tuple[str, str]
"""A field of the plan, and what to mend."""

DAYS_IN: Final = {PlanPeriod.MONTH.value: 31, PlanPeriod.YEAR.value: 366}
"""The longest of each period."""
SHORTEST: Final = {PlanPeriod.MONTH.value: 28, PlanPeriod.YEAR.value: 365}


def plan_problems(plan: Plan, rewards: Collection[Reward]) -> Iterator[Found]:
    """Everything to mend in ``plan``; ``rewards`` are the active ones of its version."""
    if plan.period not in DAYS_IN:
        yield "period", _("A fee pays for a month or for a year.")
        return
    if plan.price_minor < 1:
        yield "price_minor", _("A paid membership has a price.")
    if plan.trial_days > DAYS_IN[plan.period]:
        yield "trial_days", _("The trial is longer than what one fee pays for.")
    if plan.grace_days >= SHORTEST[plan.period]:
        yield "grace_days", _("The grace is as long as what one fee pays for: nobody would need to pay.")
    if plan.discount_percent > 100:
        yield "discount_percent", _("A discount is at most 100 %.")
    if plan.welcome_reward and plan.welcome_reward not in {reward.code for reward in rewards}:
        yield "welcome_reward", _("There is no “%(code)s” here.") % {"code": plan.welcome_reward}
