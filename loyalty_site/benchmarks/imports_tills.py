"""How long a till waits while a file is brought in: a sale in its own process, five times a second.

Customers come when they come: what is due while another sale is being posted is late, and its lateness
counts. The till serves the very members the file is about.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.posting import post
from loyalty_site.benchmarks import population
from loyalty_site.benchmarks.figures import Figure
from loyalty_site.benchmarks.stage import Pace, Scratch, Stage

MEMBERS: Final = 500
PURCHASES: Final = 20_000
SECONDS: Final = 15.0
EVERY: Final = 0.2


def measure(stage: Stage) -> list[Figure]:
    """On SQLite, and on PostgreSQL where a server answers: the till alone, and beside an import."""
    found = []
    with stage.sqlite() as scratch:
        found.append(_beside(stage, scratch, "SQLite"))
    if stage.postgres is not None:
        with stage.on_postgres() as scratch:
            found.append(_beside(stage, scratch, "PostgreSQL"))
    return found


def _beside(stage: Stage, scratch: Scratch, name: str) -> Figure:
    scratch.call("loyalty_site.benchmarks.imports:open_shop", members=MEMBERS)
    file = str(Path(stage.folder) / f"{name}.csv")
    scratch.call("loyalty_site.benchmarks.imports:write_file", path=file, purchases=PURCHASES)
    stage.say(f"a till alone, then beside an import into {name} …")
    alone = _till(scratch, part="alone")
    brought: list[dict[str, Any]] = []
    importing = threading.Thread(target=lambda: brought.append(_bring(scratch, file)))
    importing.start()
    beside = _till(scratch, part="beside")
    importing.join()
    if not brought or alone.errors or beside.errors:
        raise RuntimeError("a sale or the import failed")
    scratch.prove()
    return Figure(
        f"a till beside an import, {name}: p99 · slowest",
        f"{beside.p99_ms:,.0f} · {beside.slowest_ms:,.0f} ms",
        "≤ 100 ms · ≤ 1 s" if name == "SQLite" else "",
        f"alone {alone.p99_ms:,.0f} · {alone.slowest_ms:,.0f} ms",
    )


def _till(scratch: Scratch, *, part: str) -> Pace:
    return scratch.crowd(
        "loyalty_site.benchmarks.imports_tills:selling",
        clients=1,
        seconds=SECONDS,
        every=EVERY,
        warm=3,
        part=part,
    )


def _bring(scratch: Scratch, file: str) -> dict[str, Any]:
    ran: dict[str, Any] = scratch.call("loyalty_site.benchmarks.imports:bring_in", path=file, processes=1)
    return ran


def selling(*, client: int, clients: int, part: str) -> Callable[[], None]:
    """Post one sale to one of the members, through the door every till uses."""
    people, draw, numbers = population.people(), Random(part), count()  # noqa: S311 (sales, not secrets)

    def sell() -> None:
        (merchant_id, member_id), now = draw.choice(people), datetime.now(UTC)
        event = PurchaseMade(
            merchant_id=merchant_id, member_id=member_id, occurred_at=now, source="till",
            key=f"{part}-{client}-{next(numbers)}", actor="bench", lines=(LineItem(4_200),),
        )  # fmt: skip
        post(event, now=now)

    return sell
