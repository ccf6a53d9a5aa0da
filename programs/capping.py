"""What caps and budgets leave of an award (RULES 10). Pure.

A cap of one rule limits what that rule brings: rules with a cap come in one after another, base rules first,
and each brings the whole points by which the order's floor rises. A cap of all rules limits the order. What
is cut is cut from the lines in proportion, so that an award is always the floor of its lines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from programs.terms import CapKey, CapTerms, RuleTerms, Terms

Used = Mapping[CapKey, int]
"""Points that each cap has given already in the period of the order's day."""
Price = Callable[[frozenset[str]], Sequence[Fraction]]
"""What each line earns while the rules with these codes are closed."""

ZERO = Fraction(0)
NOBODY: Used = {}


class Cut(NamedTuple):
    """That a cap took ``points`` off an award."""

    cap: CapTerms
    points: int


@dataclass(slots=True)
class Within:
    """An award within its caps: what is left of each line, which rules stayed closed, what each brought."""

    lines: list[Fraction]
    closed: frozenset[str] = frozenset()
    brought: dict[str, int] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)

    @property
    def points(self) -> int:
        """Whole points of all lines together."""
        return floor(sum(self.lines, ZERO))


def floor(exact: Fraction) -> int:
    """The whole points of an exact sum."""
    return exact.numerator // exact.denominator


def within_rules(price: Price, rules: Sequence[RuleTerms], terms: Terms, used: Used) -> Within:
    """Let ``rules``, those in play that have a cap of their own, bring no more than their caps leave."""
    ordered = sorted(rules, key=lambda rule: rule.kind in {"multiplier", "fixed"})
    award = Within([], frozenset(rule.code for rule in ordered))
    priced = price(award.closed)
    award.lines = list(priced)
    for rule in ordered:
        cap, room = tightest(terms.caps_of[rule.code], used)
        full = price(award.closed - {rule.code})
        if room <= 0:
            lost = floor(sum(full, ZERO)) - floor(sum(priced, ZERO))
            award.cuts += [Cut(cap, lost)] if lost > 0 else []
            continue
        more = [after - before for after, before in zip(full, priced, strict=True)]
        award.closed -= {rule.code}
        priced = full
        _let_in(award, rule.code, more, cap, room)
    return award


def within_all(award: Within, terms: Terms, used: Used) -> Within:
    """Cut the whole award to what the caps of all rules leave; what rules brought shrinks, the last first."""
    caps = terms.caps_of.get("", ())
    points = award.points
    if not caps or not points:
        return award
    cap, room = tightest(caps, used)
    allowed = min(points, max(0, room))
    if allowed == points:
        return award
    _scale(award, allowed)
    award.cuts.append(Cut(cap, points - allowed))
    excess = points - allowed
    for code in reversed(award.brought):
        taken = min(excess, award.brought[code])
        award.brought[code] -= taken
        excess -= taken
    return award


def uses_of(award: Within, terms: Terms) -> tuple[tuple[CapKey, int], ...]:
    """What the award takes from each cap that adds up over time."""
    points = award.points
    taken = ((cap.key, award.brought.get(cap.rule, 0) if cap.rule else points) for cap in terms.caps)
    return tuple((key, used) for key, used in taken if used > 0 and key[2] != "order")


def tightest(caps: Sequence[CapTerms], used: Used) -> tuple[CapTerms, int]:
    """The cap that leaves least, and how much it leaves."""
    cap = min(caps, key=lambda cap: cap.points - used.get(cap.key, 0))
    return cap, cap.points - used.get(cap.key, 0)


def _scale(award: Within, points: int) -> None:
    """Let the lines sum to ``points`` exactly, in proportion."""
    whole = sum(award.lines, ZERO)
    if whole:
        award.lines = [line * points / whole for line in award.lines]


def _let_in(award: Within, code: str, more: Sequence[Fraction], cap: CapTerms, room: int) -> None:
    """Add what a rule brings, cut so that the floor rises by at most ``room``."""
    whole, brings = sum(award.lines, ZERO), sum(more, ZERO)
    before = floor(whole)
    lost = floor(whole + brings) - before - room
    part = (before + room - whole) / brings if lost > 0 else Fraction(1)
    award.lines = [max(ZERO, line + extra * part) for line, extra in zip(award.lines, more, strict=True)]
    if award.points > before + room:
        _scale(award, before + room)  # a line that would have fallen below nothing had lifted the others
    award.brought[code] = max(0, award.points - before)
    if lost > 0:
        award.cuts.append(Cut(cap, lost))
