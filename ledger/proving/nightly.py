"""Every night each merchant's books are proved, and what was found is kept, told and shown.

A night is shared out like every other work (``ledger.bulk.sharing``): each range of members is proved by
itself, and what belongs to no member (the guards, refunds, the chain of seals) by one shard more. When the
last of them is done the answer is recorded, once per merchant and night.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from accounts import outbox
from accounts.models import Merchant
from ledger import topics
from ledger.bulk import sharing
from ledger.bulk.sharing import Due, Job
from ledger.models import Balance, Verification, WorkShard
from ledger.models.work import Work
from ledger.proving.finding import Scope
from ledger.proving.heads import Head, head_of
from ledger.proving.verifying import Difference, first_difference, first_of_members, first_of_the_rest
from ledger.seals.sealing import seal
from programs.calendars import business_date

Clock = Callable[[], datetime]
PER_SHARD: Final = 50_000
"""Purchases of the members of one range, about: a few seconds."""
DIFFERENCE: Final = ("what", "row", "stored", "recomputed")


def verify_due(*, clock: Clock, patience: timedelta) -> int:
    """Prove the books of merchants not proved today; returns how many answers came meanwhile.

    Stops after ``patience``; what is left is done by others or by the next call.
    """
    answered = Verification.objects.filter(finished_at__isnull=False)
    before = answered.count()
    share_night(clock=clock)
    sharing.work({Work.PROOF.value: PROOF}, clock=clock, patience=patience)
    return answered.count() - before


def share_night(*, clock: Clock) -> int:
    """Seal, and share out the proof of every merchant not proved today; returns how many shards there are."""
    seal(clock=clock)
    shared = 0
    for merchant in Merchant.objects.kept().order_by("pk"):
        if _begin(merchant, business_date(clock(), merchant.zone), clock()):
            shared += sharing.share(PROOF, merchant, clock())
    return shared


def verify(*, merchant: Merchant, clock: Clock, expected: Sequence[Head] = ()) -> Difference | None:
    """Prove one merchant's books now; the answer stands as this day's."""
    head = _head(merchant)
    found = first_difference(merchant.pk, expected)
    now = clock()
    record(merchant, business_date(now, merchant.zone), head | (_as_json(found) if found else {}), now)
    return found


def record(merchant: Merchant, night: date, said: dict[str, Any], now: datetime) -> None:
    """Keep what was found, and tell the merchant once a day, or again when the answer changed."""
    difference = {name: said[name] for name in DIFFERENCE if name in said}
    with transaction.atomic():
        row, _new = Verification.objects.get_or_create(
            merchant=merchant, night=night, defaults={"started_at": now}
        )
        is_news = row.is_right != (not difference)
        row.finished_at, row.is_right = now, not difference
        row.difference = difference
        row.block_number, row.head = said.get("block", 0), said.get("head", "")
        row.save()
        if is_news and (row.head or difference):
            outbox.append(
                merchant_id=merchant.pk,
                topic=topics.BOOKS_PROVED,
                member_id=None,
                now=now,
                payload={"verification_id": row.pk},
            )


def latest(merchant: Merchant) -> Verification | None:
    """The newest proof that came to an end."""
    return (
        Verification.objects.filter(merchant=merchant, finished_at__isnull=False).order_by("-night").first()
    )


def _begin(merchant: Merchant, night: date, now: datetime) -> bool:
    """Open this merchant's night; False where it is proved."""
    row, _new = Verification.objects.get_or_create(
        merchant=merchant, night=night, defaults={"started_at": now}
    )
    return row.finished_at is None


def _due(merchant: Merchant, now: datetime) -> Due:
    rows = Balance.objects.filter(merchant=merchant).order_by("pk")
    return list(rows.values_list("pk", F("purchases") + 1))


def _bring(shard: WorkShard, clock: Clock) -> Iterator[tuple[int, int]]:
    """Prove one shard, and keep what was found with it; tells how many differences: none or one."""
    if shard.first is None or shard.last is None:
        head = _head(shard.merchant)  # before the proof: what is sealed later is not proved by it
        found = first_of_the_rest(shard.merchant_id, _told(shard.merchant))
    else:
        head, found = {}, first_of_members(Scope(shard.merchant_id, shard.first, shard.last))
    shard.found = head | (_as_json(found) if found else {})
    yield 0, 1 if found else 0


def _close(merchant: Merchant, clock: Clock) -> None:
    """Every shard is done: the first difference of all, and the proved head, are the night's answer."""
    shards = list(sharing.newest_run(PROOF, merchant))
    if not shards:
        return
    said: dict[str, Any] = {}
    for shard in reversed(shards):
        said |= shard.found
    record(merchant, business_date(shards[0].cut_at, merchant.zone), said, clock())


def _head(merchant: Merchant) -> dict[str, Any]:
    head = head_of(merchant)
    return {"block": head.number, "head": head.hash} if head else {}


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


PROOF: Final = Job(Work.PROOF, _due, _bring, _close, whole=True, most=PER_SHARD)
