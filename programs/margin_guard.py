"""What the margin guard says of a version: by its terms, the merchant's figures and its members' pace."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.translation import get_language

from programs.calendars import business_date
from programs.extras import Extra
from programs.giving import costs_of, extras_of, gifts_of, uses_of
from programs.goal_costs import Gift
from programs.margin import Guard, Use, guard
from programs.margin_figures import Said, figures_of, margins_of
from programs.margin_wording import (
    gift_text,
    losing_text,
    unbounded_extra_text,
    unbounded_text,
    unreachable_text,
)
from programs.models import MemberPace, ProgrammeVersion
from programs.parts_read import active
from programs.queries import terms_of
from programs.reach import Pace, Reach, reach
from programs.terms import Terms
from programs.validation import Problem, validate


@dataclass(frozen=True)
class Assessment:
    """A version as the guard sees it. ``reach`` is None where no pace was measured, or too little."""

    terms: Terms
    uses: list[Use]
    said: Said
    guard: Guard
    pace: MemberPace | None
    reach: Reach | None
    given: list[Gift]

    @cached_property
    def problems(self) -> list[Problem]:
        """What nobody may publish, in the active language, named by its field."""
        return [*self._losing(), *self._unreachable()]

    @property
    def needs_two(self) -> bool:
        """Whether publishing takes a second person."""
        return not self.problems and self.guard.verdict == "above_ceiling"

    @property
    def gifts(self) -> list[str]:
        """What is given without a purchase and what it costs each time, in the active language."""
        language = get_language() or "ar"
        return [gift_text(gift, self.terms.currency, language) for gift in self.given if gift.cost_minor]

    def _losing(self) -> list[Problem]:
        language, losing = get_language() or "ar", self.guard.losing
        found = [
            Problem(f"earnrule.{rule.code}.min_amount_minor", unbounded_text(rule, language))
            for rule in self.guard.unbounded
        ]
        found += [
            Problem(f"{one.code}.{_smallest_order(one)}", unbounded_extra_text(one, language))
            for one in self.guard.unbounded_extras
        ]
        return [*found, *([Problem("margin", losing_text(losing, language))] if losing else [])]

    def _unreachable(self) -> list[Problem]:
        if self.reach is None or self.pace is None or self.reach.is_reached:
            return []
        language = get_language() or "ar"
        said = unreachable_text(self.reach, self.pace, self.terms.currency, language)
        return [Problem("expiry_months", said)]


def assess(version: ProgrammeVersion, *, now: datetime, since: date | None = None) -> Assessment | None:
    """Judge a version from the day ``since`` on (or today); None where it lacks what a rate is made of."""
    merchant = version.programme.merchant
    rewards = active(version.rewards)
    if not version.tiers.all():
        return None
    uses, terms, said = uses_of(rewards), terms_of(version), figures_of(merchant, now)
    if not _is_measurable(terms, uses):
        return None
    pace = MemberPace.objects.filter(merchant=merchant).first()
    first = since or business_date(now, merchant.zone)
    found = None
    if pace is not None and pace.is_enough:
        found = reach(Pace(pace.monthly_minor, pace.monthly_orders), terms, uses, first)
    costs = costs_of(terms, rewards)
    found_guard = guard(terms, uses, margins_of(said), first, extras_of(version, terms, costs))
    return Assessment(terms, uses, said, found_guard, pace, found, gifts_of(terms, costs))


def publishing_problems(
    version: ProgrammeVersion, *, now: datetime, since: date | None = None
) -> tuple[list[Problem], Assessment | None]:
    """Everything that stands in the way, and what the guard says once nothing else does."""
    problems = validate(version, effective_on=since)
    assessed = None if problems else assess(version, now=now, since=since)
    return assessed.problems if assessed else problems, assessed


def _smallest_order(extra: Extra) -> str:
    """The field that says from which order on something is given."""
    return "min_order_minor" if extra.code.startswith("tierperk.") else "min_amount_minor"


def _is_measurable(terms: Terms, uses: list[Use]) -> bool:
    """Whether nothing is divided by nothing."""
    numbers = (
        terms.block_points,
        terms.block_value_minor,
        *(rule.per_minor for rule in terms.base_rules),
        *(use.points for use in uses),
    )
    return all(numbers)
