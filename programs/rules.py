"""What a purchase earns, and why. Pure: plain values in, plain values out.

A quote, an award, a bulk import and a what-if replay all call :func:`award`, an event that is no purchase
``programs.happenings``; a refund calls ``programs.clawing`` with what the award stored. RULES A is the
specification.

Units: money in minor units, points as integers, a line's points as an exact ``Fraction`` that
is floored once per order, last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from programs import reasons
from programs.capping import NOBODY, Used, Within, uses_of, within_all, within_rules
from programs.clawing import spread
from programs.conditions import Facts, holds, open_birthday
from programs.occasions import Days
from programs.reasons import Reason
from programs.telling import NOTHING, cut_reasons, gained, told
from programs.terms import ONE, CapKey, RuleTerms, Stacking, Terms, TierTerms

LineKind = Literal["goods", "shipping", "tip", "gift_card"]

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, VAT included. ``eligible`` is false for excluded products."""

    amount_minor: int
    kind: LineKind = "goods"
    category: str = ""
    quantity: int = 1
    eligible: bool = True
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase as the rules see it; ``occurred_local`` is wall-clock time in the merchant's zone.

    ``occasions`` are the days around it of those occasions that the rules name.
    """

    lines: tuple[OrderLine, ...]
    occurred_local: datetime
    points_paid_minor: int = 0
    branch: str = ""
    channel: str = ""
    occasions: tuple[Days, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberState:
    """The member as they stood *before* the order.

    ``birthday_uses`` holds one (birthday's year, day it was used) per birthday bonus received, ``segments``
    and ``plan`` what the member was in at that instant, ``orders`` how many orders they had made, ``used``
    what the caps gave already: the member's own, and those that all members share.
    """

    tier_code: str = ""
    birthday: date | None = None
    birthday_changed_on: date | None = None
    birthday_uses: tuple[tuple[int, date], ...] = ()
    segments: frozenset[str] = frozenset()
    plan: str = ""
    orders: int = 0
    used: Used = field(default_factory=lambda: NOBODY, hash=False)


@dataclass(frozen=True, slots=True)
class LineAward:
    """What one line earned: ``base_minor`` after points paid, × ``multiplier``, ``exact`` points."""

    base_minor: int
    multiplier: Fraction
    exact: Fraction
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Award:
    """What an order earned. ``lines`` stand in the order's own order.

    ``base_minor`` is the earning base before points were taken off (the basis of tiers, RULES
    33), ``paid_base_minor`` what is left of it. ``birthday_year`` names the birthday whose bonus
    this order used and ``birthday_rules`` the rules that gave it. ``uses`` are the points it takes
    from each cap.
    """

    points: int
    base_minor: int
    paid_base_minor: int
    lines: tuple[LineAward, ...]
    reasons: tuple[Reason, ...]
    birthday_year: int | None = None
    birthday_rules: tuple[str, ...] = ()
    uses: tuple[tuple[CapKey, int], ...] = ()


def award(order: Order, member: MemberState, terms: Terms) -> Award:
    """What ``order`` earns ``member`` under ``terms``, with its reasons."""
    earned = _award(order, member, terms)
    if not (member.plan and terms.plan_rules):
        return earned
    without = _award(order, replace(member, plan=""), terms)
    gave = gained(member.plan, earned.points - without.points, terms)
    return replace(earned, reasons=(*earned.reasons, *gave))


def _award(order: Order, member: MemberState, terms: Terms) -> Award:
    gross = [_earning_amount(line) for line in order.lines]
    base_minor = sum(gross)
    paid_minor = min(order.points_paid_minor, base_minor)
    bases = _less(gross, spread(paid_minor, gross)) if paid_minor else gross
    place = (order.branch, order.channel, order.occasions)
    facts = facts_of(order.occurred_local, base_minor - paid_minor, *place, member=member, terms=terms)
    scene = _Scene(order.lines, bases, facts, terms, terms.tier(member.tier_code))
    if not terms.caps:
        return _total(_priced(scene), scene, base_minor, paid_minor)
    return _total_within(scene, member.used, base_minor, paid_minor)


def _earning_amount(line: OrderLine) -> int:
    if line.amount_minor < 0:
        raise ValueError("a line cannot be negative; a refund is an event of its own")
    return line.amount_minor if line.eligible and line.kind == "goods" else 0


def _less(amounts: Sequence[int], taken: Sequence[int]) -> list[int]:
    return [amount - part for amount, part in zip(amounts, taken, strict=True)]


def facts_of(
    local: datetime, base_minor: int, branch: str, channel: str, occasions: tuple[Days, ...],
    *, member: MemberState, terms: Terms,
) -> Facts:  # fmt: skip
    """What conditions are asked of: the moment, the place, and the member as they stood before it."""
    birthday = None
    if terms.birthday_rules:
        changed_on, uses = member.birthday_changed_on, member.birthday_uses
        birthday = open_birthday(member.birthday, changed_on, uses, local.date())
    tier = terms.tier(member.tier_code).code
    return Facts(
        *(local, base_minor, tier, branch, channel, member.orders + 1, member.plan),
        *(member.segments, occasions, birthday),
    )


@dataclass(slots=True)
class _Scene:
    """The order's lines with what each earns on, the circumstances, and the rules that stay closed."""

    lines: tuple[OrderLine, ...]
    bases: Sequence[int]
    facts: Facts
    terms: Terms
    tier: TierTerms
    closed: frozenset[str] = frozenset()

    def open_rules(self, rules: tuple[RuleTerms, ...]) -> list[RuleTerms]:
        """Those whose conditions on the order hold, in their order of priority."""
        found = [
            rule for rule in rules if not rule.conditions.asks_order or holds(rule.conditions, self.facts)
        ]
        return [rule for rule in found if rule.code not in self.closed] if self.closed else found


@dataclass(slots=True)
class _Earned:
    """A line while its points are worked out."""

    base_minor: int
    category: str
    sku: str
    rate: tuple[int, int] = (0, 1)
    multiplier: Fraction = ONE
    bonus: Fraction = ZERO
    reasons: list[str] = field(default_factory=list)

    def meets(self, rule: RuleTerms) -> bool:
        """Whether the rule's categories and products, if it names any, include this line's."""
        asked = rule.conditions
        if asked.categories and self.category not in asked.categories:
            return False
        return not asked.products or self.sku in asked.products

    def exact(self) -> Fraction:
        """Points before the order's floor: base × rate × multiplier, plus its share of bonuses."""
        points, per_minor = self.rate
        factor = self.multiplier
        exact = Fraction(self.base_minor * points * factor.numerator, per_minor * factor.denominator)
        return exact + self.bonus if self.bonus else exact


def _priced(scene: _Scene) -> list[_Earned]:
    """Every line with its points, before the order's floor."""
    earned = [
        _Earned(base, line.category, line.sku) for base, line in zip(scene.bases, scene.lines, strict=True)
    ]
    _apply_base_rules(earned, scene)
    _apply_multipliers(earned, scene)
    _apply_fixed_rules(earned, scene)
    return earned


def _apply_base_rules(earned: list[_Earned], scene: _Scene) -> None:
    """Give each line the first base rule that holds for it; steps count on the rule's lines together."""
    rules = scene.open_rules(scene.terms.base_rules)
    groups: dict[str, tuple[RuleTerms, list[_Earned]]] = {}
    for line in earned:
        rule = next((rule for rule in rules if line.meets(rule)), None)
        if rule is not None and line.base_minor:
            groups.setdefault(rule.code, (rule, []))[1].append(line)
    for rule, lines in groups.values():
        rate = (rule.points, rule.per_minor)
        if rule.kind == "step":
            total = sum(line.base_minor for line in lines)
            rate = (total // rule.per_minor * rule.points, total)
        for line in lines:
            line.rate = rate
            line.reasons.append(rule.code)


def _apply_multipliers(earned: list[_Earned], scene: _Scene) -> None:
    """Stack the tier and the bonuses of each line by the programme's policy (RULES 7)."""
    bonuses = scene.open_rules(scene.terms.multiplier_rules)
    tier = (scene.tier.reason_key, scene.tier.multiplier)
    for line in earned:
        if not line.rate[0]:
            continue
        factors = [tier, *((rule.code, rule.factor) for rule in bonuses if line.meets(rule))]
        line.multiplier, named = _stack(factors, scene.terms.stacking)
        line.reasons += named


def _stack(factors: list[tuple[str, Fraction]], policy: Stacking) -> tuple[Fraction, list[str]]:
    """The multiplier and the keys that made it; under ``best_of`` only the winner is named."""
    if len(factors) == 1 or policy == "best_of":
        factors = [max(factors, key=_factor_of)]
    named = [key for key, factor in factors if factor != ONE]
    total = factors[0][1]
    for _, factor in factors[1:]:
        total = total + factor - 1 if policy == "add" else total * factor
    return max(total, ZERO), named


def _factor_of(named: tuple[str, Fraction]) -> Fraction:
    return named[1]


def _apply_fixed_rules(earned: list[_Earned], scene: _Scene) -> None:
    """Add points given once per order, carried by the lines that brought them."""
    for rule in scene.open_rules(scene.terms.fixed_rules):
        carriers = [line for line in earned if line.base_minor and line.meets(rule)]
        total = sum(line.base_minor for line in carriers)
        for line in carriers:
            line.bonus += Fraction(rule.points * line.base_minor, total)
            line.reasons.append(rule.code)


def _total_within(scene: _Scene, used: Used, base_minor: int, paid_minor: int) -> Award:
    """Price the order rule by rule, let the caps cut, and total what they leave."""
    terms = scene.terms

    def price(closed: frozenset[str]) -> list[Fraction]:
        scene.closed = closed
        return [line.exact() for line in _priced(scene)]

    in_play = (*terms.base_rules, *terms.multiplier_rules, *terms.fixed_rules)
    capped = [rule for rule in scene.open_rules(in_play) if rule.code in terms.caps_of]
    left = within_all(within_rules(price, capped, terms, used), terms, used)
    scene.closed = left.closed
    return _total(_priced(scene), scene, base_minor, paid_minor, left)


def _total(
    earned: list[_Earned], scene: _Scene, base_minor: int, paid_minor: int, left: Within | None = None
) -> Award:
    """Sum the lines (or what the caps ``left`` of them), floor once, and say why."""
    exacts = left.lines if left else [line.exact() for line in earned]
    lines = tuple(
        LineAward(line.base_minor, line.multiplier, exact, tuple(line.reasons))
        for line, exact in zip(earned, exacts, strict=True)
    )
    exact = lines[0].exact if len(lines) == 1 else sum((line.exact for line in lines), ZERO)
    points = exact.numerator // exact.denominator
    named = _reasons(lines, scene)
    if paid_minor:
        currency = scene.terms.currency
        params = {"amount_minor": paid_minor, "currency": currency}
        named.append(Reason(reasons.PAID_WITH_POINTS, params))
    cuts = cut_reasons(left, scene.terms) if left else []
    named += cuts
    if not points and not cuts:
        named.append(NOTHING)
    used = _used_birthday(lines, scene.terms) if points and scene.facts.birthday else ()
    year = scene.facts.birthday[0] if scene.facts.birthday and used else None
    uses = uses_of(left, scene.terms) if left else ()
    return Award(points, base_minor, scene.facts.base_minor, lines, tuple(named), year, used, uses)


def _reasons(lines: tuple[LineAward, ...], scene: _Scene) -> list[Reason]:
    """Each rule named once, with its amount where it touched only part of the order."""
    touched: dict[str, int] = {}
    for line in lines:
        for key in line.reasons:
            touched[key] = touched.get(key, 0) + line.base_minor
    known, terms = scene.terms.reasons, scene.terms
    named = [
        known[key]
        if amount == scene.facts.base_minor
        else known[key].with_params(amount_minor=amount, currency=terms.currency)
        for key, amount in touched.items()
    ]
    if not terms.dated:
        return named
    return [told(one, key, scene.facts, terms) for one, key in zip(named, touched, strict=True)]


def _used_birthday(lines: tuple[LineAward, ...], terms: Terms) -> tuple[str, ...]:
    named = {key for line in lines for key in line.reasons}
    return tuple(sorted(terms.birthday_rules & named))
