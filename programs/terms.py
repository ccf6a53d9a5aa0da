"""The terms of one programme version as plain frozen values: what the pure kernel computes with.

Units: money in minor units of ``Terms.currency``; points are integers; multipliers are exact
``Fraction``; days of the week are Python's (Monday = 0); times are wall-clock in ``Terms.zone``.
A ``Terms`` never changes, so whatever is derived from it is worked out once, when it is made.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, TypeVar

from programs import reasons
from programs.asked import ALWAYS, Conditions
from programs.calendars import Rounding
from programs.charity import GivingTerms
from programs.contests import ContestTerms
from programs.goal_terms import BadgeTerms, GoalTerms, RewardTerms
from programs.perks import PerkTerms, occasions_of
from programs.reasons import Reason
from programs.referring import ReferralTerms

Stacking = Literal["best_of", "add", "multiply"]
NegativePolicy = Literal["allow_negative", "clamp", "deduct_cash"]
TierBasis = Literal["spend", "points", "visits"]
TierWindow = Literal["trailing_12", "calendar_year"]
TierRenewal = Literal["one_down", "recompute"]
Hold = Literal["none", "days", "event"]
RuleKind = Literal["per_amount", "step", "multiplier", "fixed", "stamp", "badge", "voucher"]
PlanPeriod = Literal["month", "year"]
CapScope = Literal["member", "all"]
CapPeriod = Literal["order", "day", "week", "month", "year", "ever"]
CapKey = tuple[CapScope, str, CapPeriod]
"""Who, which rule ("" = all of them), per which time": by this a cap is known in the books."""

PURCHASE = "purchase"
"""What sets most rules off; any other trigger is the name of an event."""

ONE = Fraction(1)
GIFTS: Final[Mapping[str, type]] = {"stamp": GoalTerms, "badge": BadgeTerms, "voucher": RewardTerms}
"""Kinds of rules that give something else than points, and what it is."""

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A tier: reached at ``threshold_minor`` of what tiers count, earning at ``multiplier``.

    Minor units where that is spend; a count of points or visits where it is those (``Terms.tier_basis``).
    """

    code: str
    name_ar: str
    name_en: str
    threshold_minor: int
    multiplier: Fraction = ONE

    reason_key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason_key", f"tier:{self.code}")


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """One earn rule.

    ``per_amount``: ``points`` per ``per_minor``, fractions kept until the order's floor.
    ``step``: ``points`` per *full* ``per_minor`` of the order's base.
    ``multiplier``: the line's points × ``factor``. ``fixed``: ``points`` once per order, or once per event
    where ``trigger`` is the name of one. ``stamp`` gives ``count`` stamps on the card ``target``, ``badge``
    and ``voucher`` give the badge or reward of that code. ``labels`` are (code, Arabic, English) of what its
    conditions name.
    """

    code: str
    name_ar: str
    name_en: str
    kind: RuleKind
    points: int = 0
    per_minor: int = 0
    factor: Fraction = ONE
    conditions: Conditions = ALWAYS
    priority: int = 100
    trigger: str = PURCHASE
    labels: tuple[tuple[str, str, str], ...] = ()
    target: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class CapTerms:
    """At most ``points`` per ``period``: of each member, or of all together; of one rule, or of all."""

    scope: CapScope
    period: CapPeriod
    points: int
    rule: str = ""

    key: CapKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.scope, self.rule, self.period))


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A paid membership: ``price_minor`` per ``period``, free for the first ``trial_days`` once per person.

    ``grace_days`` is how long benefits last while a renewal is not paid. ``discount_percent`` and
    ``free_shipping`` are given by the shop; ``welcome_reward`` is the code of a reward that comes with the
    first fee.
    """

    code: str
    name_ar: str
    name_en: str
    price_minor: int
    period: PlanPeriod = "month"
    trial_days: int = 0
    grace_days: int = 7
    free_shipping: bool = False
    discount_percent: int = 0
    fee_earns: bool = False
    welcome_reward: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything one published version promises. Rules of equal priority keep the order given."""

    version_id: int
    currency: str
    zone: str
    tiers: tuple[TierTerms, ...]
    rules: tuple[RuleTerms, ...]
    block_points: int = 500
    block_value_minor: int = 2500
    max_redeem_minor: int | None = None
    expiry_months: int | None = 12
    expiry_rounding: Rounding = "none"
    claim_window_days: int = 30
    stacking: Stacking = "best_of"
    negative_policy: NegativePolicy = "allow_negative"
    tier_window: TierWindow = "trailing_12"
    tier_renewal: TierRenewal = "one_down"
    code_minutes: int = 15
    grace_days: int = 30
    hold: Hold = "none"
    hold_days: int = 0
    hold_event: str = "delivered"
    expected_use_percent: int = 80
    near_ratio: Fraction = Fraction(9, 10)
    caps: tuple[CapTerms, ...] = ()
    tier_basis: TierBasis = "spend"
    perks: tuple[PerkTerms, ...] = ()
    plans: tuple[PlanTerms, ...] = ()
    referral: ReferralTerms | None = None
    giving: GivingTerms | None = None
    partner_rewards: frozenset[str] = frozenset()
    cards: tuple[GoalTerms, ...] = ()
    challenges: tuple[GoalTerms, ...] = ()
    contests: tuple[ContestTerms, ...] = ()
    badges: tuple[BadgeTerms, ...] = ()
    rewards: tuple[RewardTerms, ...] = ()

    base_rules: tuple[RuleTerms, ...] = field(init=False, repr=False, compare=False)
    multiplier_rules: tuple[RuleTerms, ...] = field(init=False, repr=False, compare=False)
    fixed_rules: tuple[RuleTerms, ...] = field(init=False, repr=False, compare=False)
    tier_by_code: Mapping[str, TierTerms] = field(init=False, repr=False, compare=False)
    birthday_rules: frozenset[str] = field(init=False, repr=False, compare=False)
    event_rules: Mapping[str, tuple[RuleTerms, ...]] = field(init=False, repr=False, compare=False)
    goals: tuple[GoalTerms, ...] = field(init=False, repr=False, compare=False)
    events: frozenset[str] = field(init=False, repr=False, compare=False)
    caps_of: Mapping[str, tuple[CapTerms, ...]] = field(init=False, repr=False, compare=False)
    occasions: frozenset[str] = field(init=False, repr=False, compare=False)
    segments: frozenset[str] = field(init=False, repr=False, compare=False)
    plan_rules: frozenset[str] = field(init=False, repr=False, compare=False)
    counts_orders: bool = field(init=False, repr=False, compare=False)
    limits_days: bool = field(init=False, repr=False, compare=False)
    dated: Mapping[str, Conditions] = field(init=False, repr=False, compare=False)
    reasons: Mapping[str, Reason] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.tiers:
            raise ValueError("a programme has at least one tier")
        tiers = tuple(sorted(self.tiers, key=lambda tier: tier.threshold_minor))
        rules = tuple(sorted(self.rules, key=lambda rule: rule.priority))
        orders = [rule for rule in rules if rule.trigger == PURCHASE]
        gifts_of_rules = (_gift(rule) for rule in rules if rule.kind in GIFTS)
        goals = (*gifts_of_rules, *self.challenges, *(one.goal for one in self.contests), *self.cards)
        named: tuple[GoalTerms | BadgeTerms | RewardTerms, ...]
        named = (*self.cards, *self.badges, *self.rewards)
        gifts = {(type(one), one.code): (one.name_ar, one.name_en) for one in named}
        asked = [*(rule.conditions for rule in rules), *(goal.conditions for goal in goals)]
        derived = {
            "tiers": tiers,
            "rules": rules,
            "base_rules": tuple(rule for rule in orders if rule.kind in {"per_amount", "step"}),
            "multiplier_rules": tuple(rule for rule in orders if rule.kind == "multiplier"),
            "fixed_rules": tuple(rule for rule in orders if rule.kind == "fixed"),
            "event_rules": _by(
                lambda rule: rule.trigger,
                (one for one in rules if one.trigger != PURCHASE and one.kind not in GIFTS),
            ),
            "goals": goals,
            "events": frozenset(rule.trigger for rule in rules).union(goal.event for goal in goals)
            - {PURCHASE, ""},
            "caps_of": _by(lambda cap: cap.rule, self.caps),
            "occasions": occasions_of(self.perks).union(*(one.occasions for one in asked)),
            "segments": frozenset().union(*(one.segments for one in asked)),
            "plan_rules": frozenset(rule.code for rule in rules if rule.conditions.plans)
            | {goal.code for goal in goals if goal.conditions.plans},
            "limits_days": any(goal.most_a_day is not None for goal in goals),
            "counts_orders": any(one.nth_purchase for one in asked),
            "dated": {rule.code: rule.conditions for rule in rules if rule.conditions.asks_dated},
            "tier_by_code": {tier.code: tier for tier in tiers},
            "birthday_rules": frozenset(rule.code for rule in orders if rule.conditions.birthday),
            "reasons": {
                **{tier.reason_key: _tier_reason(tier) for tier in tiers},
                **{rule.code: _rule_reason(rule, self.currency, gifts) for rule in rules},
            },
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def tier(self, code: str) -> TierTerms:
        """The tier called ``code``; one this version no longer has counts as the entry tier."""
        return self.tier_by_code.get(code) or self.tiers[0]

    def reward(self, code: str) -> RewardTerms | None:
        """The reward called ``code``, if this version has it."""
        return next((reward for reward in self.rewards if reward.code == code), None)

    def contest(self, code: str, first_day: date) -> ContestTerms | None:
        """The contest of that code and first day, if this version has it."""
        key = (code, first_day)
        return next((one for one in self.contests if (one.goal.code, one.first_day) == key), None)

    def plan(self, code: str) -> PlanTerms | None:
        """The membership plan called ``code``, if this version sells it."""
        return next((plan for plan in self.plans if plan.code == code), None)


def _by(key: Callable[[One], str], found: Iterable[One]) -> dict[str, tuple[One, ...]]:
    """What was found, by its key, each in the order given."""
    grouped: dict[str, tuple[One, ...]] = {}
    for one in found:
        grouped[key(one)] = (*grouped.get(key(one), ()), one)
    return grouped


def factor_text(factor: Fraction) -> str:
    """A multiplier as people write it: "1.5", "2"; one without a finite decimal as "4/3"."""
    decimal = Decimal(factor.numerator) / Decimal(factor.denominator)
    exact = Fraction(decimal) == factor
    return f"{decimal.normalize():f}" if exact else str(factor)


def _gift(rule: RuleTerms) -> GoalTerms:
    """A rule that gives something else than points, as a goal that is reached each time; a badge once."""
    kind, target, is_order = rule.kind, rule.target, rule.trigger == PURCHASE
    return GoalTerms(
        *("rule", rule.code, rule.name_ar, rule.name_en, 1, "visit" if is_order else "event", "rule"),
        event="" if is_order else rule.trigger,
        repeats=kind != "badge",
        conditions=rule.conditions,
        badge=target if kind == "badge" else "",
        reward=target if kind == "voucher" else "",
        card=target if kind == "stamp" else "",
        stamps=rule.count if kind == "stamp" else 0,
    )


def _tier_reason(tier: TierTerms) -> Reason:
    names = {"name_ar": tier.name_ar, "name_en": tier.name_en}
    factor = factor_text(tier.multiplier)
    return Reason(reasons.TIER, {"tier": tier.code, **names, "factor": factor})


def _rule_reason(rule: RuleTerms, currency: str, gifts: Mapping[tuple[type, str], tuple[str, str]]) -> Reason:
    params: dict[str, Any] = {"rule": rule.code, "name_ar": rule.name_ar, "name_en": rule.name_en}
    if rule.kind == "multiplier":
        params["factor"] = factor_text(rule.factor)
    elif rule.kind in GIFTS:
        arabic, english = gifts.get((GIFTS[rule.kind], rule.target), (rule.target, rule.target))
        params |= {"target": rule.target, "count": rule.count, "gift_ar": arabic, "gift_en": english}
    else:
        params["points"] = rule.points
    if rule.kind in {"per_amount", "step"}:
        params |= {"per_minor": rule.per_minor, "currency": currency}
    if rule.trigger != PURCHASE:
        params["trigger"] = rule.trigger
    when = circumstances(rule.conditions, rule.labels, currency)
    return Reason(rule.kind, params | ({"when": when} if when else {}))


def circumstances(asked: Conditions, labels: Iterable[tuple[str, str, str]], currency: str) -> dict[str, Any]:
    """What a reader needs in order to recognise a rule or a goal: its sentence is made of this."""
    when: dict[str, Any] = {}
    if asked.days_of_week:
        when["days"] = sorted(asked.days_of_week)
    if asked.from_time is not None or asked.to_time is not None:
        when["from"] = f"{asked.from_time or time.min:%H:%M}"
        when["to"] = f"{asked.to_time or time.min:%H:%M}"
    for name, day in (("first", asked.starts_on), ("last", asked.ends_on)):
        if day is not None:
            when[name] = day.isoformat()
    for name in ("occasions", "branches", "channels", "tiers", "segments", "plans", "categories", "products"):
        if codes := getattr(asked, name):
            when[name] = _labelled(sorted(codes), labels)
    if asked.nth_purchase:
        when |= {"nth": asked.nth_purchase, "repeats": asked.nth_repeats}
    if asked.min_amount_minor:
        when |= {"least_minor": asked.min_amount_minor, "currency": currency}
    if asked.birthday:
        when["birthday"] = asked.birthday_window_days
    return when


def _labelled(codes: Iterable[str], labels: Iterable[tuple[str, str, str]]) -> list[Any]:
    """Codes, each with its names in both languages where they are known."""
    names = {code: [arabic, english] for code, arabic, english in labels}
    return [names.get(code, code) for code in codes]
