"""A member shows a receipt: the sale that it names becomes theirs, once, within the window (RULES 13, 14)."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.errors import AmountError, NotFound, WalaaError
from accounts.guessing import Limit, guessing
from accounts.models import Member, Merchant
from accounts.money import Money
from ledger.claims.keeping import sale_of
from ledger.claims.zatca import NotAReceipt, Printed, read_receipt
from ledger.errors import KeyConflict, ReceiptClaimed, ReceiptTooOld, ReceiptUnknown, ReceiptUnreadable
from ledger.models import UnclaimedOrder
from ledger.posting import post
from ledger.receipt import Receipt
from programs.queries import terms_of, version_at

CLOCKS_APART: Final = timedelta(minutes=3)
"""By how much the time on the paper and the time the till told may differ."""

GUESSES: Final = Limit("receipts", 10, 24 * 3600)
"""Anybody can print a code: who tries ten that name no sale waits until tomorrow."""


def takes_receipts(merchant: Merchant) -> bool:
    """Whether members may claim receipts here: the shop said by which VAT number its own are known."""
    return bool(merchant.vat_number)


def claim(*, member: Member, text: str, actor: str, now: datetime) -> tuple[UnclaimedOrder, Receipt]:
    """Give the member the points of the sale that a scanned text names.

    Raises ``ReceiptUnreadable``, ``ReceiptUnknown``, ``ReceiptTooOld``, ``ReceiptClaimed``, ``TooMany``, and
    what posting the sale raises. The same member may ask again and has the first answer again.
    """
    printed = printed_on(text, member.merchant)
    with guessing(GUESSES, f"member:{member.pk}", now=now, wrong=NotFound):
        order = _found(printed, member, now)
    _reserve(order, member, printed, now)
    try:
        receipt = post(sale_of(order, member_id=member.pk, actor=actor), now=now)
    except KeyConflict as conflict:  # told of somebody else meanwhile: the books have it, for good
        raise ReceiptClaimed from conflict
    except WalaaError:
        _let_go(order, member)
        raise
    return order, receipt


def printed_on(text: str, merchant: Merchant) -> Printed:
    """What a receipt of this shop says, from its scanned text.

    Raises ``ReceiptUnreadable`` and ``ReceiptUnknown``.
    """
    try:
        printed = read_receipt(text, merchant.timezone)
    except NotAReceipt as error:
        raise ReceiptUnreadable(field="receipt") from error
    if not merchant.vat_number or printed.vat_number != merchant.vat_number:
        raise ReceiptUnknown(field="receipt")
    return printed


def _found(printed: Printed, member: Member, now: datetime) -> UnclaimedOrder:
    """The sale: the nearest in time of those with this total that is free, or the member's own already."""
    merchant, moments = member.merchant, printed.moments
    if moments[0] < now - _window(merchant, moments[0]):
        raise ReceiptTooOld(field="receipt")
    try:
        total_minor = Money.parse(f"{printed.total:f}", merchant.currency).amount_minor
    except AmountError as error:
        raise ReceiptUnreadable(field="receipt") from error
    sold = UnclaimedOrder.objects.filter(merchant=merchant, total_minor=total_minor, cancelled_at=None)
    known = sold.filter(paper_sha256=_paper(printed)).first()
    if known is not None:
        return known
    for moment in moments:
        near = list(_around(sold.filter(member=None), moment))
        if near:
            return min(near, key=lambda one: (abs(one.occurred_at - moment), one.pk))
    if any(_around(sold, moment).exists() for moment in moments):
        raise ReceiptClaimed(field="receipt")
    raise ReceiptUnknown(field="receipt")


def _around(sold: QuerySet[UnclaimedOrder], moment: datetime) -> QuerySet[UnclaimedOrder]:
    return sold.filter(occurred_at__range=(moment - CLOCKS_APART, moment + CLOCKS_APART))


def _window(merchant: Merchant, moment: datetime) -> timedelta:
    """How long after a sale it can be claimed: the programme's own window for late orders."""
    version = version_at(merchant, moment)
    return timedelta(days=terms_of(version).claim_window_days if version else 0)


def _reserve(order: UnclaimedOrder, member: Member, printed: Printed, now: datetime) -> None:
    """Make the sale the member's. Raises ``ReceiptClaimed`` where it is somebody else's."""
    free = UnclaimedOrder.objects.filter(pk=order.pk, member=None, cancelled_at=None)
    try:
        with transaction.atomic():
            mine = free.update(member=member, claimed_at=now, paper_sha256=_paper(printed))
    except IntegrityError as error:  # this very paper claimed another sale a moment ago
        raise ReceiptClaimed(field="receipt") from error
    if not mine and not UnclaimedOrder.objects.filter(pk=order.pk, member=member).exists():
        raise ReceiptClaimed(field="receipt")


def _let_go(order: UnclaimedOrder, member: Member) -> None:
    """What could not be posted can be claimed again."""
    UnclaimedOrder.objects.filter(pk=order.pk, member=member).update(
        member=None, claimed_at=None, paper_sha256=""
    )


def _paper(printed: Printed) -> str:
    return hashlib.sha256(printed.said.encode()).hexdigest()
