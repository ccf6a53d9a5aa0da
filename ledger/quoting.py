"""Signing a quote: the shop may hold us to it, once, until it lapses (RULES 3)."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import F

from ledger.capping import promised_prizes
from ledger.collecting import collected_by
from ledger.drafting import NO_LIMIT
from ledger.errors import Busy
from ledger.events import PurchaseMade
from ledger.models import Balance, SignedQuote
from ledger.models.quotes import QUOTE_LIFE
from ledger.planning import plan
from ledger.posting import as_quoted
from ledger.quoted import award_as_json, day_of_uses, order_sha256, uses_from_json
from ledger.reading.context_read import read
from ledger.reading.questions import find
from ledger.receipt import Receipt
from ledger.validating import validate, validate_in
from ledger.writing.by_rows import take_budget, take_budgets
from ledger.writing.parts import BudgetSum, Stale
from programs.calendars import business_date, period_start

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
        with suppress(Stale):
            return _sign_once(event, now)
    raise Busy


def purge(*, now: datetime) -> int:
    """Delete quotes that lapsed unused a week ago; returns how many."""
    return SignedQuote.objects.filter(purchase=None, expires_at__lt=now - KEPT).delete()[0]


def release(*, now: datetime) -> int:
    """Give budgets back what lapsed quotes had set aside; returns how many quotes there were.

    A member's own caps need nobody: they count open quotes by their time.
    """
    lapsed = SignedQuote.objects.filter(is_open=True, expires_at__lte=now, award__uses__isnull=False)
    return sum(_release(quote) for quote in lapsed.order_by("id"))


def _release(quote: SignedQuote) -> bool:
    with transaction.atomic():
        if not SignedQuote.objects.filter(pk=quote.pk, is_open=True).update(is_open=False):
            return False
        day = day_of_uses(quote.award)
        for (scope, rule, period), points in uses_from_json(quote.award):
            if scope == "all":
                starts_on = period_start(day, period)
                take_budget(BudgetSum(quote.merchant_id, rule, period, starts_on, -points, NO_LIMIT))
    return True


def _sign_once(event: PurchaseMade, now: datetime) -> Signed:
    """Raises ``Stale`` where the member or a budget moved meanwhile."""
    event, along = find(event, now)
    context = read(event, now=now, along=along)
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
            raise Stale
        SignedQuote.objects.create(
            merchant_id=event.merchant_id,
            member_id=event.member_id,
            token=token,
            body_sha256=order_sha256(event),
            version_id=awarded.terms.version_id if awarded.terms else None,
            tier_code=awarded.tier_code,
            award=award_as_json(
                awarded.award,
                business_date(event.occurred_at, context.merchant.zone),
                collected_by(posting, awarded.terms),
                promised_prizes(posting, awarded.terms),
            ),
            birthday_year=awarded.award.birthday_year,
            quoted_on=business_date(now, context.merchant.zone),
            expires_at=now + QUOTE_LIFE,
        )
        take_budgets([posting])
    return Signed(as_quoted(posting.receipt), token, now + QUOTE_LIFE)
