"""The plain ends of tiers' years on PostgreSQL: hundreds of members by one statement.

What ``plan_expiry`` plans for a member of whom nothing is due but a tier's year is written here without
planning it: the period that follows, the balance and the news. Whoever has more to come (points that wait
or died, several records, years that ended unattended) is left to the planner. A test lets both do the same
random books and compares every table.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction

from accounts.models import Merchant, OutboxEvent
from ledger import topics
from ledger.bulk.statements import Named, statement
from ledger.models import TierPeriod
from ledger.tier_life import LAPSED, RENEWED
from programs.calendars import business_date, end_of_day_instant
from programs.terms import Terms, TierBasis
from programs.tiering import period_end, window_start

LOCK: Final = """
    SELECT member_id FROM ledger_balance
    WHERE member_id = ANY(%(members)s) AND merchant_id = %(merchant)s AND pending = 0
    ORDER BY member_id FOR UPDATE
"""
ENDS: Final = """
    SELECT DISTINCT ends_at FROM ledger_tierperiod WHERE member_id = ANY(%(members)s) AND ends_at <= %(now)s
"""
NET: Final[dict[TierBasis, str]] = {
    "spend": "spend_minor - refunded_spend_minor",
    "points": "points - clawed_points",
    "visits": "CASE WHEN spend_minor > refunded_spend_minor THEN 1 ELSE 0 END",
}
"""``ledger.counting.NET`` as this statement says it."""
WRITES: Final[Named] = (
    (TierPeriod, "id member_id tier_code starts_at ends_at why"),
    (OutboxEvent, "id merchant_id topic member_id payload created_at"),
)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is the same for every member of one night: ``today`` is the day by which points live and die."""

    merchant: Merchant
    terms: Terms
    today: date
    now: datetime


def can_renew() -> bool:
    """Whether this database knows how."""
    return connection.vendor == "postgresql"


def renew_plainly(renewal: Renewal, member_ids: Sequence[int]) -> list[int]:
    """Renew or lower the plainly ended tiers of these members; returns whose. One short transaction.

    The balances are locked first, in ascending order; what ended is looked up after that.
    """
    terms = renewal.terms
    asked: dict[str, Any] = {
        "merchant": renewal.merchant.pk,
        "members": list(member_ids),
        "today": renewal.today,
        "now": renewal.now,
        "codes": [tier.code for tier in terms.tiers],
        "ranks": list(range(len(terms.tiers))),
        "thresholds": [tier.threshold_minor for tier in terms.tiers],
        "recompute": terms.tier_renewal == "recompute",
        "entry": terms.tiers[0].code,
        "kept": RENEWED,
        "lost": LAPSED,
        "topic": topics.TIER_CHANGED,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, asked)
        asked["members"] = [member_id for (member_id,) in cursor.fetchall()]
        cursor.execute(ENDS, asked)
        asked |= _years([ends_at for (ends_at,) in cursor.fetchall()], terms)
        if not asked["ends"]:
            return []
        text, defaults = statement("renew_v1.sql", WRITES)
        cursor.execute(text.replace("/* net */", NET[terms.tier_basis]), asked | defaults)
        (renewed,) = cursor.fetchone()
        return list(renewed)


def _years(ends: Collection[datetime], terms: Terms) -> dict[str, list[Any]]:
    """Of years that ended: since when orders counted for them, and when the year that follows ends."""
    lasts = [business_date(ends_at - datetime.resolution, terms.zone) for ends_at in ends]
    nexts = [period_end(business_date(ends_at, terms.zone), terms) for ends_at in ends]
    return {
        "ends": list(ends),
        "sinces": [window_start(last, terms) for last in lasts],
        "untils": [end_of_day_instant(last, terms.zone) for last in nexts],
    }
