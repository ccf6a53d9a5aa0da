"""The plain deaths of points on PostgreSQL: hundreds of members by one statement.

What ``plan_expiry`` plans for a member of whom nothing is due but lots that died is written here without
planning it: one movement per member and day, its uses, the emptied lots, the balance and the news. Whoever
has more to come (points that wait, a lot that is spared, a tier whose year is over) is left to the planner.
A test lets both do the same random books and compares every table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction

from accounts.models import Merchant, OutboxEvent
from ledger import topics
from ledger.bulk.statements import Named, statement
from ledger.models import LotUse, Movement
from ledger.models.movements import MovementKind
from programs import reasons
from programs.calendars import end_of_day_instant

LOCK: Final = """
    SELECT member_id FROM ledger_balance
    WHERE member_id = ANY(%(members)s) AND merchant_id = %(merchant)s AND pending = 0
    ORDER BY member_id FOR UPDATE
"""
DAYS: Final = """
    SELECT DISTINCT expires_on FROM ledger_lot
    WHERE member_id = ANY(%(members)s) AND remaining > 0 AND expires_on < %(today)s
"""
WRITES: Final[Named] = (
    (Movement, "id merchant_id member_id kind points occurred_at business_date recorded_at reasons actor"),
    (LotUse, "id lot_id movement_id points recorded_at"),
    (OutboxEvent, "id merchant_id topic member_id payload created_at"),
)


@dataclass(frozen=True, slots=True)
class Burial:
    """What is the same for every member of one sweep: ``entry`` is the code of the lowest tier."""

    merchant: Merchant
    today: date
    entry: str
    actor: str
    now: datetime


def can_bury() -> bool:
    """Whether this database knows how."""
    return connection.vendor == "postgresql"


def bury(burial: Burial, member_ids: Sequence[int]) -> tuple[int, list[int]]:
    """Let the plainly dead points of these members die; returns how many, and whose. One short transaction.

    The balances are locked first, in ascending order; what is dead is looked up after that.
    """
    asked: dict[str, Any] = {
        "merchant": burial.merchant.pk,
        "members": list(member_ids),
        "today": burial.today,
        "entry": burial.entry,
        "now": burial.now,
        "earliest": burial.now,
        "topic": topics.POINTS_EXPIRED,
        "kind": MovementKind.EXPIRE,
        "code": reasons.EXPIRED,
        "actor": burial.actor,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, asked)
        asked["members"] = [member_id for (member_id,) in cursor.fetchall()]
        cursor.execute(DAYS, asked)
        asked["days"] = [day for (day,) in cursor.fetchall()]
        if not asked["days"]:
            return 0, []
        asked["ends"] = [
            end_of_day_instant(day, burial.merchant.zone) - datetime.resolution for day in asked["days"]
        ]
        text, defaults = statement("bury_v1.sql", WRITES)
        cursor.execute(text, asked | defaults)
        points, buried = cursor.fetchone()
        return int(points), list(buried)
