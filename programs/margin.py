"""The margin guard: what a programme gives back at worst, as a rate of the price (RULES 8). Pure.

Everything earned is used in full, at its dearest use and at cost to the merchant (face value where no cost is
given). Rates are exact fractions: of the base with VAT, which the ceiling is of, and of the base without VAT,
which the gross margin is of. Points given once per order are counted at the smallest order that brings them.
Caps change nothing: an order below them earns what it earns. Gifts for something else than a purchase stand
apart, for there is no price to measure them by. What a sale brings beside points (``programs.extras``) comes
on top: every extra that the tier and the order let in.

Units: money in minor units; rates, margins, VAT and ceiling as fractions of one (1/10 is 10 %).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final, Literal

from programs.extras import Extra
from programs.margin_meetings import MOST, Met, few, of_amount, of_lines, of_orders, of_tier, together
from programs.terms import ONE, RuleTerms, Terms, TierTerms

ZERO: Final = Fraction(0)
RATED: Final = 20_000
"""Combinations that are worked out at most; beyond that, places are laid together."""
Verdict = Literal["fine", "above_ceiling", "above_margin"]


@dataclass(frozen=True, slots=True)
class Margins:
    """What is kept of the price without VAT, in all and by category; the VAT; and the ceiling."""

    gross: Fraction
    vat: Fraction
    ceiling: Fraction = Fraction(1, 10)
    by_category: Mapping[str, Fraction] = field(default_factory=dict)

    def of(self, category: str) -> Fraction:
        """The gross margin of a category."""
        return self.by_category.get(category, self.gross)


@dataclass(frozen=True, slots=True)
class Use:
    """Something that points buy; an unknown cost counts as what the points are worth."""

    points: int
    cost_minor: int | None = None
    tiers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Combination:
    """A tier and bonuses that can meet, and what they give back together.

    ``counted`` are the bonuses that make the rate (under ``best_of`` the best one, or none where the tier is
    best), ``extras`` what comes on top of points; ``smallest_minor`` is the order it is worst at, 0 for any;
    ``category`` is empty for every other.
    """

    tier: TierTerms
    counted: tuple[RuleTerms, ...]
    tier_counts: bool
    category: str
    smallest_minor: int
    rate: Fraction
    rate_without_vat: Fraction
    margin: Fraction
    extras: tuple[Extra, ...] = ()

    @property
    def is_above_margin(self) -> bool:
        """Whether the sale loses money."""
        return self.rate_without_vat > self.margin


@dataclass(frozen=True, slots=True)
class Guard:
    """Every combination, the worst first, and what lacks a smallest order."""

    combinations: tuple[Combination, ...]
    unbounded: tuple[RuleTerms, ...]
    ceiling: Fraction
    unbounded_extras: tuple[Extra, ...] = ()

    @property
    def worst(self) -> Combination | None:
        """The combination that gives most back; None where nothing is earned."""
        return next(iter(self.combinations), None)

    @property
    def losing(self) -> Combination | None:
        """The worst combination above the margin of its category."""
        return next((one for one in self.combinations if one.is_above_margin), None)

    @property
    def verdict(self) -> Verdict:
        """Whether it may be published, by one person, by two, or by nobody."""
        if self.losing or self.unbounded or self.unbounded_extras:
            return "above_margin"
        return "above_ceiling" if self.worst and self.worst.rate > self.ceiling else "fine"


def guard(
    terms: Terms,
    uses: Sequence[Use],
    margins: Margins,
    since: date | None = None,
    extras: Sequence[Extra] = (),
) -> Guard:
    """Every tier, bonus and extra that can meet from the day ``since`` on, and what it gives back."""
    rules = (*terms.base_rules, *terms.multiplier_rules, *terms.fixed_rules)
    scene = _Scene(terms, rules, margins, tuple(extras))
    lines, amounts = _lines(rules, margins), _amounts(terms, rules, extras)
    share = max(1, min(MOST, RATED // (len(terms.tiers) * len(amounts) * len(lines))))
    places = of_orders(rules, since)
    found: dict[object, Combination] = {}
    for tier in terms.tiers:
        dearest = cost_per_point(terms, uses, tier.code)
        here = together(places, [of_tier(rules, tier.code)])
        for amount_minor, met_by in amounts:
            then = few(together(here, met_by), share)
            for margin, labels in lines.items():
                for met, category in _along(then, labels, share):
                    one = scene.rated(tier, dearest, met, amount_minor, category, margin)
                    if one is not None:
                        found.setdefault((tier.code, one.counted, one.rate, margin, one.smallest_minor), one)
    ordered = sorted(found.values(), key=lambda one: (-one.rate, one.margin, one.smallest_minor))
    return Guard(
        combinations=tuple(ordered),
        unbounded=tuple(rule for rule in terms.fixed_rules if not rule.conditions.min_amount_minor),
        ceiling=margins.ceiling,
        unbounded_extras=tuple(one for one in extras if one.once_minor and not one.smallest_minor),
    )


def cost_per_point(terms: Terms, uses: Sequence[Use], tier: str) -> Fraction:
    """What a point costs at its dearest use for this tier, in minor units."""
    face = Fraction(terms.block_value_minor, terms.block_points)
    open_to = (use for use in uses if use.cost_minor is not None and (not use.tiers or tier in use.tiers))
    return max(face, *(Fraction(use.cost_minor or 0, use.points) for use in open_to), ZERO)


def _lines(rules: Sequence[RuleTerms], margins: Margins) -> dict[Fraction, dict[Met, str]]:
    """What can hold of a line, by its margin; each with a category, the empty one for all that none names."""
    named = {code for rule in rules for code in rule.conditions.categories}
    found: dict[Fraction, dict[Met, str]] = {}
    for code in ["", *sorted(named | set(margins.by_category))]:
        labels = found.setdefault(margins.of(code), {})
        for met in of_lines(rules, code):
            labels.setdefault(met, code)
    return found


def _amounts(
    terms: Terms, rules: Sequence[RuleTerms], extras: Sequence[Extra]
) -> list[tuple[int, list[Met]]]:
    """Orders of any size, and those just large enough for what comes once per order."""
    once = {one.smallest_minor for one in extras if one.once_minor}
    least = sorted({0, *once, *(rule.conditions.min_amount_minor for rule in rules)})
    every = [of_amount(rules, amount_minor) for amount_minor in least]
    smallest = [(amount_minor, [met]) for amount_minor, met in zip(least, every, strict=True) if amount_minor]
    return [(0, every), *(smallest if terms.fixed_rules or once else [])]


def _along(places: Sequence[Met], labels: Mapping[Met, str], share: int) -> Iterator[tuple[Met, str]]:
    """What can hold of an order and a line of it together, with the line's category where one is known."""
    met = {
        Met(one.may & line.may, one.must & line.must): code for one in places for line, code in labels.items()
    }
    return ((one, met.get(one, "")) for one in few(met, share))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What rates are worked out from; the rules' places are the bits of every ``Met``."""

    terms: Terms
    rules: tuple[RuleTerms, ...]
    margins: Margins
    extras: tuple[Extra, ...] = ()

    def rated(
        self, tier: TierTerms, dearest: Fraction, met: Met, amount_minor: int, category: str, margin: Fraction
    ) -> Combination | None:
        """The combination at orders of ``amount_minor``, or 0: of any size, without points given once."""
        per_minor, bonuses, tier_counts = self._per_minor(tier, met)
        once = self._held(met.may, "fixed") if amount_minor else ()
        if once:
            per_minor += Fraction(sum(rule.points for rule in once), amount_minor)
        extras = tuple(one for one in self.extras if one.comes(tier.code, amount_minor))
        given = amount_minor and any(one.once_minor for one in extras)
        rate = per_minor * dearest + sum((one.rate_at(amount_minor) for one in extras), ZERO)
        if not rate:
            return None
        return Combination(
            tier=tier,
            counted=(*bonuses, *once),
            tier_counts=tier_counts and tier.multiplier != ONE,
            category=category,
            smallest_minor=amount_minor if once or given else _least(bonuses, extras),
            rate=rate,
            rate_without_vat=rate * (1 + self.margins.vat),
            margin=margin,
            extras=extras,
        )

    def _per_minor(self, tier: TierTerms, met: Met) -> tuple[Fraction, tuple[RuleTerms, ...], bool]:
        """Points per minor unit of a line, the bonuses that make it so, and whether the tier does."""
        base = self._base(met)
        if not base:
            return ZERO, (), False
        bonuses = tuple(rule for rule in self._held(met.may, "multiplier") if rule.factor > ONE)
        if self.terms.stacking == "best_of":
            best = max(bonuses, key=lambda rule: rule.factor, default=None)
            if best is None or best.factor <= tier.multiplier:
                return base * tier.multiplier, (), True
            return base * best.factor, (best,), False
        lessened = tuple(rule for rule in self._held(met.must, "multiplier") if rule.factor < ONE)
        factor = tier.multiplier
        for rule in (*bonuses, *lessened):
            factor = factor + rule.factor - 1 if self.terms.stacking == "add" else factor * rule.factor
        return base * max(factor, ZERO), (*bonuses, *lessened), True

    def _base(self, met: Met) -> Fraction:
        """The best base rule that may be the first to hold."""
        best = ZERO
        for place, rule in enumerate(self.terms.base_rules):
            if met.may >> place & 1:
                best = max(best, Fraction(rule.points, rule.per_minor))
            if met.must >> place & 1:
                break
        return best

    def _held(self, mask: int, kind: str) -> tuple[RuleTerms, ...]:
        return tuple(rule for place, rule in enumerate(self.rules) if mask >> place & 1 and rule.kind == kind)


def _least(bonuses: Sequence[RuleTerms], extras: Sequence[Extra]) -> int:
    asked = [*(rule.conditions.min_amount_minor for rule in bonuses), *(one.smallest_minor for one in extras)]
    return max(asked, default=0)
