"""Everything that stands in one merchant's books, read by one statement: a story asks it after every step."""

from datetime import date
from typing import Any, Final

from django.db import connection

from accounts.models import Member, Merchant
from loyalty_site.simulation.saying import Names

EVERYTHING: Final = """
SELECT 'lots', member_id, CAST(expires_on AS text), CAST(earned_at AS text), points, remaining, 0
    FROM ledger_lot WHERE merchant_id = %(shop)s AND remaining > 0
UNION ALL SELECT 'waiting', award.member_id, external_id, '', award.left, 0, 0
    FROM ledger_pendingaward award JOIN ledger_purchase order_ ON order_.id = award.purchase_id
    WHERE award.merchant_id = %(shop)s AND award.left > 0
UNION ALL SELECT 'owed', member_id, '', '', owed, 0, 0 FROM ledger_balance WHERE merchant_id = %(shop)s
UNION ALL SELECT 'orders', member_id, external_id, '', points, refunded_minor, clawed_points
    FROM ledger_purchase WHERE merchant_id = %(shop)s
UNION ALL SELECT 'codes', member_id, code, state, 0, 0, 0 FROM ledger_redemption WHERE merchant_id = %(shop)s
UNION ALL SELECT 'requests', member_id, key, state, 0, 0, 0
    FROM ledger_adjustmentrequest WHERE merchant_id = %(shop)s
UNION ALL SELECT 'merged', survivor_id, '', '', 0, 0, 0
    FROM ledger_merge WHERE merchant_id = %(shop)s AND undone_at IS NULL
UNION ALL SELECT 'erased', id, '', '', 0, 0, 0
    FROM accounts_member WHERE merchant_id = %(shop)s AND erased_at IS NOT NULL
UNION ALL SELECT 'programme', id, '', state, 0, 0, 0 FROM programs_programme WHERE merchant_id = %(shop)s
UNION ALL SELECT 'versions', version.id, '', '', 0, 0, 0
    FROM programs_programmeversion version JOIN programs_programme programme
        ON programme.id = version.programme_id
    WHERE programme.merchant_id = %(shop)s AND published_at IS NOT NULL
"""
Row = tuple[int, Any, str, int, int, int]


def standing(
    merchant: Merchant, members: list[Member], names: Names, today: date, unheard: str
) -> dict[Any, Any]:
    """What stands in the books on a day of expiry, in the words of the model.

    ``unheard`` is the issue whose answer a crash kept from us: a code that we do not know is its.
    """
    rows: dict[str, list[Row]] = {}
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING, {"shop": merchant.pk})
        for what, *row in cursor.fetchall():
            rows.setdefault(what, []).append(tuple(row))
    found: dict[Any, Any] = {}
    for number, member in enumerate(members):
        mine = {what: [row for row in rows.get(what, ()) if row[0] == member.pk] for what in rows}
        lots = [
            (str(last), at[:19], points, left) for _pk, last, at, points, left, _no in mine.get("lots", ())
        ]
        found["lots", number] = sorted(lot for lot in lots if not lot[0] < str(today))
        found["waiting", number] = sorted((row[1], row[3]) for row in mine.get("waiting", ()))
        found["owed", number] = sum(row[3] for row in mine.get("owed", ()))
    found["orders"] = {key: tuple(sums) for _pk, key, _no, *sums in rows.get("orders", ())}
    issues = {code: name for name, code in names.codes.items()}
    found["codes"] = {issues.get(row[1], unheard or row[1]): row[2] for row in rows.get("codes", ())}
    found["requests"] = {row[1]: row[2] for row in rows.get("requests", ())}
    erased = {row[0] for row in rows.get("erased", ())}
    found["erased"] = [member.pk in erased for member in members]
    found["merged"], found["versions"] = len(rows.get("merged", ())), len(rows.get("versions", ()))
    found["programme"] = rows["programme"][0][2]
    return found
