"""What a purchase earns, and why. Pure: plain values in, plain values out.

A quote, an award, a bulk import and a what-if replay all call :func:`award`; a refund calls
:func:`clawback` with what the award stored. RULES A and E are the specification.

Units: money in minor units, points as integers, a line's points as an exact ``Fraction`` that
is floored once per order, last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple

from programs import reasons
from programs.calendars import nearest_birthday
from programs.reasons import Reason
from programs.terms import ONE, Conditions, RuleTerms, Stacking, Terms, TierTerms

LineKind = Literal["goods", "shipping", "tip", "gift_card"]

ZERO = Fraction(0)

NO_BIRTHDAY_BONUS_AFTER_CHANGE = timedelta(days=365)
"""How long a birth date changed after a bonus earns none (RULES 9)."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, VAT included. ``eligible`` is false for excluded products."""

    amount_minor: int
    kind: LineKind = "goods"
    category: str = ""
    quantity: int = 1
    eligible: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase as the rules see it; ``occurred_local`` is wall-clock time in the merchant's zone."""

    lines: tuple[OrderLine, ...]
    occurred_local: datetime
    points_paid_minor: int = 0
    branch: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class MemberState:
    """The member as they stood *before* the order.

    ``birthday_uses`` holds one (birthday's year, day it was used) per birthday bonus received.
    """

    tier_code: str = ""
    birthday: date | None = None
    birthday_changed_on: date | None = None
    birthday_uses: tuple[tuple[int, date], ...] = ()


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
    this order used and ``birthday_rules`` the rules that gave it.
    """

    points: int
    base_minor: int
    paid_base_minor: int
    lines: tuple[LineAward, ...]
    reasons: tuple[Reason, ...]
    birthday_year: int | None = None
    birthday_rules: tuple[str, ...] = ()


class KeptLine(NamedTuple):
    """A line of an award facing a refund: its stored exact points and its amounts."""

    exact: Fraction
    amount_minor: int
    refunded_before_minor: int
    refund_now_minor: int


def award(order: Order, member: MemberState, terms: Terms) -> Award:
    """What ``order`` earns ``member`` under ``terms``, with its reasons."""
    gross = [_earning_amount(line) for line in order.lines]
    base_minor = sum(gross)
    paid_minor = min(order.points_paid_minor, base_minor)
    bases = _less(gross, spread(paid_minor, gross)) if paid_minor else gross
    scene = _Scene.of(order, member, terms, base_minor - paid_minor)
    earned = [_Earned(base, line.category) for base, line in zip(bases, order.lines, strict=True)]
    _apply_base_rules(earned, scene)
    _apply_multipliers(earned, scene)
    _apply_fixed_rules(earned, scene)
    return _total(earned, scene, base_minor, paid_minor)


def clawback(award_points: int, lines: Iterable[KeptLine], clawed_before: int) -> int:
    """Points to take back now, from the stored award and never from today's rule (RULES 28).

    The cumulative clawback is the award less the floor of what is still kept, so any slicing of
    a full refund ends at exactly the award. Raises ``ValueError`` when a line is refunded beyond
    its amount.
    """
    kept = sum((_kept(line) for line in lines), ZERO)
    cumulative = award_points - min(award_points, kept.numerator // kept.denominator)
    return max(0, cumulative - clawed_before)


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Split ``amount`` over ``weights`` pro rata: integers that sum to ``amount`` exactly.

    Largest remainder; ties go to the earlier place, so the answer is always the same. No share
    exceeds its weight while ``amount`` does not exceed their sum: a refund spreads over what is
    not yet refunded. Raises ``ValueError`` for a negative input, and when there is something to
    split and nothing to carry it.
    """
    total = sum(weights)
    if amount < 0 or any(weight < 0 for weight in weights) or (amount and not total):
        raise ValueError(f"cannot spread {amount} over {list(weights)}")
    if not amount:
        return [0] * len(weights)
    if len(weights) == 1:
        return [amount]
    parts = [divmod(amount * weight, total) for weight in weights]
    shares = [whole for whole, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    for place in by_remainder[: amount - sum(shares)]:
        shares[place] += 1
    return shares


def _earning_amount(line: OrderLine) -> int:
    if line.amount_minor < 0:
        raise ValueError("a line cannot be negative; a refund is an event of its own")
    return line.amount_minor if line.eligible and line.kind == "goods" else 0


def _less(amounts: Sequence[int], taken: Sequence[int]) -> list[int]:
    return [amount - part for amount, part in zip(amounts, taken, strict=True)]


def _kept(line: KeptLine) -> Fraction:
    left = line.amount_minor - line.refunded_before_minor - line.refund_now_minor
    if left < 0 or line.refund_now_minor < 0:
        raise ValueError("a line cannot be refunded beyond its amount")
    return line.exact * Fraction(left, line.amount_minor) if line.amount_minor else line.exact


@dataclass(slots=True)
class _Scene:
    """The circumstances every condition is asked of; ``birthday`` is (its year, days away)."""

    order: Order
    terms: Terms
    tier: TierTerms
    base_minor: int
    birthday: tuple[int, int] | None

    @classmethod
    def of(cls, order: Order, member: MemberState, terms: Terms, base_minor: int) -> "_Scene":
        birthday = _open_birthday(order, member) if terms.birthday_rules else None
        return cls(order, terms, terms.tier(member.tier_code), base_minor, birthday)

    def open_rules(self, rules: tuple[RuleTerms, ...]) -> list[RuleTerms]:
        """Those whose conditions on the order hold, in their order of priority."""
        return [rule for rule in rules if not rule.conditions.asks_order or _holds(rule.conditions, self)]


@dataclass(slots=True)
class _Earned:
    """A line while its points are worked out."""

    base_minor: int
    category: str
    rate: tuple[int, int] = (0, 1)
    multiplier: Fraction = ONE
    bonus: Fraction = ZERO
    reasons: list[str] = field(default_factory=list)

    def meets(self, rule: RuleTerms) -> bool:
        """Whether the rule's categories, if it names any, include this line's."""
        categories = rule.conditions.categories
        return not categories or self.category in categories

    def exact(self) -> Fraction:
        """Points before the order's floor: base × rate × multiplier, plus its share of bonuses."""
        points, per_minor = self.rate
        factor = self.multiplier
        exact = Fraction(self.base_minor * points * factor.numerator, per_minor * factor.denominator)
        return exact + self.bonus if self.bonus else exact


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


def _total(earned: list[_Earned], scene: _Scene, base_minor: int, paid_minor: int) -> Award:
    """Sum the lines, floor once, and say why."""
    lines = tuple(
        LineAward(line.base_minor, line.multiplier, line.exact(), tuple(line.reasons)) for line in earned
    )
    exact = lines[0].exact if len(lines) == 1 else sum((line.exact for line in lines), ZERO)
    points = exact.numerator // exact.denominator
    named = _reasons(lines, scene)
    if paid_minor:
        currency = scene.terms.currency
        params = {"amount_minor": paid_minor, "currency": currency}
        named.append(Reason(reasons.PAID_WITH_POINTS, params))
    if not points:
        named.append(_NOTHING)
    used = _used_birthday(lines, scene.terms) if points and scene.birthday else ()
    year = scene.birthday[0] if scene.birthday and used else None
    return Award(points, base_minor, scene.base_minor, lines, tuple(named), year, used)


_NOTHING = Reason(reasons.NOTHING_EARNED)


def _reasons(lines: tuple[LineAward, ...], scene: _Scene) -> list[Reason]:
    """Each rule named once, with its amount where it touched only part of the order."""
    touched: dict[str, int] = {}
    for line in lines:
        for key in line.reasons:
            touched[key] = touched.get(key, 0) + line.base_minor
    known = scene.terms.reasons
    return [
        known[key]
        if amount == scene.base_minor
        else known[key].with_params(amount_minor=amount, currency=scene.terms.currency)
        for key, amount in touched.items()
    ]


def _used_birthday(lines: tuple[LineAward, ...], terms: Terms) -> tuple[str, ...]:
    named = {key for line in lines for key in line.reasons}
    return tuple(sorted(terms.birthday_rules & named))


def _holds(asked: Conditions, scene: _Scene) -> bool:
    """Whether everything asked of the order holds."""
    return (
        scene.base_minor >= asked.min_amount_minor
        and (not asked.birthday or _in_window(asked, scene.birthday))
        and (not asked.tiers or scene.tier.code in asked.tiers)
        and (not asked.branches or scene.order.branch in asked.branches)
        and (not asked.channels or scene.order.channel in asked.channels)
        and _open_at(asked, scene.order.occurred_local)
    )


def _open_at(asked: Conditions, moment: datetime) -> bool:
    """Whether the day and the hour are the rule's."""
    day = _window_day(asked, moment)
    return (
        day is not None
        and (not asked.days_of_week or day.weekday() in asked.days_of_week)
        and (asked.starts_on is None or day >= asked.starts_on)
        and (asked.ends_on is None or day <= asked.ends_on)
    )


def _window_day(asked: Conditions, moment: datetime) -> date | None:
    """The day whose hours hold ``moment``, or ``None`` outside them.

    Hours that wrap midnight belong to the day they opened on: Thursday 22:00-02:00 holds at
    01:00 on Friday, by Thursday's date and weekday. A closing time of 00:00 is the day's end.
    """
    day, now = moment.date(), moment.time()
    opens, closes = asked.from_time or time.min, asked.to_time or time.min
    if opens < closes:
        return day if opens <= now < closes else None
    if now >= opens:
        return day
    return day - timedelta(days=1) if now < closes else None


def _in_window(asked: Conditions, birthday: tuple[int, int] | None) -> bool:
    return birthday is not None and birthday[1] <= asked.birthday_window_days


def _open_birthday(order: Order, member: MemberState) -> tuple[int, int] | None:
    """The nearest birthday and its distance in days, unless its bonus is used or barred (RULES 9)."""
    if member.birthday is None:
        return None
    today = order.occurred_local.date()
    year, days = nearest_birthday(member.birthday, today)
    if any(used_year == year for used_year, _ in member.birthday_uses):
        return None
    changed = member.birthday_changed_on
    if (
        changed is not None
        and today < changed + NO_BIRTHDAY_BONUS_AFTER_CHANGE
        and any(used_on <= changed for _, used_on in member.birthday_uses)
    ):
        return None
    return year, days
