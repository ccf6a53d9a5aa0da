"""G9 and G10: what a night costs beside the least it could cost.

G9 lets every lot of the shop die, with movements, uses, balances and news; its floor is one UPDATE that
empties the same lots. G10 renews the tiers of the hundredth of members whose year is over; its floor reads
every member's spend of the last twelve months once.

``WALAA_NIGHT_MEMBERS=1000000`` makes the shop as large as that, through the import (a quarter of an hour);
beyond ``BOTH`` members each has two purchases instead of six, and the night of tiers alone is measured.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

import psycopg

from accounts.models import Merchant
from ledger.bulk import sharing
from ledger.bulk.shards import Shard, work
from ledger.bulk.sharing import Job
from ledger.bulk.sweeping import EXPIRY, TIERS, renew
from ledger.models import Lot, TierPeriod
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Stage

NEEDS_POSTGRES: Final = True
MEMBERS: Final = int(os.environ.get("WALAA_NIGHT_MEMBERS", "10000"))
BOTH: Final = 200_000
PURCHASES: Final = (6 if MEMBERS <= BOTH else 2) * MEMBERS
FLOORS: Final = 3
WORKERS: Final = 2
EMPTY: Final = (
    "UPDATE ledger_lot SET remaining = 0, expired_at = now() WHERE remaining > 0 AND expires_on < %s"
)
SCAN: Final = """
    SELECT count(*) FROM (SELECT member_id, sum(spend_minor - refunded_spend_minor) AS spent
        FROM ledger_purchase WHERE merchant_id = %s AND business_date >= %s GROUP BY member_id) windows
"""


def measure(stage: Stage) -> list[Figure]:
    """Import a shop's history, then let a tier night and an expiry night pass."""
    with stage.on_postgres() as books:
        books.call("loyalty_site.benchmarks.imports:open_shop", members=MEMBERS)
        file = str(Path(stage.folder) / "history.csv")
        books.call("loyalty_site.benchmarks.imports:write_file", path=file, purchases=PURCHASES)
        books.call("loyalty_site.benchmarks.imports:bring_in", path=file, processes=2)
        stage.say("a night of tiers …")
        tiers = books.call("loyalty_site.benchmarks.nightly:tiers")
        figures = [_tiers(tiers)]
        if MEMBERS <= BOTH:
            stage.say("a night of expiry …")
            dying = books.call("loyalty_site.benchmarks.nightly:expiry")
            figures.insert(0, _figure("G9 expiry sweep of {count:,} lots / raw UPDATE", dying, "≤ 5 (3.5)"))
        books.prove()
    return figures


def _tiers(ran: dict[str, Any]) -> Figure:
    name = "G10 tier night of {of:,} members, {count:,} due / reading their spend"
    return _figure(name, ran, "≤ 8 (5)")


def _figure(name: str, ran: dict[str, Any], target: str) -> Figure:
    beside = f"{1000 * ran['seconds']:.0f} ms; floor {1000 * ran['floor']:.0f} ms"
    return Figure(name.format(**ran), f"{ran['seconds'] / ran['floor']:.1f}", target, beside)


def expiry() -> dict[str, Any]:
    """Every lot dies; the floor is taken before, and undone. The tiers' own night has been."""
    merchant, now = Merchant.objects.get(), datetime.now(UTC) + timedelta(days=800)
    renew(merchant=merchant, now=now)
    lots = Lot.objects.filter(remaining__gt=0).count()
    floor = median(_timed(EMPTY, [now.date()]) for _time in range(FLOORS))
    began = time.perf_counter()
    _shared(EXPIRY, merchant, now)
    seconds = time.perf_counter() - began
    if Lot.objects.filter(remaining__gt=0).exists():
        raise RuntimeError("something is still alive")
    return {"seconds": seconds, "floor": floor, "count": lots}


def tiers() -> dict[str, Any]:
    """The night on which the year of a hundredth of the members is over."""
    merchant = Merchant.objects.get()
    ends = TierPeriod.objects.filter(ends_at__gt=datetime.now(UTC)).order_by("ends_at")
    now = ends[MEMBERS // 100].ends_at or datetime.now(UTC)
    since = now.date() - timedelta(days=365)
    floor = median(_timed(SCAN, [merchant.pk, since]) for _time in range(FLOORS))
    began = time.perf_counter()
    due = _shared(TIERS, merchant, now)
    return {"seconds": time.perf_counter() - began, "floor": floor, "count": due, "of": MEMBERS}


def _shared(job: Job, merchant: Merchant, now: datetime) -> int:
    """Share out a night's work and do it in as many processes as there are workers; the sum of results."""
    sharing.share(job, merchant, now)

    def hand(_shard: Shard) -> Iterator[int]:
        yield sharing.work({job.work.value: job}, clock=lambda: now, merchant=merchant)

    return sum(work([Shard(hand, hand, 1) for hand in range(WORKERS)], hand, processes=WORKERS))


def _timed(statement: str, parameters: list[Any]) -> float:
    """Seconds of one statement, which is undone."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as server:
        began = time.perf_counter()
        server.execute(statement, parameters)
        server.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seconds = time.perf_counter() - began
        server.rollback()
        server.autocommit = True
        server.execute("VACUUM ledger_lot")
    return seconds
