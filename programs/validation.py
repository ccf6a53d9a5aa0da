"""What is wrong with a draft before it may be published. Reads only; says everything at once."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import Branch
from programs.models import (
    Card,
    Challenge,
    Contest,
    EarnRule,
    Hold,
    Plan,
    ProgrammeVersion,
    Reward,
    RuleKind,
    Stacking,
    Tier,
    VersionPart,
)
from programs.parts_read import active
from programs.queries import occasions_set
from programs.terms import GIFTS, PURCHASE
from programs.validating_contests import contest_problems
from programs.validating_giving import giving_problems
from programs.validating_goals import (
    Prizes,
    card_problems,
    challenge_problems,
    gift_problems,
    prizes_of,
)
from programs.validating_plans import plan_problems
from programs.validating_referrals import referral_problems
from programs.validating_rewards import around, reward_problems
from programs.validating_rules import asking_problems, asks_more, cap_problems, occasion_problems
from programs.validating_tiers import perk_problems, tier_problems

LARGEST_MULTIPLIER = 100
LONGEST_LIFE_MONTHS = 120
LONGEST_HOLD_DAYS = 365
BASE_KINDS = (RuleKind.PER_AMOUNT, RuleKind.STEP)


class Problem(NamedTuple):
    """One thing to mend: ``field`` names it ("tiers.gold.multiplier"), ``message`` says how."""

    field: str
    message: str


def validate(version: ProgrammeVersion, *, effective_on: date | None = None) -> list[Problem]:
    """Every problem of ``version`` in the active language; an empty list may be published.

    ``effective_on`` is the day it would start, so that rules already over are noticed.
    """
    tiers = list(version.tiers.all())
    rules = active(version.rules)
    rewards = active(version.rewards)
    plans = active(version.plans)
    goals: list[Card | Challenge] = [*active(version.cards)]
    goals += active(version.challenges)
    contests = active(version.contests)
    asking = [*goals, *contests]
    prizes = prizes_of(version, rewards)
    badges = active(version.badges)
    known = _Known(version, tiers, plans)
    return [
        *_name_problems(version, [*tiers, *version.perks.all(), *rules, *rewards, *plans, *asking, *badges]),
        *_money_problems(version),
        *(Problem(*found) for found in giving_problems(version)),
        *_tier_problems(version, tiers),
        *_base_problems(rules),
        *(problem for rule in rules for problem in _rule_problems(rule, known, effective_on)),
        *_asking_problems(version, rules, asking, effective_on),
        *_goal_problems(version, goals, rules, prizes),
        *(Problem(*found) for found in contest_problems(version, contests, prizes, effective_on)),
        *(problem for goal in asking for problem in _list_problems(goal, known)),
        *(problem for goal in goals for problem in _time_problems(goal, effective_on)),
        *(problem for contest in contests for problem in _time_problems(contest, None)),
        *_reward_problems(version, rewards, known, effective_on),
        *(Problem(_field(plan, name), said) for plan in plans for name, said in plan_problems(plan, rewards)),
        *_referral_problems(version, rewards),
    ]


class _Known:
    """The codes a rule may name."""

    def __init__(self, version: ProgrammeVersion, tiers: list[Tier], plans: list[Plan]) -> None:
        branches = Branch.objects.filter(merchant=version.programme.merchant_id, is_active=True)
        self.branches = set(branches.values_list("code", flat=True))
        self.plans = {plan.code for plan in plans}
        self.multiplier_of = {tier.code: tier.multiplier for tier in tiers}
        self.stacking = version.stacking


def _field(part: VersionPart, name: str) -> str:
    return f"{part._meta.model_name}.{part.code}.{name}"


def _name_problems(version: ProgrammeVersion, parts: Iterable[VersionPart]) -> Iterator[Problem]:
    """Every name stands in every language the merchant speaks."""
    languages = version.programme.merchant.languages
    for language in languages:
        if not getattr(version.programme, f"name_{language}").strip():
            yield Problem(f"programme.name_{language}", _("Give the programme a name in this language."))
    for part in parts:
        for language in languages:
            if not getattr(part, f"name_{language}").strip():
                yield Problem(_field(part, f"name_{language}"), _("Give it a name in this language."))


def _money_problems(version: ProgrammeVersion) -> Iterator[Problem]:
    """Points are worth something, can be spent, and live long enough to be."""
    if version.block_points < 1:
        yield Problem("block_points", _("A block has at least one point."))
    if version.block_value_minor < 1:
        yield Problem("block_value_minor", _("A block is worth something."))
    if version.max_redeem_minor is not None and version.max_redeem_minor < version.block_value_minor:
        yield Problem("max_redeem_minor", _("The cap per order is smaller than one block."))
    if version.hold == Hold.DAYS and not 1 <= version.hold_days <= LONGEST_HOLD_DAYS:
        yield Problem("hold_days", _("Say how many days points wait: from 1 to 365."))
    if version.hold == Hold.EVENT and not version.hold_event.strip():
        yield Problem("hold_event", _("Name the event that points wait for, such as delivered."))
    if version.expiry_months is not None and not 1 <= version.expiry_months <= LONGEST_LIFE_MONTHS:
        yield Problem("expiry_months", _("Points live from 1 to 120 months, or for ever."))


def _tier_problems(version: ProgrammeVersion, tiers: list[Tier]) -> Iterator[Problem]:
    """There are tiers, each can be reached, and their perks give something."""
    if not tiers:
        yield Problem("tiers", _("A programme has at least one tier."))
        return
    for code, name, message in tier_problems(tiers, version.tier_basis):
        yield Problem(f"tier.{code}.{name}", message)
    perks = list(version.perks.all())
    named = {code for perk in perks for code in perk.occasions}
    own = {one.days.code for one in occasions_set(version.programme.merchant_id, named)} if named else set()
    for code, name, message in perk_problems(perks, {tier.code for tier in tiers}, own):
        yield Problem(f"tierperk.{code}.{name}", message)


def _base_problems(rules: list[EarnRule]) -> Iterator[Problem]:
    """There is a base rule, and none stands behind one that always applies."""
    base = [rule for rule in rules if rule.kind in BASE_KINDS and rule.trigger == PURCHASE]
    if not base:
        yield Problem("rules", _("Add a rule that says how many points an amount earns."))
    shadowed = False
    for rule in base:
        if shadowed:
            message = _("It never applies: a base rule before it always does.")
            yield Problem(_field(rule, "priority"), message)
        shadowed = shadowed or _always_applies(rule)


def _always_applies(rule: EarnRule) -> bool:
    lists = (rule.days_of_week, rule.branches, rule.categories, rule.channels, rule.tiers)
    bounds = (rule.from_time, rule.to_time, rule.starts_on, rule.ends_on)
    asked = any(lists) or any(bound is not None for bound in bounds)
    return not (asked or rule.min_amount_minor or rule.is_birthday or asks_more(rule))


def _asking_problems(
    version: ProgrammeVersion,
    rules: list[EarnRule],
    goals: list[Card | Challenge | Contest],
    effective_on: date | None,
) -> Iterator[Problem]:
    """Every rule can be met, and every cap is of a rule that is there."""
    named = {code for one in (*rules, *goals) for code in one.occasions}
    sets = occasions_set(version.programme.merchant_id, named) if named else ()
    for rule in rules:
        for name, message in asking_problems(rule, sets, effective_on):
            yield Problem(_field(rule, name), message)
    for goal in goals:
        for name, message in occasion_problems(goal, sets, effective_on):
            yield Problem(_field(goal, name), message)
    for place, cap in enumerate(version.caps.all(), start=1):
        for name, message in cap_problems(cap, {rule.code for rule in rules if rule.kind not in GIFTS}):
            yield Problem(f"earncap.{place}.{name}", message)


def _goal_problems(
    version: ProgrammeVersion, goals: list[Card | Challenge], rules: list[EarnRule], prizes: Prizes
) -> Iterator[Problem]:
    """Every card and challenge can be reached, and what is given is there."""
    for goal in goals:
        found = card_problems(goal, prizes) if isinstance(goal, Card) else challenge_problems(goal, prizes)
        yield from (Problem(_field(goal, name), message) for name, message in found)
    for rule in rules:
        yield from (Problem(_field(rule, name), message) for name, message in gift_problems(rule, prizes))


def _referral_problems(version: ProgrammeVersion, rewards: Iterable[Reward]) -> Iterator[Problem]:
    codes = {reward.code for reward in rewards}
    for offer in version.referrals.all():
        for name, said in referral_problems(offer, codes):
            yield Problem(f"referraloffer.{name}", said)


def _rule_problems(rule: EarnRule, known: _Known, effective_on: date | None) -> Iterator[Problem]:
    yield from _gift_problems(rule, known)
    yield from _list_problems(rule, known)
    yield from _time_problems(rule, effective_on)


def _gift_problems(rule: EarnRule, known: _Known) -> Iterator[Problem]:
    """The rule gives something."""
    if rule.kind == RuleKind.MULTIPLIER:
        if not 0 < rule.factor <= LARGEST_MULTIPLIER:
            yield Problem(_field(rule, "factor"), _("A multiplier is above 0 and at most 100."))
        elif rule.factor == 1:
            yield Problem(_field(rule, "factor"), _("A multiplier of 1 changes nothing."))
        elif _never_wins(rule, known):
            message = _(
                "It never wins: the tiers it meets multiply by as much, and only the best one counts."
            )
            yield Problem(_field(rule, "factor"), message)
        return
    if rule.kind in GIFTS:
        return
    if rule.points < 1:
        yield Problem(_field(rule, "points"), _("Give at least one point."))
    if rule.kind in BASE_KINDS and rule.per_minor < 1:
        yield Problem(_field(rule, "per_minor"), _("Say per which amount."))


def _never_wins(rule: EarnRule, known: _Known) -> bool:
    met = [factor for code, factor in known.multiplier_of.items() if not rule.tiers or code in rule.tiers]
    return known.stacking == Stacking.BEST_OF and bool(met) and rule.factor <= min(met)


def _list_problems(rule: EarnRule | Card | Challenge | Contest, known: _Known) -> Iterator[Problem]:
    """Lists hold codes that exist; days are 0 (Monday) to 6 (Sunday)."""
    if any(day not in range(7) for day in rule.days_of_week):
        yield Problem(_field(rule, "days_of_week"), _("Days are numbers from 0 (Monday) to 6 (Sunday)."))
    yield from _unknown(rule, "tiers", set(known.multiplier_of))
    yield from _unknown(rule, "branches", known.branches)
    yield from _unknown(rule, "plans", known.plans)


def _unknown(part: VersionPart, name: str, codes: set[str]) -> Iterator[Problem]:
    strangers = [str(code) for code in getattr(part, name) if code not in codes]
    if strangers:
        message = _("There is no “%(code)s” here.") % {"code": ", ".join(strangers)}
        yield Problem(_field(part, name), message)


def _time_problems(
    rule: EarnRule | Card | Challenge | Contest, effective_on: date | None
) -> Iterator[Problem]:
    """There is a day and an hour on which the rule applies."""
    if rule.from_time is not None and rule.from_time == rule.to_time:
        yield Problem(_field(rule, "to_time"), _("It opens and closes at the same hour."))
    if rule.ends_on is None:
        return
    first = max(filter(None, (rule.starts_on, effective_on)), default=None)
    if first is not None and rule.ends_on < first:
        yield Problem(_field(rule, "ends_on"), _("It is over before it begins."))
    elif first is not None and not _has_weekday(first, rule.ends_on, rule.days_of_week):
        yield Problem(_field(rule, "days_of_week"), _("None of its days falls between its dates."))


def _has_weekday(first: date, last: date, weekdays: list[int]) -> bool:
    days = min((last - first).days, 6)
    return not weekdays or any((first + timedelta(days=n)).weekday() in weekdays for n in range(days + 1))


def _reward_problems(
    version: ProgrammeVersion, rewards: list[Reward], known: _Known, effective_on: date | None
) -> Iterator[Problem]:
    here = around(version, rewards, effective_on)
    for reward in rewards:
        yield from _unknown(reward, "tiers", set(known.multiplier_of))
        for name, message in reward_problems(reward, here):
            yield Problem(_field(reward, name), message)
