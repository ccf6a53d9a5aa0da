"""What a merge, or undoing one, needs to know beyond the two records' own contexts."""

from collections.abc import Iterable
from dataclasses import replace

from accounts.errors import NotFound
from accounts.models import Member
from accounts.queries import consents_of
from ledger.context import Context, MergeFacts
from ledger.events import MergeUndone
from ledger.models import Lot, LotExtension, LotUse, Merge, MergedLot, PendingAward, Redemption
from ledger.models.pending import PendingState
from ledger.models.redemptions import RedemptionState
from ledger.purse import Taken


def merge_facts(survivor: Context, absorbed: Context) -> MergeFacts:
    """What two records that are about to become one bring along: seven queries, whatever their history."""
    member_id = absorbed.member.pk
    return MergeFacts(
        absorbed=absorbed,
        roots=roots_of(absorbed.lots),
        extensions=extensions_of(absorbed.lots),
        repointed=tuple(Member.objects.filter(merged_into=member_id).order_by("pk")),
        referred=tuple(Member.objects.filter(referred_by=member_id).order_by("pk")),
        pending=tuple(PendingAward.objects.filter(member=member_id, state=PendingState.PENDING)),
        codes=tuple(
            Redemption.objects.filter(member_id__in=absorbed.family, state=RedemptionState.RESERVED).order_by(
                "expires_at", "id"
            )
        ),
        consents=consents_of([survivor.member.pk, member_id]),
    )


def merge_to_undo(event: MergeUndone) -> Merge:
    """The merge in force that ``event`` names. Raises ``NotFound``."""
    rows = Merge.objects.filter(
        pk=event.merge_id, merchant=event.merchant_id, survivor=event.member_id, undone_at__isnull=True
    )
    merge = rows.select_related("absorbed__merchant__programme", "absorbed__balance").first()
    if merge is None:
        raise NotFound(field="merge")
    return merge


def undo_facts(survivor: Context, absorbed: Context, merge: Merge) -> MergeFacts:
    """What went over with ``merge`` and goes back."""
    moved = MergedLot.objects.filter(merge=merge, copy__remaining__gt=0).select_related("source", "copy")
    pending = PendingAward.objects.filter(member=survivor.member, state=PendingState.PENDING)
    came = [merge.absorbed_id, *merge.repointed]
    return MergeFacts(
        absorbed=replace(absorbed, family=(merge.absorbed_id, *merge.repointed)),
        merge=merge,
        moved=tuple(moved.order_by("id")),
        paid=_paid_for_debt(merge),
        repointed=tuple(Member.objects.filter(pk__in=merge.repointed).order_by("pk")),
        referred=tuple(Member.objects.filter(pk__in=merge.referred).order_by("pk")),
        pending=tuple(pending.filter(purchase__member__in=came)),
        consents=consents_of([survivor.member.pk]),
    )


def _paid_for_debt(merge: Merge) -> tuple[Taken, ...]:
    """What the survivor's own lots gave when a debt went over to it."""
    if merge.points >= 0:
        return ()
    uses = LotUse.objects.filter(movement=merge.survivor_movement_id).select_related("lot").order_by("id")
    return tuple(Taken(use.lot, use.points) for use in uses)


def extensions_of(lots: Iterable[Lot]) -> dict[int, tuple[LotExtension, ...]]:
    """Lot id → what moved its last day, the first move first."""
    found: dict[int, tuple[LotExtension, ...]] = {}
    for row in LotExtension.objects.filter(lot__in=[lot.pk for lot in lots]).order_by("id"):
        found[row.lot_id] = (*found.get(row.lot_id, ()), row)
    return found


def roots_of(lots: Iterable[Lot]) -> dict[int, Lot]:
    """Lot id → the lot its points first came in with, for those that went over before."""
    ids = [lot.pk for lot in lots]
    return {row.copy_id: row.root for row in MergedLot.objects.filter(copy__in=ids).select_related("root")}
