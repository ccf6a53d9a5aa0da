"""The blueprint's key figures of one merchant at one moment, counted from the ledger in few queries.

The answer is plain JSON, kept as a ``Snapshot``: a dashboard reads one row however many purchases there are.
"""

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Member, Merchant
from analytics import measures
from analytics.models import DormancyScore
from analytics.queries import at_risk, lost
from ledger.models import Balance, Movement, Purchase, TierPeriod
from ledger.models.movements import MovementKind
from programs.burning import worth_minor
from programs.queries import terms_of, version_at
from programs.terms import Terms

MONTHS: Final = 12
MIGRATION_DAYS: Final = 90
EARNED: Final = (MovementKind.EARN, MovementKind.CLAWBACK)
REDEEMED: Final = (MovementKind.REDEEM, MovementKind.RETURN)


def key_figures(merchant: Merchant, *, now: datetime) -> dict[str, Any]:
    """Return every figure of the dashboard; shares are None while there is nothing to share."""
    today = now.astimezone(merchant.timezone).date()
    version = version_at(merchant, now)
    terms = terms_of(version) if version else None
    return {
        "currency": merchant.currency,
        **_activity(merchant, today),
        **_points(merchant, terms),
        "months": _months(merchant, today),
        **_value(merchant, today),
        **_tiers(merchant, terms, now),
        **_risk(merchant, today, now),
    }


def _since(merchant: Merchant, today: date, days: int) -> Any:
    """Purchases of the ``days`` days up to and including ``today``."""
    first = today - timedelta(days=days - 1)
    return Purchase.objects.filter(merchant=merchant, business_date__gte=first, business_date__lte=today)


def _activity(merchant: Merchant, today: date) -> dict[str, Any]:
    """Members, how many are active, and how many come back within 60 and 90 days."""
    visits = {days: _visit_days(merchant, today, days) for days in (60, 90)}
    return {
        "members": Member.objects.for_merchant(merchant).active().count(),
        "active_30": _since(merchant, today, 30).aggregate(n=Count("member", distinct=True))["n"],
        "active_90": sum(visits[90].values()),
        "repeat_60": asdict(measures.repeat_rate(visits[60])),
        "repeat_90": asdict(measures.repeat_rate(visits[90])),
    }


def _visit_days(merchant: Merchant, today: date, days: int) -> Counter[int]:
    """How many members bought on how many days of the window."""
    kept = _since(merchant, today, days).filter(refunded_minor__lt=F("total_minor"))
    members = kept.values("member")
    return Counter(
        members.annotate(days=Count("business_date", distinct=True)).values_list("days", flat=True)
    )


def _points(merchant: Merchant, terms: Terms | None) -> dict[str, Any]:
    """Points earned and redeemed ever, the rate between them, and what is outstanding and worth."""
    moved = Movement.objects.filter(merchant=merchant).aggregate(
        earned=Sum("points", filter=Q(kind__in=EARNED), default=0),
        redeemed=Sum("points", filter=Q(kind__in=REDEEMED), default=0),
    )
    held = Balance.objects.filter(merchant=merchant).aggregate(points=Sum("available", default=0))["points"]
    return {
        "earned": moved["earned"],
        "redeemed": -moved["redeemed"],
        "redemption_rate": measures.redemption_rate(-moved["redeemed"], moved["earned"]),
        "outstanding": held,
        "outstanding_worth_minor": worth_minor(held, terms) if terms else 0,
        "expected_cost_minor": _expected_cost(held, terms) if terms else 0,
        "expected_use_percent": terms.expected_use_percent if terms else None,
    }


def _expected_cost(points: int, terms: Terms) -> int:
    return measures.liability_minor(
        points, terms.block_points, terms.block_value_minor, terms.expected_use_percent
    )


def _months(merchant: Merchant, today: date) -> list[dict[str, Any]]:
    """Earned, redeemed, purchases and revenue of the last twelve calendar months, empty ones too."""
    names = _last_months(f"{today:%Y-%m}", MONTHS)
    first = date.fromisoformat(f"{names[0]}-01")
    moved = _by_month(
        Movement.objects.filter(merchant=merchant, business_date__gte=first),
        earned=Sum("points", filter=Q(kind__in=EARNED), default=0),
        redeemed=-Sum("points", filter=Q(kind__in=REDEEMED), default=0),
    )
    sold = _by_month(
        Purchase.objects.filter(merchant=merchant, business_date__gte=first),
        purchases=Count("pk"),
        revenue_minor=Sum(F("total_minor") - F("refunded_minor"), default=0),
    )
    empty = {"earned": 0, "redeemed": 0, "purchases": 0, "revenue_minor": 0}
    return [{"month": name, **empty, **moved.get(name, {}), **sold.get(name, {})} for name in names]


def _last_months(newest: str, count: int) -> list[str]:
    """``count`` months as "2026-11", the oldest first, ending with ``newest``."""
    end = int(newest[:4]) * 12 + int(newest[5:7])
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in range(end - count, end)]


def _by_month(rows: Any, **sums: Any) -> dict[str, dict[str, Any]]:
    grouped = rows.annotate(month=TruncMonth("business_date")).values("month").annotate(**sums)
    return {f"{row.pop('month'):%Y-%m}": row for row in grouped.order_by()}


def _value(merchant: Merchant, today: date) -> dict[str, Any]:
    """Customer value as measured: the net spend of the last 12 months per member who bought in them."""
    spent = _since(merchant, today, 365).aggregate(
        total=Sum(F("spend_minor") - F("refunded_spend_minor"), default=0),
        members=Count("member", distinct=True),
        orders=Count("pk"),
    )
    return {
        "value_12m_minor": measures.average_minor(spent["total"], spent["members"]),
        "basket_minor": measures.average_minor(spent["total"], spent["orders"]),
    }


def _tiers(merchant: Merchant, terms: Terms | None, now: datetime) -> dict[str, Any]:
    """How many members hold each tier, and who moved from where to where in the last 90 days."""
    if terms is None:
        return {"tiers": [], "migration": [], "migration_days": MIGRATION_DAYS}
    entry = terms.tiers[0].code
    then = now - timedelta(days=MIGRATION_DAYS)
    people = Member.objects.for_merchant(merchant).active()
    held_now = _held(merchant, now)
    known = dict(people.values_list("pk", "joined_at"))
    after = {member: held_now.get(member, entry) for member in known}
    held_then = _held(merchant, then)
    before = {m: held_then.get(m, entry) for m, joined in known.items() if joined <= then}
    moves = measures.migration((tier, after[member]) for member, tier in before.items())
    counts = {tier.code: 0 for tier in terms.tiers}
    for tier in after.values():
        counts[tier] = counts.get(tier, 0) + 1
    return {
        "tiers": [
            {
                "code": tier.code,
                "name_ar": tier.name_ar,
                "name_en": tier.name_en,
                "members": counts[tier.code],
            }
            for tier in terms.tiers
        ],
        "migration": [
            {"from": before_code, "to": after_code, "members": count}
            for (before_code, after_code), count in sorted(moves.items())
        ],
        "migration_days": MIGRATION_DAYS,
    }


def _held(merchant: Merchant, moment: datetime) -> dict[int, str]:
    """Return member → tier held at ``moment``; the period that started last counts."""
    periods = TierPeriod.objects.filter(member__merchant=merchant, starts_at__lte=moment)
    return dict(periods.order_by("starts_at", "pk").values_list("member", "tier_code"))


def _risk(merchant: Merchant, today: date, now: datetime) -> dict[str, Any]:
    """Members who are slipping, what they spent in the last 90 days, and those already lost.

    ``value_next_90_minor`` is what a scored member is expected to spend in the next 90 days, on average.
    """
    slipping = at_risk(merchant)
    spent = _since(merchant, today, 90).filter(member__in=slipping.order_by().values("member"))
    scored = DormancyScore.objects.filter(merchant=merchant, model__is_current=True)
    expected = scored.aggregate(total=Sum("value_minor", default=0), members=Count("value_minor"))
    return {
        "at_risk": slipping.count(),
        "value_at_risk_minor": spent.aggregate(
            total=Sum(F("spend_minor") - F("refunded_spend_minor"), default=0)
        )["total"],
        "value_next_90_minor": measures.average_minor(expected["total"], expected["members"]),
        "lost": lost(merchant, now=now).count(),
    }
