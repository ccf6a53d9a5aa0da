"""Planning a merge of two records of one person, and its undoing (RULES 42). Pure.

Purchases, codes and movements stay with the record they were posted to. What can be spent goes over by a
pair of transfers, lot by lot with its own last day and age; what is owed goes over too. An undo returns what
is left of every lot to the lot it came from.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from accounts.errors import Invalid
from accounts.models import Consent, Member
from accounts.models.consent import Purpose
from ledger import topics
from ledger.collecting import join_collected, part_collected
from ledger.context import Context, MergeFacts
from ledger.drafting import Draft, Posting, Update
from ledger.events import MembersMerged, MergeUndone
from ledger.models import Lot, LotExtension, Merge, MergedLot
from ledger.models.movements import MovementKind
from ledger.writing.rows import new
from programs import reasons
from programs.reasons import Reason

SOURCE: Final = "merge"
TAKEN_OVER: Final = ("phone", "email", "given_name", "family_name", "gender", "birthday", "referred_by_id")
"""What the record that stays takes over from the other, where it has nothing of its own."""


def plan_merge(event: MembersMerged, context: Context, *, now: datetime) -> Posting:
    """Plan making one record of two. The absorbed record's posting rides along in ``paired``."""
    facts = _facts(context)
    giving, taking = _desks(event, context, facts, now)
    for draft in (giving, taking):
        draft.bury()
        _follow_years(draft)
    survivor, absorbed = context.member, facts.absorbed.member
    merge = _merge(event, taking, facts)
    taking.rows.append(merge)
    taking.named["merge_id"] = merge
    merge.points = giving.purse.available - giving.purse.owed
    if giving.purse.available:
        _move_lots(giving, taking, merge, facts)
    elif giving.purse.owed:
        _move_debt(giving, taking, merge)
    _move_pending(giving, taking, facts)
    if taking.tiers is not None and giving.tiers is not None:
        taking.tiers.merge(giving.tiers, event.occurred_at)
    join_collected(taking, merge)
    taking.updates += [*_joined_records(survivor, facts), *_joined_people(merge, survivor, absorbed, facts)]
    taking.rows += _tightened(merge, event, context, facts)
    taking.tell(topics.RECORDS_MERGED)
    return _told_of_one_tier(_paired(taking, giving, merge.points))


def plan_undo(event: MergeUndone, context: Context, *, now: datetime) -> Posting:
    """Plan taking a merge apart again; whether that may be is asked before (``ledger.merge_undo``)."""
    facts = _facts(context)
    merge = facts.merge
    if merge is None:
        raise Invalid(field="merge")
    taking, giving = _desks(event, context, facts, now)
    points = 0
    if facts.moved:
        points = -_return_lots(giving, taking, facts)
    elif merge.points < 0:
        points = _return_debt(giving, taking, facts, -merge.points)
    for draft in (giving, taking):
        draft.bury()
    _move_pending(giving, taking, facts)
    _follow_years(taking)
    if giving.tiers is not None:
        giving.tiers.fall_back(merge.tier_before, merge.tier_until, event.occurred_at)
    part_collected(giving, merge)
    giving.updates.append(Update(merge, {"undone_at": now, "undone_by": event.actor}))
    giving.updates += [*_parted_people(merge, context.member, facts), *_parted_records(facts)]
    giving.rows += _loosened(merge, event, context, facts)
    giving.named["merge_id"] = merge
    giving.tell(topics.RECORDS_PARTED)
    return _paired(giving, taking, points)


def _facts(context: Context) -> MergeFacts:
    if context.merging is None:
        raise Invalid(field="absorbed")
    return context.merging


def _desks(
    event: MembersMerged | MergeUndone, context: Context, facts: MergeFacts, now: datetime
) -> tuple[Draft, Draft]:
    """A draft for the absorbed record, and one for the survivor, which alone answers to the key."""
    other = replace(event, member_id=facts.absorbed.member.pk, key="")
    return Draft(other, facts.absorbed, now), Draft(event, context, now)


def _follow_years(draft: Draft) -> None:
    """Follow the years that ended unattended, of the record that goes too: an undo lets it stand again."""
    if draft.tiers is not None:
        draft.tiers.renew(draft.event.occurred_at)


def _paired(main: Draft, other: Draft, points: int) -> Posting:
    beside = other.posting(points=-points)
    return replace(main.posting(points=points), paired=(beside,))


def _told_of_one_tier(merged: Posting) -> Posting:
    """Nobody hears of the tier of a record that goes: the person has the survivor's."""
    (beside,) = merged.paired
    news = tuple(row for row in beside.news if row.topic != topics.TIER_CHANGED)
    return replace(merged, paired=(replace(beside, news=news),))


def _merge(event: MembersMerged, taking: Draft, facts: MergeFacts) -> Merge:
    balance = taking.context.balance
    periods = taking.tiers.periods if taking.tiers else ()
    last = periods[-1] if periods else None
    return new(
        Merge,
        merchant_id=event.merchant_id,
        survivor_id=event.member_id,
        absorbed_id=event.absorbed_id,
        merged_at=taking.now,
        merged_by=event.actor,
        survivor_version=balance.version + 1,
        repointed=[member.pk for member in facts.repointed],
        referred=[member.pk for member in facts.referred],
        tier_before=last.tier_code if last else balance.tier_code,
        tier_until=last.ends_at if last else None,
    )


def _move_lots(giving: Draft, taking: Draft, merge: Merge, facts: MergeFacts) -> None:
    """Empty the absorbed record's lots into copies with the same last day and age."""
    points = giving.purse.available
    away = giving.move(MovementKind.TRANSFER, -points, why=[_into(taking)])
    taken = giving.purse.take(points)
    giving.use(away, taken)
    here = taking.move(MovementKind.TRANSFER, points, why=[_out_of(giving)])
    for source, part in taken:
        copy = taking.take_over(here, source, part, _moved_now(giving, source))
        root = facts.roots.get(source.pk, source)
        taking.rows.append(new(MergedLot, merge=merge, source=source, copy=copy, root=root))
    _name_movements(merge, taking, here, away)


def _moved_now(giving: Draft, lot: Lot) -> Iterator[LotExtension]:
    """What this very posting moved a last day by."""
    return (row for row in giving.rows if isinstance(row, LotExtension) and row.lot is lot)


def _move_debt(giving: Draft, taking: Draft, merge: Merge) -> None:
    """Free the absorbed record of what it owes; the survivor pays with what is there and owes the rest."""
    points = giving.purse.owed
    away = giving.move(MovementKind.TRANSFER, points, why=[_into(taking)])
    giving.credit(away, points, earned_at=giving.event.occurred_at, expires_on=None)
    here = taking.move(MovementKind.TRANSFER, -points, why=[_out_of(giving)])
    _take_or_owe(taking, here, points)
    _name_movements(merge, taking, here, away)


def _return_lots(survivor: Draft, absorbed: Draft, facts: MergeFacts) -> int:
    """Take what is left of every copy and put it back into the lot it came from; how many points."""
    left = sum(row.copy.remaining for row in facts.moved)
    back = survivor.move(MovementKind.TRANSFER, -left, why=[Reason(reasons.UNMERGED)])
    home = absorbed.move(MovementKind.TRANSFER, left, why=[Reason(reasons.UNMERGED)])
    for row in facts.moved:
        survivor.use(back, survivor.purse.take(row.copy.remaining, first=row.copy.__eq__))
        absorbed.give_back(home, row.source, row.copy.remaining)
    survivor.named["movement_id"] = back
    return left


def _return_debt(survivor: Draft, absorbed: Draft, facts: MergeFacts, points: int) -> int:
    """Let the absorbed record owe again what the survivor paid or owed for it; how many points.

    What was paid returns to the lots that paid, with their own last days; the rest was never there.
    """
    home = survivor.move(MovementKind.TRANSFER, points, why=[Reason(reasons.UNMERGED)])
    for lot, part in facts.paid:
        survivor.give_back(home, lot, part)
    unpaid = points - sum(part for _lot, part in facts.paid)
    if unpaid:
        survivor.credit(home, unpaid, earned_at=survivor.event.occurred_at, expires_on=None)
    back = absorbed.move(MovementKind.TRANSFER, -points, why=[Reason(reasons.UNMERGED)])
    _take_or_owe(absorbed, back, points)
    survivor.named["movement_id"] = home
    return points


def _take_or_owe(draft: Draft, movement: Any, points: int) -> None:
    taken = draft.purse.take(points)
    draft.use(movement, taken)
    missing = points - sum(part.points for part in taken)
    if missing:
        draft.purse.owe(movement, missing)


def _name_movements(merge: Merge, taking: Draft, here: Any, away: Any) -> None:
    merge._state.fields_cache |= {"survivor_movement": here, "absorbed_movement": away}
    taking.named["movement_id"] = here


def _move_pending(giving: Draft, taking: Draft, facts: MergeFacts) -> None:
    """Awards that wait open for the record they now belong to."""
    points = sum(award.left for award in facts.pending)
    if points:
        giving.counters["pending"] = giving.context.balance.pending - points
        taking.counters["pending"] = taking.context.balance.pending + points
        owner = {"member_id": taking.event.member_id}
        taking.updates += [Update(award, owner) for award in facts.pending]


def _joined_records(survivor: Member, facts: MergeFacts) -> Iterator[Update]:
    """Every record merged so far names the one that stays, so that one look finds it."""
    for member in (facts.absorbed.member, *facts.repointed):
        yield Update(member, {"merged_into_id": survivor.pk})


def _joined_people(merge: Merge, survivor: Member, absorbed: Member, facts: MergeFacts) -> Iterator[Update]:
    """What the survivor lacked and takes over, and the members the absorbed record brought."""
    values = {name: getattr(absorbed, name) for name in TAKEN_OVER if lacks(survivor, absorbed, name)}
    merge.filled = sorted(values)
    if "birthday" in values:
        values["birthday_changed_on"] = absorbed.birthday_changed_on
    if values:
        yield Update(survivor, values)
    for member in facts.referred:  # nobody brought themselves
        yield Update(member, {"referred_by_id": None if member.pk == survivor.pk else survivor.pk})


def lacks(survivor: Member, absorbed: Member, name: str) -> bool:
    """Whether the record that stays has nothing in a field in which the other has something."""
    offered = getattr(absorbed, name)
    return bool(offered) and not getattr(survivor, name) and offered != survivor.pk


def _tightened(merge: Merge, event: MembersMerged, context: Context, facts: MergeFacts) -> list[Consent]:
    """The strictest consent wins: what either record refused is refused."""
    merge.tightened = [list(row) for row in tightened(context.member.pk, event.absorbed_id, facts)]
    return [_answer(context, event, channel, purpose, False) for channel, purpose, _was in merge.tightened]


def tightened(survivor_id: int, absorbed_id: int, facts: MergeFacts) -> list[tuple[str, str, bool | None]]:
    """(channel, purpose, what the survivor had said) of everything that becomes refused by merging."""
    said = facts.consents
    pairs = sorted({(channel, purpose) for _member, channel, purpose in said})
    return [
        (channel, purpose, said.get((survivor_id, channel, purpose)))
        for channel, purpose in pairs
        if said.get((absorbed_id, channel, purpose)) is False
        and said.get((survivor_id, channel, purpose)) is not False
    ]


def not_carried(survivor_id: int, absorbed_id: int, facts: MergeFacts) -> list[tuple[str, str]]:
    """(channel, purpose) of the offers that only the record which goes had agreed to.

    Never asked is the stricter answer (RULES 42): a yes belongs to the phone or address it was given for.
    """
    said = facts.consents
    return sorted(
        (channel, purpose)
        for (member_id, channel, purpose), granted in said.items()
        if member_id == absorbed_id
        and granted
        and purpose == Purpose.MARKETING
        and (survivor_id, channel, purpose) not in said
    )


def _loosened(merge: Merge, event: MergeUndone, context: Context, facts: MergeFacts) -> list[Consent]:
    """What the survivor had agreed to before the merge is agreed to again; never asked stays refused."""
    return [
        _answer(context, event, channel, purpose, True)
        for channel, purpose, was in merge.tightened
        if was and facts.consents.get((context.member.pk, channel, purpose)) is False
    ]


def _answer(
    context: Context, event: MembersMerged | MergeUndone, channel: str, purpose: str, granted: bool
) -> Consent:
    return new(
        Consent,
        member_id=context.member.pk,
        channel=channel,
        purpose=purpose,
        granted=granted,
        language=context.member.language,
        source=SOURCE,
        actor=event.actor,
        at=event.occurred_at,
    )


def _parted_records(facts: MergeFacts) -> Iterator[Update]:
    absorbed = facts.absorbed.member
    yield Update(absorbed, {"merged_into_id": None})
    for member in facts.repointed:
        yield Update(member, {"merged_into_id": absorbed.pk})


def _parted_people(merge: Merge, survivor: Member, facts: MergeFacts) -> Iterator[Update]:
    """The survivor gives up what it took over, unless it was changed since."""
    absorbed = facts.absorbed.member
    empty = {"phone": None, "birthday": None, "referred_by_id": None}
    values = {
        name: empty.get(name, "")
        for name in merge.filled
        if getattr(survivor, name) == getattr(absorbed, name)
    }
    if "birthday" in values:
        values["birthday_changed_on"] = None
    if values:
        yield Update(survivor, values)
    for member in facts.referred:
        yield Update(member, {"referred_by_id": absorbed.pk})


def _into(taking: Draft) -> Reason:
    return Reason(reasons.MERGED_INTO, {"number": taking.context.member.number})


def _out_of(giving: Draft) -> Reason:
    return Reason(reasons.MERGED_FROM, {"number": giving.context.member.number})
