"""What is wrong with a rule's conditions, its trigger or a cap: what could never give a point. Reads only."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta

from django.utils.text import slugify
from django.utils.translation import gettext as _

from programs.models import CapPeriod, CapScope, Card, Challenge, Contest, EarnCap, EarnRule, RuleKind
from programs.occasions import KNOWN, Set, days_between
from programs.terms import GIFTS, PURCHASE

Found = tuple[str, str]
"""A field of the rule, and what to mend."""
Asking = EarnRule | Card | Challenge | Contest
"""What may ask for days."""

ALWAYS = datetime.max.replace(tzinfo=UTC)
LONGEST_LOOK = timedelta(days=3 * 366)
ONLY_ORDERS = ("categories", "products", "nth_purchase", "is_birthday")
"""Conditions that nothing but a purchase can meet."""


def asking_problems(rule: EarnRule, sets: Collection[Set], effective_on: date | None) -> Iterator[Found]:
    """Conditions that are never met. ``sets`` are the days the merchant set for occasions."""
    yield from _trigger_problems(rule)
    yield from _nth_problems(rule)
    yield from occasion_problems(rule, sets, effective_on)


def cap_problems(cap: EarnCap, rules: Collection[str]) -> Iterator[Found]:
    """A cap of a rule that is not there, of nothing, or of an order that all members place together."""
    if cap.points < 1:
        yield "points", _("A cap of nothing stops the rule: switch the rule off instead.")
    if cap.rule and cap.rule not in rules:
        yield "rule", nobody([cap.rule])
    if cap.scope == CapScope.ALL and cap.period == CapPeriod.ORDER:
        yield "period", _("An order has one member: choose a cap for each member, or a longer time.")


def asks_more(rule: EarnRule) -> bool:
    """Whether one of these conditions may keep the rule from applying."""
    return any((rule.products, rule.occasions, rule.segments, rule.plans, rule.nth_purchase))


def _trigger_problems(rule: EarnRule) -> Iterator[Found]:
    if rule.trigger == PURCHASE:
        return
    if slugify(rule.trigger) != rule.trigger:
        yield "trigger", _("An event is one word in small Latin letters, such as car-wash.")
    if rule.kind != RuleKind.FIXED and rule.kind not in GIFTS:
        yield "kind", _("An event has no amount to multiply: give fixed points for it.")
    for name in ONLY_ORDERS:
        if getattr(rule, name):
            yield name, _("Only a purchase can meet this: leave it empty for an event.")


def _nth_problems(rule: EarnRule) -> Iterator[Found]:
    if rule.nth_purchase == 0:
        yield "nth_purchase", _("Orders are counted from 1.")
    elif rule.nth_purchase == 1 and rule.nth_repeats:
        yield "nth_purchase", _("Every order is meant: choose 2 or more, or the first order alone.")


def occasion_problems(rule: Asking, sets: Collection[Set], effective_on: date | None) -> Iterator[Found]:
    """Occasions that are unknown, over, or on none of the days that are asked for."""
    strangers = set(rule.occasions) - set(KNOWN) - {one.days.code for one in sets}
    if strangers:
        yield "occasions", nobody(sorted(strangers))
    elif rule.occasions and _is_over(rule, sets, effective_on):
        yield "occasions", _("It is over: its occasions have no day left.")
    elif rule.occasions and not _meets(rule, sets, effective_on):
        yield "occasions", _("None of its occasions falls on its dates and weekdays.")


def _is_over(rule: Asking, sets: Collection[Set], effective_on: date | None) -> bool:
    """Whether all its occasions are the shop's own and their days are gone."""
    if effective_on is None or set(rule.occasions) & set(KNOWN):
        return False
    return all(one.days.last < effective_on for one in sets if one.days.code in rule.occasions)


def _meets(rule: Asking, sets: Collection[Set], effective_on: date | None) -> bool:
    """Whether an occasion has a day between the rule's dates on one of its weekdays, within three years."""
    first = max(filter(None, (rule.starts_on, effective_on)), default=None)
    if first is None or (rule.ends_on is None and set(rule.occasions) & set(KNOWN)):
        return True  # it comes every year, on another weekday
    last = min(rule.ends_on or first + LONGEST_LOOK, first + LONGEST_LOOK)
    days = days_between(rule.occasions, first, last, sets, ALWAYS)
    return any(not rule.days_of_week or day.weekday() in rule.days_of_week for day in days)


def nobody(codes: Collection[str]) -> str:
    """That there is no such thing, in the active language."""
    return _("There is no “%(code)s” here.") % {"code": ", ".join(map(str, codes))}
