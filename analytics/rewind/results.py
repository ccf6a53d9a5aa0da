"""From the sums of a replay to what a page shows: use, cost, liability, with their ranges. Pure.

Amounts are minor units, rates thousandths of one, every rounding to the nearest, halves up. A point costs
what it is worth at the till; its expected use ends with the last month it lives in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from analytics.rewind.behaviour import Curve, Use
from analytics.rewind.sums import months_between
from ledger.liability.breakage import half_up

THOUSAND: Final = 1_000


@dataclass(frozen=True, slots=True)
class Ranged:
    """A likely figure and its bounds, which are None where nothing proves them."""

    mid: int
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class MonthCost:
    """One month under one scenario: points given and taken back, and the cost of what was given in it."""

    month: str
    issued: int
    taken_back: int
    cost: Ranged


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario would have come to; what contests gave is among the points and the vouchers."""

    issued: int
    taken_back: int
    used: Ranged
    cost: Ranged
    of_revenue: Ranged | None
    of_margin: Ranged | None
    outstanding: int
    liability: Ranged
    tiers: Mapping[str, int]
    won: int
    lost: int
    months: tuple[MonthCost, ...]
    vouchers: int = 0
    vouchers_minor: int = 0
    contests: int = 0
    contest_points: int = 0
    contest_vouchers: int = 0

    @property
    def points(self) -> int:
        """What stays given."""
        return self.issued + self.taken_back


@dataclass(frozen=True, slots=True)
class Sold:
    """What the shop sold: revenue net of returns, and what it keeps of that (None: never said)."""

    orders: int
    earning: int
    booked: int
    revenue_minor: int
    margin_minor: int | None
    by_month: tuple[tuple[str, int], ...]


def use_as_json(use: Use) -> dict[str, Any]:
    """As it is kept with the run."""
    curves = {name: list(curve.by_age) for name in ("low", "mid", "high") if (curve := getattr(use, name))}
    return {"source": use.source, "months": use.months, "points": use.points, **curves}


def use_from_json(kept: Mapping[str, Any]) -> Use:
    """The use again."""
    low, mid, high = (Curve(tuple(kept[name])) if name in kept else None for name in ("low", "mid", "high"))
    return Use(
        kept.get("source", "programme"),
        mid or Curve(()),
        low,
        high,
        kept.get("months", 0),
        kept.get("points", 0),
    )


def worth_of_one(terms: Mapping[str, Any]) -> Fraction:
    """What a point is worth; nothing without a programme."""
    return Fraction(terms["block_value_minor"], terms["block_points"]) if terms else Fraction(0)


def gain_minor(points: int, vouchers: Mapping[str, int], terms: Mapping[str, Any]) -> int:
    """What points are worth under these terms, and vouchers at what they cost."""
    return half_up(points * worth_of_one(terms)) + vouchers_minor(vouchers, terms)


def vouchers_minor(vouchers: Mapping[str, int], terms: Mapping[str, Any]) -> int:
    """What vouchers cost, by the code of their reward: all of them are taken to be used."""
    costs: Mapping[str, int] = terms.get("rewards", {})
    return sum(count * costs.get(code, 0) for code, count in vouchers.items())


def sold(shop: Mapping[str, Any], margins: Mapping[str, Any]) -> Sold:
    """The shop's own figures, the same under every scenario."""
    goods: Mapping[str, Mapping[str, int]] = shop.get("goods", {})
    months = sorted({*goods, *shop.get("orders", {})})
    by_month = tuple((month, sum(goods.get(month, {}).values())) for month in months)
    return Sold(
        orders=sum(shop.get("orders", {}).values()),
        earning=shop.get("earning", 0),
        booked=sum(shop.get("booked", {}).values()),
        revenue_minor=sum(amount for _month, amount in by_month),
        margin_minor=_kept_of(goods, margins) if margins else None,
        by_month=by_month,
    )


def _kept_of(goods: Mapping[str, Mapping[str, int]], margins: Mapping[str, Any]) -> int:
    """What is left of the prices without VAT, category by category."""
    shares, vat = margins["by_category"], 1 + _part(margins["vat"])
    kept = Fraction(0)
    for of_month in goods.values():
        for category, amount_minor in of_month.items():
            kept += Fraction(amount_minor) / vat * _part(shares.get(category, margins["gross"]))
    return half_up(kept)


def outcome(
    found: Mapping[str, Any], terms: Mapping[str, Any], use: Use, shop: Sold, *, this_month: str
) -> Outcome:
    """What a scenario comes to by ``this_month``, in which the replay ends."""
    lots: Mapping[str, int] = found.get("lots", {})
    worth = worth_of_one(terms)
    used = _over(use, lambda curve: Fraction(sum(_used(lots, curve).values()), THOUSAND))
    given = _vouchers(found)
    gifts = sum(vouchers_minor(of_month, terms) for of_month in given.values())
    cost = _plus(_times(used, worth), gifts)
    open_lots = {key: points for key, points in lots.items() if _lives(key, this_month)}
    liability = _over(use, lambda curve: Fraction(_to_come(open_lots, curve, this_month), THOUSAND) * worth)
    return Outcome(
        issued=sum(found.get("issued", {}).values()),
        taken_back=sum(found.get("taken_back", {}).values()),
        used=_rounded(used),
        cost=_rounded(cost),
        of_revenue=_rate(cost, shop.revenue_minor),
        of_margin=_rate(cost, shop.margin_minor),
        outstanding=half_up(_left(open_lots, use.mid, this_month)),
        liability=_rounded(liability),
        tiers=found.get("tiers", {}),
        won=found.get("won", 0),
        lost=found.get("lost", 0),
        months=_months(found, lots, use, worth, shop, terms),
        vouchers=sum(sum(of_month.values()) for of_month in given.values()),
        vouchers_minor=gifts,
        **{name: found.get(name, 0) for name in ("contests", "contest_points", "contest_vouchers")},
    )


Exact = tuple[Fraction, Fraction | None, Fraction | None]


def _over(use: Use, of: Any) -> Exact:
    """A figure under the likely curve and under its bounds."""
    return of(use.mid), *(None if curve is None else of(curve) for curve in (use.low, use.high))


def _times(exact: Exact, factor: Fraction) -> Exact:
    mid, low, high = exact
    return mid * factor, None if low is None else low * factor, None if high is None else high * factor


def _plus(exact: Exact, more: int) -> Exact:
    mid, low, high = exact
    return mid + more, None if low is None else low + more, None if high is None else high + more


def _vouchers(found: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Vouchers given, by month and by the code of their reward."""
    given: dict[str, dict[str, int]] = {}
    for key, count in found.get("vouchers", {}).items():
        month, code = key.split("|")
        given.setdefault(month, {})[code] = count
    return given


def _rounded(exact: Exact) -> Ranged:
    return Ranged(half_up(exact[0]), *(None if part is None else half_up(part) for part in exact[1:]))


def _rate(cost: Exact, of_minor: int | None) -> Ranged | None:
    """The cost as thousandths of an amount; None where there is none."""
    return _rounded(_times(cost, Fraction(THOUSAND, of_minor))) if of_minor and of_minor > 0 else None


def _used(lots: Mapping[str, int], curve: Curve) -> dict[str, int]:
    """Points × thousandths expected to be used, by month of issue."""
    used: dict[str, int] = {}
    for key, points in lots.items():
        month, last = key.split("|")
        used[month] = used.get(month, 0) + points * curve.by(months_between(month, last) if last else None)
    return used


def _lives(key: str, this_month: str) -> bool:
    last = key.split("|")[1]
    return not last or last >= this_month


def _to_come(lots: Mapping[str, int], curve: Curve, this_month: str) -> int:
    """Points × thousandths that are still to be used."""
    total = 0
    for key, points in lots.items():
        month, last = key.split("|")
        by_now = curve.by(months_between(month, this_month))
        total += points * max(0, curve.by(months_between(month, last) if last else None) - by_now)
    return total


def _left(lots: Mapping[str, int], curve: Curve, this_month: str) -> Fraction:
    """Points that nobody has used yet."""
    unused = (
        points * (THOUSAND - curve.by(months_between(key.split("|")[0], this_month)))
        for key, points in lots.items()
    )
    return Fraction(sum(unused), THOUSAND)


def _months(
    found: Mapping[str, Any],
    lots: Mapping[str, int],
    use: Use,
    worth: Fraction,
    shop: Sold,
    terms: Mapping[str, Any],
) -> tuple[MonthCost, ...]:
    given = _vouchers(found)
    used = [None if curve is None else _used(lots, curve) for curve in (use.mid, use.low, use.high)]
    rows = []
    for month, _revenue in shop.by_month:
        gifts = vouchers_minor(given.get(month, {}), terms)
        exact = [None if one is None else one.get(month, 0) * worth / THOUSAND + gifts for one in used]
        rounded = [None if one is None else half_up(Fraction(one)) for one in exact]
        issued, back = found.get("issued", {}).get(month, 0), found.get("taken_back", {}).get(month, 0)
        rows.append(MonthCost(month, issued, back, Ranged(rounded[0] or 0, *rounded[1:])))
    return tuple(rows)


def _part(percent: Any) -> Fraction:
    return Fraction(Decimal(str(percent))) / 100
