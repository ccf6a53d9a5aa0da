"""Whether a merge may be undone: only while nothing was posted to the survivor since (RULES 42)."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from ledger.errors import MergeInUse
from ledger.models import (
    LotExtension,
    Merge,
    Movement,
    Opening,
    Purchase,
    Redemption,
    Refund,
    SignedQuote,
    TierPeriod,
)
from ledger.models.extensions import ExtensionWhy
from ledger.models.quotes import QUOTE_LIFE
from ledger.models.redemptions import RedemptionState
from ledger.tier_life import LAPSED, RENEWED

MOST_SHOWN: Final = 50
BY_TIME: Final = (RENEWED, LAPSED)


@dataclass(frozen=True, slots=True)
class Since:
    """Something that was posted after a merge.

    ``kind`` is that of a movement, or "purchase", "refund", "redemption", "tier", "quote", "opening",
    "last_day", "other"; ``name`` an order's number, a code, a tier, a day; ``at`` ISO 8601.
    """

    kind: str
    at: str
    points: int
    name: str


def refuse_undo(merge: Merge, version: int, *, undone: int) -> None:
    """Raise ``MergeInUse``, with the list, unless the survivor stands where the merge left it.

    Later merges that were themselves ``undone`` left no trace: each moved the version twice.
    """
    if version != merge.survivor_version + 2 * undone:
        found = posted_since(merge)
        raise MergeInUse(field="merge", count=len(found), since=[asdict(entry) for entry in found])


def posted_since(merge: Merge) -> list[Since]:
    """What was posted to the survivor since, the oldest first; at most fifty entries, and never none.

    Also what moved no points: an order that earned nothing, a refund of one, a tier renewed at night, a quote
    that keeps a bonus, a last day that was moved.
    """
    found = [*_moves_since(merge), *_quiet_since(merge)]
    if not found:
        return [Since("other", "", 0, "")]
    return [entry for _at, entry in sorted(found, key=lambda pair: pair[0])][:MOST_SHOWN]


def _moves_since(merge: Merge) -> Iterator[tuple[datetime, Since]]:
    pairs = _undone_since(merge).values_list("survivor_movement", "absorbed_movement")
    own = {pk for pair in pairs for pk in pair} | {merge.survivor_movement_id}
    moves = Movement.objects.filter(member=merge.survivor_id, recorded_at__gte=merge.merged_at)
    if merge.survivor_movement_id is not None:
        moves = moves.filter(pk__gt=merge.survivor_movement_id)
    for row in moves.select_related("purchase", "redemption").order_by("pk")[:MOST_SHOWN]:
        if row.pk not in own:
            yield row.recorded_at, Since(row.kind, _text(row.occurred_at), row.points, _name(row))


def _quiet_since(merge: Merge) -> Iterator[tuple[datetime, Since]]:
    since, records = merge.merged_at, [merge.survivor_id, merge.absorbed_id]
    new: dict[str, Any] = {"recorded_at__gte": since, "movements__isnull": True}
    for order in Purchase.objects.filter(member=merge.survivor_id, **new).order_by("pk")[:MOST_SHOWN]:
        yield order.recorded_at, Since("purchase", _text(order.occurred_at), 0, order.external_id)
    refunds = Refund.objects.filter(purchase__member__in=records, **new)
    for refund in refunds.order_by("pk")[:MOST_SHOWN]:
        yield refund.recorded_at, Since("refund", _text(refund.occurred_at), 0, refund.external_id)
    used = Redemption.objects.filter(
        member__in=records, state=RedemptionState.USED, closed_at__gte=since
    ).order_by("pk")
    for code in used[:MOST_SHOWN]:
        yield code.closed_at or since, Since("redemption", _text(code.closed_at), 0, code.code)
    tiers = TierPeriod.objects.filter(member=merge.survivor_id, starts_at__gte=since, why__in=BY_TIME)
    for period in tiers.order_by("pk")[:MOST_SHOWN]:
        yield period.starts_at, Since("tier", _text(period.starts_at), 0, period.tier_code)
    quotes = SignedQuote.objects.filter(member=merge.survivor_id, expires_at__gte=since + QUOTE_LIFE)
    for quote in quotes.order_by("pk")[:MOST_SHOWN]:
        yield quote.expires_at - QUOTE_LIFE, Since("quote", _text(quote.expires_at - QUOTE_LIFE), 0, "")
    brought = Opening.objects.filter(member=merge.survivor_id, recorded_at__gte=since, movement__isnull=True)
    for opening in brought.order_by("pk")[:MOST_SHOWN]:
        yield opening.recorded_at, Since("opening", _text(opening.occurred_at), 0, opening.card)
    graced = LotExtension.objects.filter(
        lot__member=merge.survivor_id, why=ExtensionWhy.UNDELIVERED, recorded_at__gt=since
    ).order_by("pk")
    for moved in graced[:MOST_SHOWN]:
        yield moved.recorded_at, Since("last_day", _text(moved.recorded_at), 0, str(moved.until_day))


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
