"""Paying out what causes are owed: never more, once, with a reference, and above a sum by two people."""

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import get_language

from accounts.access import Actor, for_write
from accounts.errors import AlreadyDecided, Forbidden, Invalid
from accounts.joining import readable_code
from accounts.money import Money
from accounts.two_people import ALONE_WAITS, deciders, prove_two
from ledger.causes.errors import MoreThanOwed
from ledger.causes.giving import NUMBER_LENGTH
from ledger.errors import KeyConflict
from ledger.models import CauseEntry, PayoutRequest
from ledger.models.adjustments import RequestState
from ledger.models.causes import EntryKind
from ledger.second_person import one_at_a_time, settings_of
from ledger.validating import LONGEST_KEY, check_amount
from programs.calendars import business_date
from programs.models import Cause


def owed_minor(cause: Cause) -> int:
    """What the shop owes a cause, in minor units."""
    return int(CauseEntry.objects.filter(cause=cause).aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def pay_out(
    *, actor: Actor, cause: Cause, amount_minor: int, reference: str, key: str, now: datetime
) -> CauseEntry | PayoutRequest:
    """Record that a cause was paid, once per key; above the limit a request waits for another person.

    Raises ``Forbidden``, ``Invalid``, ``KeyConflict`` and ``MoreThanOwed``; nothing is written then.
    """
    if not actor.may("change", "facts"):
        raise Forbidden
    check_amount(amount_minor, "amount")
    if not reference.strip() or len(reference) > LONGEST_KEY or "\x00" in reference:
        raise Invalid(field="reference")
    with one_at_a_time(Cause.objects.filter(pk=cause.pk)):
        known = PayoutRequest.objects.filter(merchant=actor.merchant, key=key).first()
        if known is not None:
            return _same(known, cause, amount_minor, reference)
        _refuse_too_much(cause, amount_minor)
        request = PayoutRequest(
            merchant=actor.merchant, cause=cause, amount_minor=amount_minor, reference=reference, key=key,
            asked_by=actor.label, asked_at=now, ripe_at=now + ALONE_WAITS,
        )  # fmt: skip
        if amount_minor > settings_of(actor.merchant).payout_limit_at(now):
            request.save()
            return request
        request.entry = _enter(request, actor, now)
        request.state, request.is_small = RequestState.POSTED, True
        request.decided_by, request.decided_at = actor.label, now
        request.save()
        return request.entry


def approve_payout(*, actor: Actor, request_id: int, now: datetime, code: str = "") -> CauseEntry:
    """Pay out what was asked for, once. ``code`` proves a second factor where one person decides alone.

    Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``, ``NeedsAnother``, ``NotRipe``, ``WrongCode``,
    ``NoSecondFactor`` and ``MoreThanOwed``.
    """
    with transaction.atomic():
        request = _waiting(actor, request_id)
        others = deciders(request.merchant_id)
        ripe_at = request.ripe_at
        proved = prove_two(actor, request.asked_by, others, ripe_at=ripe_at, now=now, code=code)
        with one_at_a_time(Cause.objects.filter(pk=request.cause_id)):
            _refuse_too_much(request.cause, request.amount_minor)
            request.entry = _enter(request, actor, now)
        request.second_factor_at = now if proved else None
        _decide(request, RequestState.POSTED, actor, now)
    return request.entry


def decline_payout(*, actor: Actor, request_id: int, now: datetime) -> PayoutRequest:
    """Refuse a payout, or withdraw one's own. Raises ``NotFound``, ``Forbidden``, ``AlreadyDecided``."""
    with transaction.atomic():
        request = _waiting(actor, request_id)
        own = request.asked_by == actor.label
        _decide(request, RequestState.WITHDRAWN if own else RequestState.REFUSED, actor, now)
    return request


def _same(
    known: PayoutRequest, cause: Cause, amount_minor: int, reference: str
) -> CauseEntry | PayoutRequest:
    """The first answer again. Raises ``KeyConflict`` if something else was said."""
    if (known.cause_id, known.amount_minor, known.reference) != (cause.pk, amount_minor, reference):
        raise KeyConflict(field="key")
    return known.entry or known


def _refuse_too_much(cause: Cause, amount_minor: int) -> None:
    owed = owed_minor(cause)
    if amount_minor > owed:
        said = Money(owed, cause.merchant.currency).format(get_language() or "ar")
        raise MoreThanOwed(field="amount", owed=said)


def _enter(request: PayoutRequest, actor: Actor, now: datetime) -> CauseEntry:
    cause = request.cause
    return CauseEntry.objects.create(
        merchant_id=request.merchant_id,
        cause=cause,
        kind=EntryKind.PAYOUT,
        amount_minor=-request.amount_minor,
        currency=actor.merchant.currency,
        number=readable_code(NUMBER_LENGTH),
        name_ar=cause.name_ar,
        name_en=cause.name_en,
        licence=cause.licence,
        reference=request.reference,
        business_date=business_date(now, actor.merchant.zone),
        recorded_at=now,
        actor=actor.label,
    )


def _waiting(actor: Actor, request_id: int) -> PayoutRequest:
    rows = PayoutRequest.objects.select_for_update(of=("self",)).select_related("cause__merchant")
    request = for_write(actor, rows, room="facts", pk=request_id)
    if request.state != RequestState.WAITING:
        raise AlreadyDecided(state=str(request.get_state_display()))
    return request


def _decide(request: PayoutRequest, state: RequestState, actor: Actor, now: datetime) -> None:
    request.state, request.decided_by, request.decided_at = state, actor.label, now
    request.save()
