"""What both writers of the books have in common: the order of the tables, the key's row, the standings."""

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final, NamedTuple

from django.db.models import Model

from accounts.keyed import keyed_hash, keyed_hashes
from accounts.models import Consent, OutboxEvent
from ledger.context import Standing
from ledger.drafting import NO_LIMIT, Posting
from ledger.events import AnyEvent, body
from ledger.models import (
    Achievement,
    AdjustmentNote,
    BonusUse,
    CapUse,
    CauseEntry,
    CauseShare,
    ClearingEntry,
    GiftCard,
    GiftCardEntry,
    GoalCount,
    GoalEntry,
    Lot,
    LotExtension,
    LotUse,
    Membership,
    MembershipPayment,
    Merge,
    MergedLot,
    Movement,
    Occurrence,
    Opening,
    PendingAward,
    Place,
    PostingKey,
    Purchase,
    PurchaseLine,
    Redemption,
    Refund,
    RefundLine,
    TierPeriod,
    Upgrade,
)
from ledger.writing import rows
from ledger.writing.spelling import speller

ORDER: Final[tuple[type[Model], ...]] = (
    *(Purchase, PurchaseLine, Refund, RefundLine, Redemption),
    *(Movement, AdjustmentNote, Lot, LotUse, LotExtension, PendingAward),
    *(Membership, MembershipPayment),
    *(Merge, MergedLot, Consent),
    *(GiftCard, GiftCardEntry, Upgrade),
    *(Opening, Occurrence, Achievement, GoalEntry, GoalCount),
    *(CauseShare, CauseEntry, ClearingEntry, Place),
    *(TierPeriod, BonusUse, CapUse, OutboxEvent, PostingKey),
)
"""The tables that postings fill, each after those it refers to."""
STANDING: Final = tuple(
    place.name for place in fields(Standing) if place.name not in {"member_id", "merchant_id", "is_new"}
)
"""What of a standing is kept on the balance."""

PURPOSE: Final = "ledger.bodies"

_spelled = speller(sort_keys=True)


class Stale(Exception):
    """The member moved since the posting was planned; plan again."""


class BudgetSum(NamedTuple):
    """What postings take together from one budget: it is found by its first four places."""

    merchant_id: int
    rule: str
    period: str
    starts_on: date
    points: int
    most: int


def budget_sums(postings: Sequence[Posting]) -> list[BudgetSum]:
    """What postings take from each budget, the budgets in one order: two writers never wait in a circle."""
    found: dict[tuple[int, str, str, date], tuple[int, int]] = {}
    for posting in postings:
        for move in posting.budgets:
            key = (posting.event.merchant_id, move.rule, move.period, move.starts_on)
            points, most = found.get(key, (0, NO_LIMIT))
            found[key] = (points + move.points, min(most, move.most))
    return [BudgetSum(*key, *found[key]) for key in sorted(found) if found[key][0]]


class Course(NamedTuple):
    """Where a member stood when the first posting was planned, and where the last one leaves them."""

    began: Standing
    ends: Standing


def courses(postings: Sequence[Posting]) -> list[Course]:
    """Every member's way through the postings, members ascending: two writers never wait in a circle."""
    found: dict[int, Course] = {}
    for posting in postings:
        member_id = posting.before.member_id
        began = found[member_id].began if member_id in found else posting.before
        found[member_id] = Course(began, posting.after)
    return [found[member_id] for member_id in sorted(found)]


def key_row(posting: Posting) -> PostingKey | None:
    """The key's row, whose receipt is signed once the ids are known; none for an event without a key."""
    event = posting.event
    if not event.key:
        return None
    return rows.new(
        PostingKey,
        merchant_id=event.merchant_id,
        source=event.source,
        kind=event.kind,
        key=event.key,
        body_sha256=body_sha256(event),
        recorded_at=posting.now,
    )


def body_sha256(event: AnyEvent) -> str:
    """The hash of what the event says, however it was spelled.

    Whoever reads the table cannot try names against it: free text goes in under the installation's secret.
    """
    said = body(event)
    for name in event.personal & said.keys():
        said[name] = keyed_hash(PURPOSE, said[name])
    return _sha256(said)


def says(stored: str, event: AnyEvent) -> bool:
    """Whether a stored hash is that of what the event says, by today's secret or by one before it."""
    if stored == body_sha256(event):
        return True
    said = body(event)
    personal = sorted(event.personal & said.keys())
    keyed = zip(*(keyed_hashes(PURPOSE, said[name]) for name in personal), strict=True)
    return any(stored == _sha256(said | dict(zip(personal, hashes, strict=True))) for hashes in keyed)


def _sha256(said: dict[str, Any]) -> str:
    return hashlib.sha256(_spelled(said).encode()).hexdigest()
