"""What a tier gives beside its multiplier, and what of it this order brings. Pure.

A discount is advice: the till that knows its prices applies it. It is worked out on the goods that earn,
VAT included, before points pay for any of them, and rounded once per order, half a minor unit up.

Units: money in minor units; percents are whole numbers of a hundred.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain
from typing import Final, Literal

from programs.extras import NOTHING, Extra
from programs.occasions import Days

PerkKind = Literal[
    "free_shipping",
    "reduced_shipping",
    "extra_discount",
    "priority_support",
    "early_access",
    "birthday_gift",
    "text",
]
ON_ORDERS: Final[frozenset[str]] = frozenset({"free_shipping", "reduced_shipping", "extra_discount"})
"""Perks that a till applies to an order."""
HALF: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class PerkTerms:
    """One perk of the tier called ``tier``.

    ``extra_discount`` and ``reduced_shipping`` take ``percent`` off or ``amount_minor`` off; a birthday gift
    is worth ``amount_minor``. Nothing of it comes with an order below ``min_order_minor``, nor, where
    ``occasions`` are named, on any other day; ``labels`` are (code, Arabic, English) of those.
    """

    code: str
    tier: str
    kind: PerkKind
    name_ar: str
    name_en: str
    percent: int = 0
    amount_minor: int = 0
    min_order_minor: int = 0
    occasions: frozenset[str] = frozenset()
    labels: tuple[tuple[str, str, str], ...] = ()

    @property
    def promise(self) -> tuple[object, ...]:
        """What it gives, whatever it is called and to whichever tier."""
        named = (self.name_ar, self.name_en) if self.kind == "text" else ()
        given = (self.percent, self.amount_minor, self.min_order_minor, self.occasions)
        return (self.kind, *given, *named)


@dataclass(frozen=True, slots=True)
class Advice:
    """A perk that this order brings; ``off_minor`` is what the till takes off the goods, 0 for any other."""

    perk: PerkTerms
    off_minor: int


def perks_of(perks: Iterable[PerkTerms], tier: str) -> tuple[PerkTerms, ...]:
    """The perks of one tier, in the order given."""
    return tuple(perk for perk in perks if perk.tier == tier)


def added(perks: Sequence[PerkTerms], held: str, above: str) -> tuple[PerkTerms, ...]:
    """What the tier above gives that the one held does not."""
    have = {perk.promise for perk in perks_of(perks, held)}
    return tuple(perk for perk in perks_of(perks, above) if perk.promise not in have)


def advice(
    perks: Iterable[PerkTerms], tier: str, goods_minor: int, day: date, occasions: Collection[Days]
) -> tuple[Advice, ...]:
    """The perks on orders that this one brings: goods of ``goods_minor`` bought on ``day``."""
    on = {found.code for found in occasions if found.holds(day)}
    return tuple(
        Advice(perk, off(perk, goods_minor))
        for perk in perks_of(perks, tier)
        if perk.kind in ON_ORDERS
        and goods_minor >= perk.min_order_minor
        and (not perk.occasions or not perk.occasions.isdisjoint(on))
    )


def off(perk: PerkTerms, goods_minor: int) -> int:
    """What a discount takes off ``goods_minor``: never more than the goods, 0 for what is no discount."""
    if perk.kind != "extra_discount":
        return 0
    share = Fraction(goods_minor * perk.percent, 100) + perk.amount_minor
    return min(goods_minor, int(share + HALF))


def worst_of(perks: Iterable[PerkTerms]) -> list[Extra]:
    """What perks cost with one sale at worst, for the margin guard (RULES 8).

    A discount costs its percent of the price on any order it may come with, one of a fixed amount that
    amount at the smallest order. Every discount of a tier may meet on one day, so each counts in full. What
    shipping costs the shop is not known here: a reduction counts with the amount it names, no shipping at
    all with the amount the merchant says it costs (0 = not counted).
    """
    return [_extra(perk) for perk in perks if perk.kind in ON_ORDERS and (perk.percent or perk.amount_minor)]


def _extra(perk: PerkTerms) -> Extra:
    percent = Fraction(perk.percent, 100) if perk.kind == "extra_discount" else NOTHING
    return Extra(
        code=f"tierperk.{perk.code}",
        name_ar=perk.name_ar,
        name_en=perk.name_en,
        rate=percent,
        once_minor=Fraction(perk.amount_minor),
        smallest_minor=perk.min_order_minor,
        tiers=frozenset({perk.tier}),
    )


def occasions_of(perks: Iterable[PerkTerms]) -> frozenset[str]:
    """Every occasion that a perk names."""
    return frozenset(chain.from_iterable(perk.occasions for perk in perks))
