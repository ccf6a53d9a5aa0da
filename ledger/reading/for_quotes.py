"""Signed quotes, as a purchase meets them: the one it names, and the bonuses that others keep."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from django.db.models import QuerySet

from accounts.errors import NotFound
from ledger.context import Context
from ledger.events import PurchaseMade
from ledger.models import SignedQuote


def with_quotes(context: Context, event: PurchaseMade, now: datetime) -> Context:
    """Return the context with the quote the purchase names, or what open ones keep. Raises ``NotFound``."""
    if event.quote:
        quote = SignedQuote.objects.filter(
            merchant_id=event.merchant_id, member_id__in=context.family, token=event.quote
        ).first()
        if quote is None:
            raise NotFound(field="quote")
        return replace(context, quote=quote)
    kept = _reserved(context, event, now)
    return replace(context, birthday_uses=context.birthday_uses + kept) if kept else context


def _reserved(context: Context, event: PurchaseMade, now: datetime) -> tuple[tuple[int, date], ...]:
    """Birthday bonuses that open quotes keep, asked only of a member who can have one."""
    terms = context.terms_at(event.occurred_at)
    if context.member.birthday is None or terms is None or not terms.birthday_rules:
        return ()
    kept = birthdays_kept(context.family, now)
    return tuple((year or 0, day) for year, day in kept.values_list("birthday_year", "quoted_on"))


def birthdays_kept(member_ids: Collection[int], now: datetime) -> QuerySet[SignedQuote]:
    """Open quotes of these records that keep a birthday's bonus."""
    return SignedQuote.objects.filter(
        member_id__in=member_ids, is_open=True, expires_at__gt=now, birthday_year__isnull=False
    )
