"""Who stands where in a contest, worked out from what was collected. Reads, and the one write of the places.

While it runs only counts are compared, and equals share a place; when the places are decided, of equals who
got there first stands first: by when the last order or event that still counts happened.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum

from accounts.models import Member, Merchant
from ledger.families import HEAD
from ledger.models import Contender, ContestClosing, ContestStanding, GoalCount
from programs.contests import ContestTerms

CONTEST: Final = "contest"


@dataclass(frozen=True, slots=True)
class Rank:
    """How somebody stands while a contest runs.

    ``place`` is None below the least that takes part; ``level`` others share it. ``missing`` is what is
    lacking to take part, or to stand alone before whoever is next above; 0 for the first.
    """

    count: int
    place: int | None
    level: int
    members: int
    missing: int


def rank_of(member: Member, contest: ContestTerms, count: int) -> Rank:
    """How a member who collected ``count`` stands; one query over the counts of those who take part."""
    found = _people(member.merchant, contest).aggregate(
        members=Count("person"),
        ahead=Count("person", filter=Q(total__gt=count)),
        level=Count("person", filter=Q(total=count)),
        above=Min("total", filter=Q(total__gt=count)),
    )
    least = contest.goal.target
    if count < least:
        return Rank(count, None, 0, found["members"], least - count)
    missing = int(found["above"]) - count + 1 if found["above"] is not None else 0
    return Rank(count, found["ahead"] + 1, max(0, found["level"] - 1), found["members"], missing)


def write_places(closing: ContestClosing, contest: ContestTerms) -> int:
    """Write every place of a contest in one statement, and return how many there are."""
    joined = _JOINED if contest.by_joining else ""
    of_contest: list[Any] = [closing.merchant_id, CONTEST, closing.code, _plain(closing.starts_on)]
    named: list[Any] = [closing.merchant_id, closing.code, _plain(closing.starts_on)]
    asked = [*of_contest, contest.goal.target, *(named if contest.by_joining else ())]
    with connection.cursor() as cursor:
        cursor.execute(_PLACES.format(joined=joined, closing=int(closing.pk)), asked)
    return ContestStanding.objects.filter(closing=closing).count()


def _people(merchant: Merchant, contest: ContestTerms) -> QuerySet[Any, Any]:
    """Everybody who takes part, with the ``total`` of all their records."""
    rows = GoalCount.objects.filter(
        Q(member__merged_into__isnull=False)
        | Q(member__detached_at__isnull=True, member__erased_at__isnull=True),
        merchant=merchant,
        kind=CONTEST,
        code=contest.goal.code,
        starts_on=contest.first_day,
    ).annotate(person=HEAD)
    if contest.by_joining:
        rows = rows.filter(
            Exists(_joined(merchant, contest).annotate(who=HEAD).filter(who=OuterRef("person")))
        )
    totals = rows.order_by().values("person").annotate(total=Sum("count"))
    return totals.filter(total__gte=contest.goal.target)


def _joined(merchant: Merchant, contest: ContestTerms) -> QuerySet[Contender]:
    mine = Contender.objects.filter(merchant=merchant, code=contest.goal.code, starts_on=contest.first_day)
    return mine.filter(left_at__isnull=True)


def _plain(day: date) -> str:
    return day.isoformat()


_PLACES: Final = """
    INSERT INTO ledger_conteststanding (member_id, place, count, reached_at, closing_id)
    WITH parts AS (
        SELECT COALESCE(m.merged_into_id, m.id) AS person, SUM(e.delta) AS kept,
            MAX(COALESCE(p.occurred_at, o.occurred_at, e.recorded_at)) AS at
        FROM ledger_goalcount c
        JOIN accounts_member m ON m.id = c.member_id
        JOIN ledger_goalentry e ON e.member_id = c.member_id AND e.kind = c.kind AND e.code = c.code
            AND e.starts_on = c.starts_on
        LEFT JOIN ledger_purchase p ON p.id = e.purchase_id
        LEFT JOIN ledger_occurrence o ON o.id = e.occurrence_id
        WHERE c.merchant_id = %s AND c.kind = %s AND c.code = %s AND c.starts_on = %s
        GROUP BY COALESCE(m.merged_into_id, m.id), e.purchase_id, e.occurrence_id
        HAVING SUM(e.delta) > 0
    ), people AS (
        SELECT person, SUM(kept) AS total, MAX(at) AS at FROM parts GROUP BY person HAVING SUM(kept) >= %s
    )
    SELECT people.person, ROW_NUMBER() OVER (ORDER BY people.total DESC, people.at, people.person),
        people.total, people.at, {closing}
    FROM people
    JOIN accounts_member head ON head.id = people.person
    WHERE head.detached_at IS NULL AND head.erased_at IS NULL {joined}
"""
_JOINED: Final = """
    AND people.person IN (
        SELECT COALESCE(j.merged_into_id, j.id) FROM ledger_contender t
        JOIN accounts_member j ON j.id = t.member_id
        WHERE t.merchant_id = %s AND t.code = %s AND t.starts_on = %s AND t.left_at IS NULL
    )
"""
