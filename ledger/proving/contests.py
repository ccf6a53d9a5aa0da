"""Proving contests: places follow from what was collected, and each prize is that of its place (RULES 43)."""

from collections import Counter
from collections.abc import Iterator

from ledger.models import Achievement, ContestClosing, ContestStanding
from ledger.proving.finding import Found, Scope
from programs.contests import Stand, turn
from programs.queries import timeline


def places(scope: Scope) -> Iterator[Found]:
    """Places are counted from 1 without a gap, the larger count first, and as many as were said."""
    for closing in ContestClosing.objects.filter(scope.rows(member="merchant_id")).order_by("pk"):
        rows = ContestStanding.objects.filter(closing=closing).order_by("place")
        before: Stand | None = None
        number = 0
        for number, row in enumerate(rows.iterator(), start=1):
            where = f"place {row.place} in contest {closing.code} of merchant {closing.merchant_id}"
            if row.place != number:
                yield "contest", where, row.place, number
            stand = Stand(row.member_id, row.count, row.reached_at)
            if before is not None and turn(stand) < turn(before):
                yield "contest", where, row.count, f"at most {before.collected}"
            before = stand
        if number != closing.contenders:
            yield "contest", f"{closing.code} of merchant {closing.merchant_id}", closing.contenders, number


def prizes(scope: Scope) -> Iterator[Found]:
    """Nobody won more often than they stand among the winners, nor before the contest was decided."""
    closings = ContestClosing.objects.filter(scope.rows(member="merchant_id")).select_related("merchant")
    for closing in closings.order_by("pk"):
        terms = timeline(closing.merchant).of(closing.version_id)
        contest = terms.contest(closing.code, closing.starts_on) if terms else None
        most = contest.winners if contest else 0
        winners = ContestStanding.objects.filter(closing=closing, place__lte=most).values_list(
            "member_id", "member__merged_into_id"
        )
        due = Counter(head or member for member, head in winners)
        won = Achievement.objects.filter(
            merchant=closing.merchant_id, kind="contest", code=closing.code, starts_on=closing.starts_on
        )
        had = Counter(
            head or member for member, head in won.values_list("member_id", "member__merged_into_id")
        )
        for member, times in sorted(had.items()):
            if times > due[member]:
                yield "contest prize", f"{closing.code} of member {member}", times, due[member]
