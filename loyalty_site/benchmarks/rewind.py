"""Rewind: a year of purchases replayed under today's programme and a draft, and the memory it takes.

The shop of its own holds as many purchases as the demo. The floor is one reading of every order with its
lines.
"""

import os
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from accounts.access import system_actor
from accounts.models import Merchant
from analytics.models import RewindRun
from analytics.rewind import running
from analytics.rewind.asking import ask
from ledger.bulk.shards import Shard, work
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Stage
from programs.publishing import draft_of

NEEDS_POSTGRES: Final = True
MEMBERS: Final = 10_000
PURCHASES: Final = 155_370
WORKERS: Final = 2
SCAN: Final = """
    SELECT count(*), sum(l.amount_minor) FROM ledger_purchase p
        JOIN ledger_purchaseline l ON l.purchase_id = p.id
"""


def measure(stage: Stage) -> list[Figure]:
    """Import a history and rewind it."""
    return rewound(stage, members=MEMBERS, purchases=PURCHASES)


def rewound(stage: Stage, *, members: int, purchases: int) -> list[Figure]:
    """Time and memory of a Rewind over so many members and purchases."""
    with stage.on_postgres() as books:
        books.call("loyalty_site.benchmarks.imports:open_shop", members=members)
        file = str(Path(stage.folder) / "history.csv")
        books.call("loyalty_site.benchmarks.imports:write_file", path=file, purchases=purchases)
        books.call("loyalty_site.benchmarks.imports:bring_in", path=file, processes=2)
        stage.say("rewinding …")
        ran = books.call("loyalty_site.benchmarks.rewind:replay")
    beside = f"{ran['busy']:.1f} s of processor; reading the lines once {ran['floor']:.1f} s"
    name = f"Rewind of {ran['orders']:,} purchases under 2 programmes, {WORKERS} workers"
    return [
        Figure(f"{name}, s", f"{ran['seconds']:.1f}", "≤ 30" if purchases <= PURCHASES else "", beside),
        Figure(f"{name}, MB at most in one worker", f"{ran['megabytes']:.0f}", "≤ 1,000"),
    ]


def replay() -> dict[str, Any]:
    """Ask for all months beside a dearer draft, and answer in as many processes as there are workers."""
    merchant, now = Merchant.objects.get(), datetime.now(UTC) + timedelta(minutes=1)
    draft = draft_of(programme=merchant.programme)
    draft.rules.filter(kind="per_amount").update(points=2)
    run = ask(
        actor=system_actor(merchant), version_ids=[draft.pk], months=36, use_percent=None, all_earn=False,
        now=now,
    )  # fmt: skip
    began = time.perf_counter()
    running.cut_up(run, now)

    def hand(_shard: Shard) -> Iterator[tuple[int, float]]:
        running.work(clock=lambda: now, run=run)
        used = resource.getrusage(resource.RUSAGE_SELF)
        yield used.ru_maxrss, used.ru_utime + used.ru_stime

    hands = list(work([Shard(one, one, 1) for one in range(WORKERS)], hand, processes=WORKERS))
    seconds = time.perf_counter() - began
    done = RewindRun.objects.get(pk=run.pk)
    if done.state != "done":
        raise RuntimeError(f"the Rewind is {done.state}: {done.why}")
    orders = sum(done.shop["orders"].values())
    most, busy = max(kilobytes for kilobytes, _busy in hands) / 1024, sum(busy for _most, busy in hands)
    return {"seconds": seconds, "busy": busy, "megabytes": most, "orders": orders, "floor": _scan()}


def _scan() -> float:
    with psycopg.connect(os.environ["DATABASE_URL"]) as server:
        began = time.perf_counter()
        server.execute(SCAN)
        return time.perf_counter() - began
