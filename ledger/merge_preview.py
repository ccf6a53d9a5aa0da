"""What merging two records would change, before anything is written (RULES 42)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from accounts.models import Member
from ledger.context import Context, MergeFacts
from ledger.events import MembersMerged
from ledger.merging import TAKEN_OVER, lacks, not_carried, tightened
from ledger.models import Lot, Merge, Redemption
from ledger.planning import plan
from ledger.reading.context_read import read
from ledger.validating import validate
from programs.calendars import business_date
from programs.terms import TierBasis
from programs.tiering import window_start

COMPARED: Final = tuple(name for name in TAKEN_OVER if name != "referred_by_id")


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of the two records: what stays, what goes, and whether the survivor takes it over."""

    name: str
    stays: Any
    goes: Any
    is_taken_over: bool


@dataclass(frozen=True, slots=True)
class MovingLot:
    """Points that go over, with their own last day; None never die."""

    points: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class MergePreview:
    """Everything a merge would change.

    ``points`` go over lot by lot, ``owed`` and ``pending`` are the absorbed record's; ``…_after`` is how the
    survivor stands then. ``counted`` is what both count for tiers today, in the unit that ``basis`` names.
    ``refused`` are the (channel, purpose) that become refused, ``not_carried`` those the other record had
    agreed to and the survivor still has to be asked for. ``codes`` of the absorbed record stay valid.
    ``records`` were merged into the absorbed one earlier and come along.
    """

    survivor: Member
    absorbed: Member
    currency: str
    points: int
    lots: tuple[MovingLot, ...]
    owed: int
    pending: int
    available_after: int
    owed_after: int
    pending_after: int
    counted: int
    basis: TierBasis
    tier_before: str
    tier_other: str
    tier_after: str
    choices: tuple[Choice, ...]
    refused: tuple[tuple[str, str], ...]
    not_carried: tuple[tuple[str, str], ...]
    referrals: int
    codes: tuple[Redemption, ...]
    records: int


def preview_merge(event: MembersMerged, *, now: datetime) -> MergePreview:
    """Return what posting ``event`` now would change; nothing is written. Raises what ``post`` raises."""
    validate(event, now=now)
    context = read(event, now=now)
    planned = plan(event, context, now=now)
    facts = context.merging
    assert facts is not None  # noqa: S101 (the reader of this event fills it)
    copies = [row for row in planned.rows if isinstance(row, Lot)]
    merge = next(row for row in planned.rows if isinstance(row, Merge))
    terms = context.nearest_terms(now)
    entry = terms.tiers[0].code if terms else ""
    return MergePreview(
        survivor=context.member,
        absorbed=facts.absorbed.member,
        currency=context.merchant.currency,
        points=max(merge.points, 0),
        lots=tuple(MovingLot(lot.points, lot.expires_on) for lot in copies),
        owed=max(-merge.points, 0),
        pending=sum(award.left for award in facts.pending),
        available_after=planned.after.available,
        owed_after=planned.after.owed,
        pending_after=planned.after.pending,
        counted=_counted(context, now) + _counted(facts.absorbed, now),
        basis=terms.tier_basis if terms else "spend",
        tier_before=context.balance.tier_code or entry,
        tier_other=facts.absorbed.balance.tier_code or entry,
        tier_after=planned.receipt.tier_code,
        choices=tuple(_choices(context.member, facts.absorbed.member)),
        refused=_refused(context, facts),
        not_carried=tuple(not_carried(context.member.pk, facts.absorbed.member.pk, facts)),
        referrals=len(facts.referred),
        codes=facts.codes,
        records=len(facts.repointed),
    )


def _counted(context: Context, now: datetime) -> int:
    terms = context.nearest_terms(now)
    if terms is None:
        return 0
    return context.spending.total(window_start(business_date(now, terms.zone), terms), now)


def _choices(survivor: Member, absorbed: Member) -> Iterator[Choice]:
    """The fields in which the two differ, or which the absorbed one alone has."""
    for name in COMPARED:
        stays, goes = getattr(survivor, name), getattr(absorbed, name)
        if goes and goes != stays:
            yield Choice(name, stays, goes, lacks(survivor, absorbed, name))


def _refused(context: Context, facts: MergeFacts) -> tuple[tuple[str, str], ...]:
    rows = tightened(context.member.pk, facts.absorbed.member.pk, facts)
    return tuple((channel, purpose) for channel, purpose, _was in rows)
