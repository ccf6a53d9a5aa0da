"""A finished Rewind in words: cards, the programmes side by side, month by month, who wins and who loses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.money import Money
from analytics.models import RewindDifference, RewindRun, RewindScenario, RewindState
from analytics.rewind.queries import Report, Side
from analytics.rewind.results import Outcome, Ranged
from loyalty_site.backoffice.figures import options, short_month
from programs.models import ProgrammeVersion
from programs.sentences import points_text

STATE_COLOURS: Final = {
    RewindState.WAITING: "info",
    RewindState.RUNNING: "info",
    RewindState.DONE: "success",
    RewindState.FAILED: "danger",
}
SHADES: Final = (300, 700, 500, 900)
"""Of the chart's columns: today's programme is the palest."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A likely figure in words, with its range where there is one."""

    value: str
    range: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One programme of the comparison."""

    place: int
    title: str
    points: str
    used: Figure
    cost: Figure
    of_revenue: Figure
    of_margin: Figure
    outstanding: str
    vouchers: Figure
    contests: Figure
    liability: Figure
    more: str
    """What it costs beyond today's programme; empty for today's own."""
    is_dearer: bool
    won: int
    lost: int
    tiers: list[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole report in words."""

    columns: list[Column]
    rows: list[tuple[str, list[tuple[str, Figure]]]]
    months: list[tuple[str, str, list[tuple[str, str]]]]
    chart: str
    options: str
    summary: str
    revenue: str
    margin: str
    orders: str
    unpaid: int
    differs: int
    booked: str
    how: str


def shown(report: Report) -> Shown:
    """Put a report into words."""
    sold, currency = report.sold, report.run.merchant.currency
    columns = [_column(side, report) for side in report.sides]
    return Shown(
        columns=columns,
        rows=_rows(columns),
        months=_months(report),
        chart=json.dumps(_chart(report, columns)),
        options=json.dumps(options()),
        summary="; ".join(f"{column.title}: {column.cost.value}" for column in columns),
        revenue=_money(sold.revenue_minor, currency),
        margin="" if sold.margin_minor is None else _money(sold.margin_minor, currency),
        orders=f"{sold.orders:,}",
        unpaid=sold.orders - sold.earning,
        differs=report.differs,
        booked=f"{sold.booked:,}",
        how=_how(report),
    )


def title_of(scenario: RewindScenario) -> str:
    """The name of a programme in a Rewind."""
    if not scenario.place:
        return _("Today's programme")
    name = _("Draft %(number)s") if scenario.is_draft else _("Version %(number)s")
    return name % {"number": scenario.number}


def name_of(version: ProgrammeVersion) -> str:
    """The name of a version that can be tried."""
    if not version.is_published:
        return _("Draft %(number)s") % {"number": version.number}
    since = date_format(version.effective_from, "DATE_FORMAT") if version.effective_from else ""
    return _("Version %(number)s, in force from %(day)s") % {"number": version.number, "day": since}


def why_failed(run: RewindRun) -> str:
    """Why there is no answer."""
    if run.why == "draft_changed":
        return _("The draft was changed or published meanwhile. Run it again for what it says now.")
    return _("Something went wrong on our side. Run it again; if it fails again, tell us.")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One member's difference in words."""

    member_id: int
    name: str
    spend: str
    points_today: int
    points: int
    gain: str
    wins: bool
    tier_today: str
    tier: str


def person(row: RewindDifference, run: RewindRun, today: RewindScenario) -> PersonRow:
    """A member and what changes for them."""
    currency = run.merchant.currency
    return PersonRow(
        member_id=row.member_id,
        name=str(row.member),
        spend=_money(row.spend_minor, currency),
        points_today=row.points_today,
        points=row.points,
        gain=_signed(row.gain_minor, currency),
        wins=row.gain_minor > 0,
        tier_today=_tier_names(today).get(row.tier_today, "—"),
        tier=_tier_names(row.scenario).get(row.tier, "—"),
    )


def _column(side: Side, report: Report) -> Column:
    currency, outcome = report.run.merchant.currency, side.outcome
    today = report.sides[0].outcome.cost.mid
    more = outcome.cost.mid - today
    return Column(
        place=side.scenario.place,
        title=title_of(side.scenario),
        points=f"{outcome.points:,}",
        used=_ranged(outcome.used, lambda points: f"{points:,}"),
        cost=_ranged(outcome.cost, lambda minor: _money(minor, currency)),
        of_revenue=_share(outcome.of_revenue),
        of_margin=_share(outcome.of_margin),
        outstanding=f"{outcome.outstanding:,}",
        vouchers=Figure(f"{outcome.vouchers:,}", _money(outcome.vouchers_minor, currency))
        if outcome.vouchers
        else Figure("—"),
        contests=_contests(outcome),
        liability=_ranged(outcome.liability, lambda minor: _money(minor, currency)),
        more=_signed(more, currency) if side.scenario.place else "",
        is_dearer=more > 0,
        won=outcome.won,
        lost=outcome.lost,
        tiers=_tiers(side),
    )


def _contests(outcome: Outcome) -> Figure:
    """How many were decided, and what they gave: it is among the points and vouchers already."""
    if not outcome.contests:
        return Figure("—")
    points, vouchers = outcome.contest_points, outcome.contest_vouchers
    given = points_text(points)
    if vouchers:
        free = ngettext("%(number)s voucher", "%(number)s vouchers", vouchers)
        given = f"{given} · {free % {'number': f'{vouchers:,}'}}"
    return Figure(f"{outcome.contests:,}", given)


def _rows(columns: Sequence[Column]) -> list[tuple[str, list[tuple[str, Figure]]]]:
    """The comparison line by line; a line without a figure anywhere is left out."""
    asked = [
        (_("Points issued, net of returns"), [Figure(one.points) for one in columns]),
        (_("Points expected to be used"), [one.used for one in columns]),
        (_("Vouchers given free, and what they cost"), [one.vouchers for one in columns]),
        (_("Contests decided, and their prizes"), [one.contests for one in columns]),
        (_("Expected cost"), [one.cost for one in columns]),
        (_("More or less than today"), [Figure(one.more or "—") for one in columns]),
        (_("Cost, of revenue"), [one.of_revenue for one in columns]),
        (_("Cost, of gross margin"), [one.of_margin for one in columns]),
        (_("Points outstanding at the end"), [Figure(one.outstanding) for one in columns]),
        (_("Liability at the end"), [one.liability for one in columns]),
    ]
    titles = [one.title for one in columns]
    return [
        (name, list(zip(titles, figures, strict=True)))
        for name, figures in asked
        if any(figure.value != "—" for figure in figures)
    ]


def _months(report: Report) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Month, revenue, and the points and cost of each programme; the newest first."""
    currency = report.run.merchant.currency
    rows = []
    for place, (month, revenue_minor) in enumerate(report.sold.by_month):
        cells = [
            (f"{one.issued:,}", _money(one.cost.mid, currency))
            for one in (side.outcome.months[place] for side in report.sides)
        ]
        rows.append((date_format(_first(month), "YEAR_MONTH_FORMAT"), _money(revenue_minor, currency), cells))
    return rows[::-1]


def _chart(report: Report, columns: Sequence[Column]) -> dict[str, Any]:
    """The expected cost per month, a column for each programme."""
    places = 10 ** (-Money(0, report.run.merchant.currency).decimal.as_tuple().exponent)  # type: ignore[operator]
    return {
        "labels": [short_month(_first(month)) for month, _revenue in report.sold.by_month],
        "datasets": [
            {
                "label": column.title,
                "data": [round(month.cost.mid / places, 2) for month in side.outcome.months],
                "backgroundColor": f"var(--color-primary-{shade})",
            }
            for side, column, shade in zip(report.sides, columns, SHADES, strict=False)
        ],
    }


def _tiers(side: Side) -> list[tuple[str, str, int]]:
    """The members of each tier at the end, the highest first: name, count, whole percent."""
    names, counts = _tier_names(side.scenario), side.outcome.tiers
    total = sum(counts.values()) or 1
    return [
        (name, f"{counts.get(code, 0):,}", round(100 * counts.get(code, 0) / total))
        for code, name in reversed(names.items())
    ]


def _tier_names(scenario: RewindScenario) -> dict[str, str]:
    is_arabic = (get_language() or "ar").startswith("ar")
    return {
        code: (name_ar if is_arabic else name_en) or name_en or name_ar
        for code, name_ar, name_en in scenario.terms.get("tiers", ())
    }


def _how(report: Report) -> str:
    """Where the share of points used comes from."""
    use, share = report.use, _percent(report.use.mid.by(None))
    if use.source == "hand":
        return _("You said that %(share)s of points will be used.") % {"share": share}
    if use.source == "programme":
        return _(
            "Your own history cannot say yet how many points are used, so %(share)s counts, as your "
            "programme expects. There is no range until it can."
        ) % {"share": share}
    return _(
        "Learnt from your own history: of the points of %(months)s months of issue, %(share)s are used in "
        "time. The ranges hold 95 times of 100."
    ) % {"months": use.months, "share": share}


def _ranged(figure: Ranged, say: Any) -> Figure:
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return Figure(say(figure.mid))
    return Figure(say(figure.mid), _between(say(figure.low), say(figure.high)))


def _share(figure: Ranged | None) -> Figure:
    return Figure("—") if figure is None else _ranged(figure, _percent)


def _between(low: str, high: str) -> str:
    return _("between %(low)s and %(high)s") % {"low": low, "high": high}


def _percent(thousandths: int) -> str:
    return f"{thousandths / 10:.1f}%"


def _money(amount_minor: int, currency: str) -> str:
    return Money(amount_minor, currency).format(get_language() or "ar")


def _signed(amount_minor: int, currency: str) -> str:
    sign = "+" if amount_minor > 0 else "−" if amount_minor < 0 else ""
    return f"{sign}{_money(abs(amount_minor), currency)}"


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
