"""Codes that ran out: closed for many members at once, their points returned to their lots (RULES 19).

Planned by the one planner and written by the one writer, one code of each member at a time. A test compares
what it writes with what closing them one by one writes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import zip_longest
from typing import Final

from django.db.models import Count, QuerySet

from accounts.models import Member, Merchant
from ledger.bulk import sharing
from ledger.bulk.passing import SOURCE, Known, chunks, post_alone, post_together
from ledger.bulk.sharing import Clock, Due, Job
from ledger.events import RedemptionClosed
from ledger.models import LotUse, Redemption, WorkShard
from ledger.models.movements import MovementKind
from ledger.models.redemptions import RedemptionState
from ledger.models.work import Work
from ledger.purse import Taken
from ledger.reading.replaying import replays


def expire_redemptions(*, now: datetime) -> int:
    """Close every code that ran out, returning its points to their lots; returns how many."""
    return sum(sharing.run(CODES, merchant, now) for merchant in with_codes_to_close(now))


def with_codes_to_close(now: datetime) -> QuerySet[Merchant]:
    """Merchants at whom a code ran out."""
    return Merchant.objects.kept().filter(pk__in=_ran_out(now).order_by().values("merchant")).order_by("pk")


def _ran_out(now: datetime) -> QuerySet[Redemption]:
    return Redemption.objects.filter(state=RedemptionState.RESERVED, expires_at__lte=now)


def _by_member(codes: QuerySet[Redemption]) -> Due:
    return list(codes.order_by("member_id").values_list("member_id").annotate(Count("pk")))


def _due(merchant: Merchant, now: datetime) -> Due:
    return _by_member(_ran_out(now).filter(merchant=merchant))


def _bring(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    """Close the codes of a shard's members; tells how many members and codes each time."""
    now = clock()
    codes = _ran_out(now).filter(shard.members(), merchant=shard.merchant)
    for chunk in chunks(_by_member(codes)):
        yield len(chunk), _close(shard.merchant, codes.filter(member__in=chunk), now)


def _close(merchant: Merchant, codes: QuerySet[Redemption], now: datetime) -> int:
    """Close these codes: the first of each member together, then the second; returns how many."""
    of_member: defaultdict[int, list[Redemption]] = defaultdict(list)
    for code in codes.order_by("member_id", "pk"):
        of_member[code.member_id].append(code)
    closed = 0
    for turn in zip_longest(*of_member.values()):
        by_member = {code.member_id: code for code in turn if code is not None}
        closed += len(post_together(partial(_read, merchant, by_member, now), by_member, now))
        absorbed = Member.objects.filter(pk__in=by_member, merged_into__isnull=False)
        for member_id in absorbed.values_list("pk", flat=True):  # its points are the survivor's
            closed += post_alone(_event(by_member[member_id], now), now) is not None
    return closed


def _read(
    merchant: Merchant, by_member: Mapping[int, Redemption], now: datetime, member_ids: Collection[int]
) -> dict[int, Known]:
    """The members as they stand, then their codes: what a till used meanwhile is left out."""
    states = replays(merchant=merchant, member_ids=member_ids, earliest=now, now=now, only_time=True)
    pks = [by_member[pk].pk for pk in states]
    fresh = Redemption.objects.filter(pk__in=pks, state=RedemptionState.RESERVED)
    uses = LotUse.objects.filter(movement__redemption__in=pks, movement__kind=MovementKind.REDEEM)
    taken: defaultdict[int, list[Taken]] = defaultdict(list)
    for use in uses.select_related("lot", "movement").order_by("id"):
        taken[use.movement.member_id].append(Taken(use.lot, use.points))
    known: dict[int, Known] = {}
    for code in fresh:
        event = _event(code, now)
        context = states[code.member_id].context(event)
        known[code.member_id] = (
            event,
            replace(context, redemptions=(code,), returning=tuple(taken[code.member_id])),
        )
    return known


def _event(code: Redemption, now: datetime) -> RedemptionClosed:
    return RedemptionClosed(
        merchant_id=code.merchant_id,
        member_id=code.member_id,
        occurred_at=now,
        source=SOURCE,
        key=f"expired:{code.code}",
        actor=SOURCE,
        code=code.code,
        outcome=RedemptionState.EXPIRED,
    )


CODES: Final = Job(Work.CODES, _due, _bring)
