"""The one door into the books: ``post(event) -> Receipt``, and ``quote`` that writes nothing.

A retry is answered from its key before anything is priced. Otherwise the member's context is read, the
event planned by pure code, and the plan written with the version it was planned on; a stale plan is made
again, and after three times under the member's lock.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import IntegrityError, OperationalError, transaction

from accounts.errors import Conflict, WalaaError
from ledger.drafting import Posting
from ledger.errors import Busy, InTheFuture, KeyConflict
from ledger.events import AnyEvent, EventOccurred, PurchaseMade
from ledger.families import person_of
from ledger.models import Balance, Budget, GiftCard, PostingKey
from ledger.planning import plan
from ledger.reading.along import Along
from ledger.reading.context_read import read
from ledger.reading.questions import find
from ledger.receipt import Receipt
from ledger.receipts import receipt_from_json
from ledger.validating import validate, validate_in
from ledger.writing.parts import says
from ledger.writing.writer import Stale, write

TRIES: Final = 3
CODES_DRAWN: Final = (
    *("redemption_code_per_merchant", "ledger_redemption.code"),
    *("gift_card_code_per_merchant", "ledger_giftcard.code"),
)
"""What the databases call a code that is taken: another is drawn."""


def post(event: AnyEvent, *, now: datetime) -> Receipt:
    """Write ``event`` into the books once, however often it comes, and return its receipt.

    Raises ``KeyConflict`` for a known key with another body, ``NotFound`` for a foreign or absent member,
    ``Busy`` when the member's row could not be had, and the refusals of the event's own rules; nothing is
    written then.
    """
    try:
        validate(event, now=now)
    except InTheFuture:
        known = answer_of(event)  # posted before the clock was set back?
        if known is None:
            raise
        return known
    event, seen = find(event, now)
    if seen.key is not None:
        return answer_from(seen.key, event)
    along: Along | None = seen
    for _try in range(TRIES):
        try:
            return _attempt(event, now, along)
        except Stale:
            along = None
    return _attempt_locked(event, now)


def quote(event: PurchaseMade | EventOccurred, *, now: datetime) -> Receipt:
    """Answer what posting this purchase or event now would answer, and write nothing (RULES 3)."""
    validate(event, now=now)
    return as_quoted(_planned(event, now).receipt)


def as_quoted(receipt: Receipt) -> Receipt:
    """The receipt of what was not posted: its vouchers have no codes, for nobody was given any."""
    vouchers = [voucher | {"code": ""} for voucher in receipt.vouchers]
    return replace(receipt, vouchers=vouchers) if vouchers else receipt


def answer_of(event: AnyEvent) -> Receipt | None:
    """The first answer to this key, if it was posted. Raises ``KeyConflict`` if it said something else."""
    if not event.key:
        return None
    stored = PostingKey.objects.filter(
        merchant_id=event.merchant_id, source=event.source, kind=event.kind, key=event.key
    ).first()
    return None if stored is None else answer_from(stored, event)


def answer_from(stored: PostingKey, event: AnyEvent) -> Receipt:
    """The stored answer, if ``event`` says what was said then. Raises ``KeyConflict``."""
    if not says(stored.body_sha256, event) and not _said_before_merging(stored, event):
        raise KeyConflict(field="key")
    return receipt_from_json(stored.receipt)


def _said_before_merging(stored: PostingKey, event: AnyEvent) -> bool:
    """Whether this is the same said again, of a member whose record was merged meanwhile (RULES 14, 42)."""
    then, now = stored.receipt.get("member_id", event.member_id), event.member_id
    merchant_id = event.merchant_id
    if then == now or person_of(then, merchant_id) != person_of(now, merchant_id):
        return False
    return says(stored.body_sha256, replace(event, member_id=then))


def _planned(event: AnyEvent, now: datetime, along: Along | None = None) -> Posting:
    if along is None:
        event, along = find(event, now)
    context = read(event, now=now, along=along)
    validate_in(event, context)
    return plan(event, context, now=now)


def _attempt(event: AnyEvent, now: datetime, along: Along | None = None) -> Receipt:
    """Plan and write once. Whatever stands in the way may be our own event, arrived by another way."""
    try:
        posting = _planned(event, now, along)
        if posting.is_empty and not event.key:
            return posting.receipt
        return write([posting, *posting.paired])[0]
    except (WalaaError, IntegrityError) as error:
        known = answer_of(event)
        if known is not None:
            return known
        if isinstance(error, WalaaError):
            raise
        raise _taken(event, error) from error
    except OperationalError as error:
        raise Busy from error


def _taken(event: AnyEvent, error: IntegrityError) -> Exception:
    """A number that is taken without our key is another's; a code that is taken is drawn again."""
    if any(name in str(error) for name in CODES_DRAWN):
        return Stale()
    return Conflict(field="key")


def _attempt_locked(event: AnyEvent, now: datetime) -> Receipt:
    """Hold whatever the writer compares from before reading until written.

    Their record may have been merged since: whoever stands for the member now is held (RULES 42).
    """
    for _try in range(TRIES):
        event, _seen = find(event, now)
        try:
            with transaction.atomic():
                _hold(event)
                found, along = find(event, now)
                if found.whose == event.whose:
                    return _attempt(event, now, along)
        except (Stale, OperationalError) as error:
            raise Busy from error
    raise Busy


def _hold(event: AnyEvent) -> None:
    """Lock the members' rows, the gift cards it pays with, and the budgets, in the writers' order."""
    balances = Balance.objects.select_for_update().filter(member_id__in=event.whose)
    codes = [code for code, _amount_minor in getattr(event, "gift_cards", ())]
    cards = GiftCard.objects.select_for_update().filter(merchant_id=event.merchant_id, code__in=codes)
    budgets = Budget.objects.select_for_update().filter(merchant_id=event.merchant_id)
    list(balances.order_by("pk").values_list("pk", flat=True))
    if codes:
        list(cards.order_by("pk").values_list("pk", flat=True))
    list(budgets.order_by("rule", "period", "starts_on").values_list("pk", flat=True))
