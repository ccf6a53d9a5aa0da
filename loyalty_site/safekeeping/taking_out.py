"""Exports that an owner asks for in the back office: a job with progress, a file deleted after a day."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings
from django.db.models import Q

from accounts.models import Merchant, Takeout
from accounts.models.takeouts import TakeoutState
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.takeout import export_merchant

Clock = Callable[[], datetime]

KEPT: Final = timedelta(hours=24)
CLAIM: Final = timedelta(minutes=10)
OPEN: Final = (TakeoutState.WAITING, TakeoutState.RUNNING)
log = structlog.get_logger("walaa.takeout")


def ask(*, merchant: Merchant, actor: str, now: datetime) -> Takeout:
    """Put an export in the queue; one that is under way already is the answer."""
    under_way = Takeout.objects.filter(merchant=merchant, state__in=OPEN).first()
    return under_way or Takeout.objects.create(merchant=merchant, actor=actor, requested_at=now)


def make_pending(*, clock: Clock) -> int:
    """Make the exports that wait, and those whose worker died; return how many."""
    waiting = Takeout.objects.filter(_claimable(clock())).order_by("id")
    return sum(_make(pk, clock) for pk in list(waiting.values_list("pk", flat=True)[:5]))


def _claimable(now: datetime) -> Q:
    return Q(state=TakeoutState.WAITING) | Q(state=TakeoutState.RUNNING, claimed_until__lt=now)


def _make(pk: int, clock: Clock) -> bool:
    """Make one export; False when somebody else is at it."""
    now = clock()
    rows = Takeout.objects.filter(pk=pk)
    if not rows.filter(_claimable(now)).update(state=TakeoutState.RUNNING, claimed_until=now + CLAIM):
        return False
    takeout = rows.select_related("merchant").get()
    name = f"takeout/{takeout.merchant.slug}-{now:%Y%m%d}-{secrets.token_urlsafe(12)}.zip"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def progress(done: int, total: int) -> None:
        rows.update(done=done, tables=total, claimed_until=clock() + CLAIM)

    try:
        manifest = export_merchant(merchant=takeout.merchant, output=path, now=now, progress=progress)
    except SafekeepingError as error:
        log.error("takeout failed", takeout=pk, reason=str(error))
        rows.update(state=TakeoutState.FAILED, finished_at=clock(), claimed_until=None)
        return True
    finished = clock()
    rows.update(
        state=TakeoutState.DONE, file=name, rows=sum(file["rows"] for file in manifest["files"].values()),
        size=path.stat().st_size, finished_at=finished, expires_at=finished + KEPT, claimed_until=None,
    )  # fmt: skip
    return True


def throw_out(*, now: datetime, merchant_id: int | None = None) -> int:
    """Delete the files whose day is over, or all of one merchant's; return how many."""
    done = Takeout.objects.filter(state=TakeoutState.DONE)
    over = done.filter(expires_at__lte=now) if merchant_id is None else done.filter(merchant=merchant_id)
    count = 0
    for takeout in over:
        takeout.file.delete(save=False)
        count += Takeout.objects.filter(pk=takeout.pk).update(state=TakeoutState.GONE, file="")
    return count
