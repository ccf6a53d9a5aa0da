"""Shops whose tiers count something else, and lives of their members for tests about tiers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from ledger.models import TierPeriod
from ledger.proving.verifying import differences
from ledger.queries import account
from programs.calendars import end_of_day_instant
from programs.publishing import publish
from programs.queries import timeline
from programs.tiering import Way
from tests.cast import FOUNDED, open_shop
from tests.ledger.books import Books

THRESHOLDS = {
    "spend": {"silver": 1_500_00, "gold": 4_000_00},
    "points": {"silver": 1_500, "gold": 4_000},
    "visits": {"silver": 3, "gold": 6},
}
BASES = tuple(THRESHOLDS)
WINDOWS = ("trailing_12", "calendar_year")


def counting(
    basis: str, slug: str = "oasis", phone: str = "0501234567", *, alike: bool = True, **terms: Any
) -> Books:
    """The books of a member whose tiers count ``basis``; ``alike``: every tier earns a point per SAR."""
    shop = open_shop(slug, phone, live=False, tier_basis=basis, **terms)
    for code, threshold in THRESHOLDS[basis].items():
        factor = {"multiplier": 1} if alike else {}
        shop.version.tiers.filter(code=code).update(threshold_minor=threshold, **factor)
    shop.version.rules.exclude(code="base").delete()
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return Books(shop.member)


def way(books: Books) -> Way:
    """Where the member stands now."""
    found = account(books.member, now=books.now).way
    assert found is not None
    return found


def add(books: Books, basis: str, count: int) -> None:
    """Buy exactly ``count`` of what tiers count, now; nothing where that is nothing."""
    if basis == "visits":
        for _visit in range(count):
            books.buy(100)
    elif count:
        books.buy(count * 100 if basis == "points" else count)


def rank(books: Books, code: str) -> int:
    """How high a tier stands."""
    terms = timeline(books.merchant).terms[-1]
    return terms.tiers.index(terms.tier(code))


def held(books: Books) -> str:
    """The tier held now, a year that is over followed."""
    books.pass_time()
    newest = TierPeriod.objects.filter(member=books.member).order_by("starts_at", "id").last()
    return newest.tier_code if newest else "bronze"


def last_minute(books: Books, day: date) -> datetime:
    """23:59 of a day in the shop's zone."""
    return end_of_day_instant(day, books.merchant.zone) - timedelta(minutes=1)


def prove_books(books: Books) -> None:
    """Insist that the books are right."""
    assert [str(found) for found in differences(books.merchant.pk)] == []


@contextmanager
def supposing(books: Books) -> Iterator[Books]:
    """What happens here is undone."""
    then, numbers = books.now, books.numbers
    with transaction.atomic():
        yield books
        transaction.set_rollback(True)
    books.now, books.numbers = then, numbers
