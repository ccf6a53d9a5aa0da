"""Signing a quote: the shop may hold us to it, once, until it lapses (RULES 3)."""

import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import F

from ledger.errors import Busy
from ledger.events import PurchaseMade, Receipt
from ledger.models import Balance, SignedQuote
from ledger.models.quotes import QUOTE_LIFE
from ledger.planning import plan
from ledger.quoted import award_as_json, order_sha256
from ledger.reading.context_read import read
from ledger.validating import validate, validate_in
from programs.calendars import business_date

KEPT: Final = timedelta(days=7)
TRIES: Final = 3


class Signed(NamedTuple):
    """What was quoted, the token that holds us to it, and until when."""

    receipt: Receipt
    token: str
    expires_at: datetime


def sign(event: PurchaseMade, *, now: datetime) -> Signed:
    """Quote this purchase and keep the answer.

    Raises what posting it would raise, and ``Busy`` when the member's row kept moving. Signing moves the
    member's row on, so that a purchase planned before does not take the bonus that this quote keeps.
    """
    validate(event, now=now)
    for _try in range(TRIES):
        signed = _sign_once(event, now)
        if signed is not None:
            return signed
    raise Busy


def purge(*, now: datetime) -> int:
    """Delete quotes that lapsed unused a week ago; returns how many."""
    return SignedQuote.objects.filter(is_open=True, expires_at__lt=now - KEPT).delete()[0]


def _sign_once(event: PurchaseMade, now: datetime) -> Signed | None:
    context = read(event, now=now)
    validate_in(event, context)
    posting = plan(event, context, now=now)
    awarded = posting.awarded
    if awarded is None:
        raise Busy
    token = secrets.token_urlsafe(18)
    with transaction.atomic():
        Balance.objects.bulk_create(
            [Balance(member_id=event.member_id, merchant_id=event.merchant_id)], ignore_conflicts=True
        )
        mine = Balance.objects.filter(pk=event.member_id, version=context.balance.version)
        if not mine.update(version=F("version") + 1):
            return None
        SignedQuote.objects.create(
            merchant_id=event.merchant_id,
            member_id=event.member_id,
            token=token,
            body_sha256=order_sha256(event),
            version_id=awarded.terms.version_id if awarded.terms else None,
            tier_code=awarded.tier_code,
            award=award_as_json(awarded.award),
            birthday_year=awarded.award.birthday_year,
            quoted_on=business_date(now, context.merchant.zone),
            expires_at=now + QUOTE_LIFE,
        )
    return Signed(posting.receipt, token, now + QUOTE_LIFE)
