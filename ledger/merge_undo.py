"""Whether a merge may be undone: only while nothing was posted to the survivor since (RULES 42)."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from ledger.errors import MergeInUse
from ledger.models import Merge, Movement, Purchase, Redemption
from ledger.models.redemptions import RedemptionState

MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Since:
    """Something that was posted after a merge. ``name`` is an order's number or a code, ``at`` ISO 8601."""

    kind: str
    at: str
    points: int
    name: str


def refuse_undo(merge: Merge, version: int) -> None:
    """Raise ``MergeInUse``, with the list, unless the survivor stands where the merge left it.

    Later merges that were themselves undone left no trace: each moved the version twice.
    """
    if version != merge.survivor_version + 2 * _undone_since(merge).count():
        found = posted_since(merge)
        raise MergeInUse(field="merge", count=len(found), since=[asdict(entry) for entry in found])


def posted_since(merge: Merge) -> list[Since]:
    """What was posted to the survivor since, the oldest first; at most fifty entries."""
    pairs = _undone_since(merge).values_list("survivor_movement", "absorbed_movement")
    own = {pk for pair in pairs for pk in pair} | {merge.survivor_movement_id}
    moves = Movement.objects.filter(member=merge.survivor_id, recorded_at__gte=merge.merged_at)
    if merge.survivor_movement_id is not None:
        moves = moves.filter(pk__gt=merge.survivor_movement_id)
    found: list[tuple[Any, Since]] = [
        (row.recorded_at, Since(row.kind, _text(row.occurred_at), row.points, _name(row)))
        for row in moves.select_related("purchase", "redemption").order_by("pk")[:MOST_SHOWN]
        if row.pk not in own
    ]
    quiet = Purchase.objects.filter(
        member=merge.survivor_id, recorded_at__gte=merge.merged_at, movements__isnull=True
    )
    found += [
        (row.recorded_at, Since("purchase", _text(row.occurred_at), 0, row.external_id))
        for row in quiet.order_by("pk")[:MOST_SHOWN]
    ]
    used = Redemption.objects.filter(
        member__in=[merge.survivor_id, merge.absorbed_id],
        state=RedemptionState.USED,
        closed_at__gte=merge.merged_at,
    )
    found += [
        (row.closed_at, Since("redemption", _text(row.closed_at), 0, row.code))
        for row in used.order_by("pk")[:MOST_SHOWN]
    ]
    return [entry for _at, entry in sorted(found, key=lambda pair: pair[0])][:MOST_SHOWN]


def _undone_since(merge: Merge) -> QuerySet[Merge]:
    """Later merges of the survivor, in either part, that were undone."""
    part = Q(survivor=merge.survivor_id) | Q(absorbed=merge.survivor_id)
    return Merge.objects.filter(part, pk__gt=merge.pk, undone_at__isnull=False)


def _name(movement: Movement) -> str:
    if movement.purchase is not None:
        return movement.purchase.external_id
    return movement.redemption.code if movement.redemption is not None else ""


def _text(moment: Any) -> str:
    return str(moment.isoformat()) if moment else ""
