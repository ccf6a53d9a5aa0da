"""Signed quotes, as a purchase meets them: the one it names, and the bonuses that others keep."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from accounts.asking import Question, Reader
from accounts.errors import NotFound
from ledger.events import PurchaseMade
from ledger.families import OfPerson
from ledger.models import SignedQuote
from ledger.reading.along import Along
from ledger.reading.params import MEMBER, MERCHANT, NOW, QUOTE

QUOTES: Final = Reader(SignedQuote)


def quote_of(along: Along, family: Collection[int], event: PurchaseMade) -> SignedQuote | None:
    """The signed quote that the purchase names, if any. Raises ``NotFound``."""
    if not event.quote:
        return None
    quote: SignedQuote | None = next(iter(QUOTES.all(along.answers["quoted"])), None)
    if quote is None or quote.member_id not in family:
        raise NotFound(field="quote")
    return quote


def birthdays_kept(member_ids: Collection[int], now: datetime) -> QuerySet[SignedQuote]:
    """Open quotes of these records that keep a birthday's bonus."""
    return _keeping(SignedQuote.objects.filter(member_id__in=member_ids), now)


def _keeping(quotes: QuerySet[SignedQuote], now: datetime | Combinable) -> QuerySet[SignedQuote]:
    return quotes.filter(is_open=True, expires_at__gt=now, birthday_year__isnull=False)


QUOTED: Final = Question(
    "quoted", SignedQuote.objects.filter(merchant_id=MERCHANT, token=QUOTE), QUOTES.columns
)
KEPT: Final = Question(
    "kept",
    _keeping(SignedQuote.objects.filter(OfPerson("member_id", MEMBER)), NOW).order_by("id"),
    ("birthday_year", "quoted_on"),
)
