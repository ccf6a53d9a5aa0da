"""Posting many purchases at once: the same plans and the same writer, hundreds to a transaction.

Bring the purchases of one member together: a member is read once per call. A call of at most 1,000 keeps
the write transaction around a tenth of a second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from django.db import IntegrityError, OperationalError, connection

from accounts.errors import Invalid, NotFound, WalaaError
from accounts.models import Merchant
from ledger.drafting import Posting
from ledger.errors import InTheFuture, KeyConflict
from ledger.events import PointsOpened, PurchaseMade
from ledger.models import PostingKey
from ledger.planning import plan
from ledger.posting import answer_from, post
from ledger.reading.replaying import Replay, replays
from ledger.receipt import Receipt
from ledger.validating import validate, validate_in
from ledger.writing.writer import Stale, body_sha256, write

TRIES: Final = 3
ONE_BY_ONE: Final = """
    SELECT known.* FROM unnest(%s::text[]) AS asked (key) CROSS JOIN LATERAL (
        SELECT key, id, body_sha256 FROM ledger_postingkey
        WHERE merchant_id = %s AND source = %s AND kind = %s AND key = asked.key LIMIT 1
    ) known
"""

PROMISES: Final = ("redemption_codes", "quote", "gift_cards")
"""What of a purchase only a single sale can honour."""

Answer = Receipt | WalaaError | None
Bulk = PurchaseMade | PointsOpened


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one purchase: a receipt, or a refusal by its code and the field at fault.

    ``answer`` is None for what was in the books already, where nobody asked for its receipt.
    """

    answer: Answer

    @property
    def created(self) -> bool:
        """Whether it is new in the books."""
        return isinstance(self.answer, Receipt) and not self.answer.repeated

    @property
    def repeated(self) -> bool:
        """Whether it was there already."""
        return self.answer is None or (isinstance(self.answer, Receipt) and self.answer.repeated)

    @property
    def points(self) -> int:
        """What it earned."""
        return self.answer.points if isinstance(self.answer, Receipt) else 0

    @property
    def refusal(self) -> str:
        """The code of the refusal, or nothing."""
        return self.answer.code if isinstance(self.answer, WalaaError) else ""

    @property
    def field(self) -> str:
        """The field at fault, or nothing."""
        return self.answer.field if isinstance(self.answer, WalaaError) else ""


def post_many(events: Sequence[Bulk], *, now: datetime, receipts: bool = True) -> list[Outcome]:
    """Post events of one merchant and one kind; return what became of each, in the order given.

    Each member's purchases are planned in the order of their own time, as if posted one by one; codes
    (``redemption_codes``, ``gift_cards``) and signed quotes are not for bulk and are refused. One refused
    purchase does not hold up others. Without ``receipts``, what is in the books already is recognised by its
    hash and not read.
    """
    if not events:
        return []
    merchant = Merchant.objects.get(pk=events[0].merchant_id)
    for _try in range(TRIES):
        try:
            return _together(events, merchant, now, receipts=receipts)
        except (Stale, IntegrityError, OperationalError):
            continue  # a till was faster with one of these members: all are planned again
    return _one_by_one(events, now)


def _together(events: Sequence[Bulk], merchant: Merchant, now: datetime, *, receipts: bool) -> list[Outcome]:
    """Answer, plan and write everything at once. Raises ``Stale`` or ``IntegrityError`` if anything moved."""
    answers: dict[int, Answer] = {}
    fresh = _unanswered(events, merchant, now, answers, receipts=receipts)
    postings = _plan_all(fresh, merchant, now, answers)
    if postings:
        answers |= dict(zip(postings, write(list(postings.values())), strict=True))
    _answer_twins(events, answers)
    return [Outcome(answers[place]) for place in range(len(events))]


def _one_by_one(events: Sequence[Bulk], now: datetime) -> list[Outcome]:
    """Through the front door, in the order of time."""
    order = sorted(range(len(events)), key=lambda place: events[place].occurred_at)
    answers = {place: _post_one(events[place], now) for place in order}
    return [Outcome(answers[place]) for place in range(len(events))]


def _unanswered(
    events: Sequence[Bulk], merchant: Merchant, now: datetime, answers: dict[int, Answer], *, receipts: bool
) -> dict[int, Bulk]:
    """The valid events whose key was never posted, by place; of twins in one call only the first."""
    valid, too_early = _valid(events, merchant, now, answers)
    stored = _stored(list(valid.values()), merchant)
    fresh: dict[int, Bulk] = {}
    seen: set[tuple[str, str]] = set()
    known: dict[int, Bulk] = {}
    for place, event in valid.items():
        name = (event.source, event.key)
        if name in stored:
            known[place] = event
        elif place in too_early:
            answers[place] = too_early[place]
        elif name not in seen:
            seen.add(name)
            fresh[place] = event
    for place, event in known.items():
        same = stored[event.source, event.key].said == body_sha256(event)
        answers[place] = None if same else KeyConflict(field="key")
    if receipts and known:
        answers |= _receipts(known, stored)
    return fresh


def _valid(
    events: Sequence[Bulk], merchant: Merchant, now: datetime, answers: dict[int, Answer]
) -> tuple[dict[int, Bulk], dict[int, WalaaError]]:
    """The valid events by place; what comes too early may be known from before a clock was set back."""
    valid: dict[int, Bulk] = {}
    too_early: dict[int, WalaaError] = {}
    for place, event in enumerate(events):
        try:
            if event.merchant_id != merchant.pk:
                raise Invalid(field="merchant")
            _refuse_promises(event)
            validate(event, now=now)
        except InTheFuture as refusal:
            too_early[place] = refusal
        except WalaaError as refusal:
            answers[place] = refusal
            continue
        valid[place] = event
    return valid, too_early


def _refuse_promises(event: Bulk) -> None:
    """Codes and signed quotes are honoured by single sales: nothing here reads them. Raises ``Invalid``."""
    for field in PROMISES:
        if getattr(event, field, None):
            raise Invalid(field=field)


class _Known(NamedTuple):
    """A key that is known: its row's id and the hash of what was said under it."""

    pk: int
    said: str


def _stored(events: Sequence[Bulk], merchant: Merchant) -> dict[tuple[str, str], _Known]:
    """The keys that are known, of these events."""
    found: dict[tuple[str, str], _Known] = {}
    for source in {event.source for event in events}:
        keys = [event.key for event in events if event.source == source]
        for key, pk, said in _rows_of(merchant.pk, source, events[0].kind, keys):
            found[source, key] = _Known(pk, said)
    return found


def _rows_of(merchant_id: int, source: str, kind: str, keys: list[str]) -> Iterable[tuple[str, int, str]]:
    """(key, id, hash) of every key there is.

    PostgreSQL is told to look each one up: without fresh statistics it would read all keys of the merchant.
    """
    if connection.vendor != "postgresql":
        rows = PostingKey.objects.filter(merchant_id=merchant_id, source=source, kind=kind, key__in=keys)
        return rows.values_list("key", "pk", "body_sha256")
    with connection.cursor() as cursor:
        cursor.execute(ONE_BY_ONE, [keys, merchant_id, source, kind])
        rows_found: list[tuple[str, int, str]] = cursor.fetchall()
        return rows_found


def _receipts(known: dict[int, Bulk], stored: dict[tuple[str, str], _Known]) -> dict[int, Answer]:
    """The first answers to events whose keys are known."""
    rows = PostingKey.objects.in_bulk([stored[event.source, event.key].pk for event in known.values()])
    return {place: _answer(rows[stored[event.source, event.key].pk], event) for place, event in known.items()}


def _answer(stored: PostingKey, event: Bulk) -> Answer:
    try:
        return answer_from(stored, event)
    except WalaaError as refusal:
        return refusal


def _plan_all(
    fresh: dict[int, Bulk], merchant: Merchant, now: datetime, answers: dict[int, Answer]
) -> dict[int, Posting]:
    """Plan in the order of time, across members too: who bought first takes first of a shared budget."""
    if not fresh:
        return {}
    earliest = min(event.occurred_at for event in fresh.values())
    members = {event.member_id for event in fresh.values()}
    states = replays(merchant=merchant, member_ids=members, earliest=earliest, now=now)
    postings: dict[int, Posting] = {}
    for place, event in sorted(fresh.items(), key=lambda item: item[1].occurred_at):
        try:
            postings[place] = _plan_one(event, states.get(event.member_id), now)
        except WalaaError as refusal:
            answers[place] = refusal
    return postings


def _plan_one(event: Bulk, state: Replay | None, now: datetime) -> Posting:
    if state is None:
        raise NotFound(field="member")
    branch_id = getattr(event, "branch_id", None)
    if branch_id is not None and branch_id not in state.branches:
        raise Invalid(field="branch")
    context = state.context(event)
    validate_in(event, context)
    posting = plan(event, context, now=now)
    state.after(posting)
    return posting


def _post_one(event: Bulk, now: datetime) -> Answer:
    try:
        return post(event, now=now)
    except WalaaError as refusal:
        return refusal


def _answer_twins(events: Sequence[Bulk], answers: dict[int, Answer]) -> None:
    """Answer what came twice in one call like any repetition."""
    first: dict[tuple[str, str], int] = {}
    for place, event in enumerate(events):
        if place in answers:
            if not isinstance(answers[place], WalaaError):
                first.setdefault((event.source, event.key), place)
            continue
        twin = first.get((event.source, event.key))
        answers[place] = (
            KeyConflict(field="key")
            if twin is None or body_sha256(events[twin]) != body_sha256(event)
            else _again(answers[twin])
        )


def _again(answer: Answer) -> Answer:
    return replace(answer, repeated=True) if isinstance(answer, Receipt) else answer
