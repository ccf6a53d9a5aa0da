"""Figures in words and in charts, for the dashboard and the member's page; ``analytics`` counts them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.dates import MONTHS_3
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from accounts.cells import isolated
from accounts.models import Merchant
from accounts.money import Money
from analytics.models import DormancyScore
from analytics.queries import newest_snapshot
from analytics.wording import sentences
from programs.burning import worth_minor
from programs.terms import Terms

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: what it is, how much, and what that means."""

    title: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What Chart.js is given, as JSON, and the same in a sentence for those who cannot see it."""

    data: str
    options: str
    summary: str


@dataclass(frozen=True, slots=True)
class TierShare:
    """How many members hold a tier; ``share`` in whole percent."""

    name: str
    members: str
    share: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The dashboard's figures at one moment."""

    as_of: datetime
    cards: list[Card]
    chart: Chart
    tiers: list[TierShare]
    tier_note: str


def figures_of(merchant: Merchant) -> Figures | None:
    """Return the newest figures of ``merchant`` in the reader's language; None while nothing was counted."""
    snapshot = newest_snapshot(merchant)
    if snapshot is None or not snapshot.values.get("members"):
        return None
    values = snapshot.values
    return Figures(snapshot.as_of, cards_of(values), chart_of(values), tiers_of(values), _tier_note(values))


def cards_of(values: Values) -> list[Card]:
    """Return the six figures of the blueprint."""
    return [
        Card(
            _("Active members"), f"{values['active_30']:,}",
            _("of %(members)s bought in the last 30 days") % {"members": f"{values['members']:,}"},
        ),
        Card(
            _("Points outstanding"), f"{values['outstanding']:,}",
            _("worth %(worth)s") % {"worth": _money(values, "outstanding_worth_minor")},
        ),
        Card(
            _("Repeat rate"), _share(values["repeat_60"]),
            _("came back within 60 days; %(rate)s within 90") % {"rate": _share(values["repeat_90"])},
        ),
        Card(_("Redemption rate"), _share(values["redemption_rate"]), _("of the points that were given")),
        Card(
            _("Customer value"), _money(values, "value_12m_minor"), _value_hint(values),
        ),
        Card(
            _("At risk"), f"{values['at_risk']:,}",
            _("spent %(spent)s in the last 90 days") % {"spent": _money(values, "value_at_risk_minor")},
        ),
    ]  # fmt: skip


def tiers_of(values: Values) -> list[TierShare]:
    """Return the tier mix, the highest tier first."""
    total = sum(tier["members"] for tier in values["tiers"]) or 1
    name = f"name_{(get_language() or 'ar')[:2]}"
    return [
        TierShare(
            tier.get(name) or tier["name_ar"], f"{tier['members']:,}", round(100 * tier["members"] / total)
        )
        for tier in reversed(values["tiers"])
    ]


def _tier_note(values: Values) -> str:
    """Say how many moved up and down lately."""
    ranks = {tier["code"]: rank for rank, tier in enumerate(values["tiers"])}
    moves = [(ranks.get(m["to"], 0) - ranks.get(m["from"], 0), m["members"]) for m in values["migration"]]
    return _("In the last %(days)s days: %(up)s moved up, %(down)s moved down.") % {
        "days": values["migration_days"],
        "up": f"{sum(members for step, members in moves if step > 0):,}",
        "down": f"{sum(members for step, members in moves if step < 0):,}",
    }


def chart_of(values: Values) -> Chart:
    """Return the columns of points earned and redeemed per month, in reading order."""
    months = [date.fromisoformat(f"{month['month']}-01") for month in values["months"]]
    last = values["months"][-1]
    data = {
        "labels": [short_month(day) for day in months],
        "datasets": [
            _columns(_("Earned"), [month["earned"] for month in values["months"]], 700),
            _columns(_("Redeemed"), [month["redeemed"] for month in values["months"]], 300),
        ],
    }
    summary = _("%(month)s: %(earned)s points earned, %(redeemed)s redeemed") % {
        "month": date_format(months[-1], "YEAR_MONTH_FORMAT"),
        "earned": f"{last['earned']:,}",
        "redeemed": f"{last['redeemed']:,}",
    }
    return Chart(json.dumps(data), json.dumps(options()), summary)


def _columns(label: str, points: list[int], shade: int) -> dict[str, Any]:
    return {"label": label, "data": points, "backgroundColor": f"var(--color-primary-{shade})"}


def short_month(day: date) -> str:
    """Name a month briefly in English and wholly in Arabic, which has no short names."""
    if (get_language() or "ar").startswith("ar"):
        return date_format(day, "F")
    return f"{MONTHS_3[day.month]}".title()


def options() -> dict[str, Any]:
    """Return the chart's options: Latin digits in both languages, and time running the reading way."""
    is_rtl = get_language_bidi()
    font = {"family": "'Plex Arabic', Inter, sans-serif", "size": 12}
    ticks = {"color": "#6b7280", "font": font}
    return {
        "locale": "ar-u-nu-latn" if is_rtl else "en",
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "datasets": {"bar": {"borderRadius": 5, "maxBarThickness": 22, "categoryPercentage": 0.7}},
        "plugins": {
            "legend": {
                "rtl": is_rtl, "align": "start", "position": "top",
                "labels": {"color": "#6b7280", "font": font, "boxWidth": 14, "boxHeight": 8},
            },
            "tooltip": {
                "rtl": is_rtl, "textDirection": "rtl" if is_rtl else "ltr",
                "bodyFont": font, "titleFont": font,
            },
        },
        "scales": {
            "x": {"reverse": is_rtl, "grid": {"display": False}, "ticks": ticks},
            "y": {
                "position": "right" if is_rtl else "left", "beginAtZero": True, "border": {"display": False},
                "grid": {"color": "#9ca3af33"}, "ticks": ticks | {"maxTicksLimit": 6},
            },
        },
    }  # fmt: skip


def worth_of(points: int, terms: Terms) -> str:
    """Return what ``points`` are worth, written out."""
    return Money(worth_minor(points, terms), terms.currency).format(get_language() or "ar")


def reasons_of(score: DormancyScore) -> list[str]:
    """Return a score's reasons as sentences in the reader's language."""
    return sentences(score.reasons, get_language() or "ar")


def _money(values: Values, name: str) -> str:
    amount = values.get(name)
    return "—" if amount is None else Money(amount, values["currency"]).format(get_language() or "ar")


def _share(share: Values | float | None) -> str:
    """Write a share; one that was counted carries its parts and its interval."""
    value = share.get("value") if isinstance(share, Mapping) else share
    return "—" if value is None else isolated(f"{value:.0%}")


def _value_hint(values: Values) -> str:
    """What the figure is, and what a member is expected to bring next; older snapshots do not know."""
    if values.get("value_next_90_minor") is None:
        return _("spent per member in 12 months")
    expected = _money(values, "value_next_90_minor")
    return _("spent per member in 12 months; %(expected)s expected in the next 90 days") % {
        "expected": expected
    }
