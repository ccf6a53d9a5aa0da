"""What is wrong with tiers and their perks: what nobody could reach, or nobody would have anything of."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _

from programs.models import PerkKind, Tier, TierBasis, TierPerk
from programs.occasions import KNOWN
from programs.perks import ON_ORDERS

Found = tuple[str, str, str]
"""The code of the part, its field, and what to mend."""

LARGEST_MULTIPLIER: Final = 100
MOST_COUNTED: Final[dict[str, int]] = {TierBasis.POINTS: 1_000_000_000, TierBasis.VISITS: 10_000}
"""Beyond this a tier stays empty: nobody comes so often in a year."""
OFF: Final = frozenset({PerkKind.EXTRA_DISCOUNT.value, PerkKind.REDUCED_SHIPPING.value})
"""Perks that take off a percent or an amount."""


def tier_problems(tiers: Sequence[Tier], basis: str) -> Iterator[Found]:
    """Tiers begin at zero, rise, can be reached, and never earn less than the one below."""
    if tiers[0].threshold_minor:
        yield tiers[0].code, "threshold_minor", _("The first tier starts from zero.")
    for tier in tiers:
        if not 0 < tier.multiplier <= LARGEST_MULTIPLIER:
            yield tier.code, "multiplier", _("A multiplier is above 0 and at most 100.")
        if tier.threshold_minor > MOST_COUNTED.get(basis, tier.threshold_minor):
            yield tier.code, "threshold_minor", _("Nobody could reach this tier: it would stay empty.")
    for below, above in pairwise(tiers):
        if above.threshold_minor == below.threshold_minor:
            yield above.code, "threshold_minor", _same_start(basis)
        if above.multiplier < below.multiplier:
            yield above.code, "multiplier", _("A higher tier must not earn less than the one below it.")


def _same_start(basis: str) -> str:
    if basis == TierBasis.SPEND:
        return _("Two tiers start at the same spend.")
    return _("Two tiers start at the same number.")


def perk_problems(
    perks: Collection[TierPerk], tiers: Collection[str], own_occasions: Collection[str]
) -> Iterator[Found]:
    """Perks of no tier, without the figure they need, with one they have no use for, on no known occasion."""
    for perk in perks:
        if perk.tier not in tiers:
            yield perk.code, "tier", _("There is no “%(code)s” here.") % {"code": perk.tier}
        yield from _figure_problems(perk)
        strangers = [str(code) for code in perk.occasions if code not in KNOWN and code not in own_occasions]
        if strangers:
            message = _("There is no “%(code)s” here.") % {"code": ", ".join(strangers)}
            yield perk.code, "occasions", message


def _figure_problems(perk: TierPerk) -> Iterator[Found]:
    if perk.kind == PerkKind.BIRTHDAY_GIFT:
        message = _("Nothing gives this by itself: make a rule for the birthday with a voucher.")
        yield perk.code, "kind", message
    if perk.percent > 100:
        yield perk.code, "percent", _("A discount is at most 100 %.")
    if perk.kind in OFF:
        if not perk.percent and not perk.amount_minor:
            yield perk.code, "percent", _("Say how much it takes off: a percent or an amount.")
        elif perk.percent and perk.amount_minor:
            yield perk.code, "amount_minor", _("Choose a percent or an amount, not both.")
    elif perk.percent:
        yield perk.code, "percent", _("Only a discount has a percent: leave it empty.")
    if perk.kind not in ON_ORDERS:
        for name in ("min_order_minor", "occasions"):
            if getattr(perk, name):
                yield perk.code, name, _("This perk does not come with an order: leave it empty.")
        if perk.amount_minor and perk.kind != PerkKind.BIRTHDAY_GIFT:
            yield perk.code, "amount_minor", _("This perk takes nothing off: leave it empty.")


def perk_warnings(perks: Collection[TierPerk], tiers: Sequence[Tier]) -> list[str]:
    """Where a higher tier gives less than the one below: allowed, and hardly meant."""
    return [
        _("“%(above)s” gives less than “%(below)s” here: %(kind)s.")
        % {"above": above.name, "below": below.name, "kind": PerkKind(kind).label}
        for below, above in pairwise(tiers)
        for kind in PerkKind.values
        if kind != PerkKind.TEXT
        and (has := _best(perks, below.code, kind)) is not None
        and ((gets := _best(perks, above.code, kind)) is None or gets < has)
    ]


def _best(perks: Collection[TierPerk], tier: str, kind: str) -> tuple[int, int, int] | None:
    """The best perk of a kind: by percent, by amount, by how small an order brings it."""
    own = (perk for perk in perks if (perk.tier, perk.kind) == (tier, kind))
    figures = ((perk.percent, _worth(perk), -perk.min_order_minor) for perk in own)
    return max(figures, default=None)


def _worth(perk: TierPerk) -> int:
    return perk.amount_minor if perk.kind in OFF or perk.kind == PerkKind.BIRTHDAY_GIFT else 0
