"""Every night each merchant's books are proved, and what was found is kept, told and shown.

One row per merchant and night: whoever makes it does the work, so that several workers share the merchants. A
row whose worker died is taken again after an hour.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from accounts import outbox
from accounts.models import Merchant
from ledger import topics
from ledger.models import Verification
from ledger.proving.heads import Head, head_of
from ledger.proving.verifying import Difference, first_difference
from ledger.seals.sealing import seal
from programs.calendars import business_date

Clock = Callable[[], datetime]
DIED: Final = timedelta(hours=1)
"""After which an open row is taken to be abandoned."""


def verify_due(*, clock: Clock, patience: timedelta) -> int:
    """Prove the books of every merchant not proved today; returns how many. Stops after ``patience``."""
    begun, done = clock(), 0
    seal(clock=clock)
    for merchant in Merchant.objects.order_by("pk"):
        if clock() - begun > patience:
            break
        night = business_date(clock(), merchant.zone)
        if _claim(merchant, night, clock()):
            record(merchant=merchant, found=first_difference(merchant.pk, _told(merchant)), clock=clock)
            done += 1
    return done


def verify(*, merchant: Merchant, clock: Clock, expected: Sequence[Head] = ()) -> Difference | None:
    """Prove one merchant's books now; the answer stands as this day's."""
    found = first_difference(merchant.pk, expected)
    record(merchant=merchant, found=found, clock=clock)
    return found


def record(*, merchant: Merchant, found: Difference | None, clock: Clock) -> Verification:
    """Keep what was found, and tell the merchant once a day, or again when the answer changed."""
    now, head = clock(), head_of(merchant)
    with transaction.atomic():
        row, _new = Verification.objects.get_or_create(
            merchant=merchant, night=business_date(now, merchant.zone), defaults={"started_at": now}
        )
        is_news = row.is_right != (found is None)
        row.finished_at, row.is_right = now, found is None
        row.difference = _as_json(found) if found else {}
        row.block_number, row.head = (head.number, head.hash) if head else (0, "")
        row.save()
        if is_news and (head or found):
            outbox.append(
                merchant_id=merchant.pk,
                topic=topics.BOOKS_PROVED,
                member_id=None,
                now=now,
                payload={"verification_id": row.pk},
            )
    return row


def latest(merchant: Merchant) -> Verification | None:
    """The newest proof that came to an end."""
    return (
        Verification.objects.filter(merchant=merchant, finished_at__isnull=False).order_by("-night").first()
    )


def _claim(merchant: Merchant, night: date, now: datetime) -> bool:
    """Take this merchant's night; False when another worker has it, or it is done."""
    abandoned = Verification.objects.filter(
        merchant=merchant, night=night, finished_at=None, started_at__lt=now - DIED
    )
    if abandoned.update(started_at=now):
        return True
    if Verification.objects.filter(merchant=merchant, night=night).exists():
        return False
    try:
        with transaction.atomic():
            Verification.objects.create(merchant=merchant, night=night, started_at=now)
    except IntegrityError:
        return False
    return True


def _told(merchant: Merchant) -> list[Head]:
    """The head of the last good night: this database's own memory, the weaker anchor."""
    rows = Verification.objects.filter(merchant=merchant, is_right=True).exclude(head="")
    last = rows.order_by("-night").first()
    return [Head(last.head, merchant.slug, last.block_number)] if last else []


def _as_json(found: Difference) -> dict[str, str]:
    return {
        "what": found.what,
        "row": found.row,
        "stored": str(found.stored)[:200],
        "recomputed": str(found.recomputed)[:200],
    }
