"""The floor of the points ledger: one function that earns, with nothing else, as fast as the server goes.

Purchase, journal, lot, balance and stamp, the member's row locked, the order number unique, foreign keys in
place: what no engine can do without. Driven by pgbench where that is installed, else by our own processes.
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg
from django.db import connection

from loyalty_site.benchmarks.clients import backend_cpu
from loyalty_site.benchmarks.stage import Pace, Scratch

SCHEMA: Final = (Path(__file__).parent / "floor.sql").read_text()
MEMBERS: Final = 5_000
SCRIPT: Final = (
    f"\\set member random(1, {MEMBERS})\n\\set word random(1, 9000000000000000)\n"
    "SELECT * FROM floor_earn(1, :member, (:client_id || '-' || :word)::text, 4200, 42, '2030-01-01');\n"
)


def install(scratch: Scratch) -> None:
    """Put the floor's own tables beside ours."""
    with psycopg.connect(scratch.url, autocommit=True) as server:
        server.execute(SCHEMA)
        server.execute("INSERT INTO floor_merchant VALUES (1)")
        for table in ("member", "balance"):
            server.execute(f"INSERT INTO floor_{table} SELECT n, 1 FROM generate_series(1, {MEMBERS}) n")  # noqa: S608


def driver() -> str:
    """The path of pgbench, or nothing."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)
    return shutil.which("pgbench") or next((str(path) for path in homes), "")


def name() -> str:
    """How the floor is driven, for the table."""
    return "through pgbench" if driver() else "through psycopg"


def pace(scratch: Scratch, *, clients: int, seconds: float) -> Pace:
    """Earn at the floor for ``seconds``."""
    if driver():
        return _by_pgbench(scratch.url, clients, seconds)
    return scratch.crowd("loyalty_site.benchmarks.floor:earning", clients=clients, seconds=seconds)


def earning(*, client: int, clients: int) -> Callable[[], None]:
    """One client of the floor without pgbench."""
    connection.ensure_connection()
    server: psycopg.Connection[Any] = connection.connection
    draw = Random(f"{time.time_ns()}-{client}")  # noqa: S311 (an order that was seen before costs nothing)

    def earn() -> None:
        named = (draw.randint(1, MEMBERS), f"{client}-{draw.getrandbits(53)}")
        server.execute(
            "SELECT * FROM floor_earn(1, %s, %s, 4200, 42, '2030-01-01')", named, prepare=True
        ).fetchone()

    return earn


def _by_pgbench(url: str, clients: int, seconds: float) -> Pace:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT)
        script.flush()
        command = [driver(), "-n", "-M", "prepared", "-f", script.name, "-c", str(clients), "-j", "2"]
        command += ["-T", str(round(seconds)), url]
        with _watched(url) as backends, tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603 (pgbench)
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    done = int(_figure(r"actually processed: (\d+)", said))
    cpu = usage.ru_utime + usage.ru_stime + backends["rate"] * round(seconds)
    return Pace(_figure(r"tps = ([\d.]+)", said), 1000 * cpu / done, done=done)


def _figure(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(text)
    return float(found[1])


@contextmanager
def _watched(url: str) -> Any:
    """Watch pgbench's backends; ``rate`` is the processor seconds they took per second."""
    seen: dict[str, float] = {"rate": 0.0}
    over = threading.Event()

    server = psycopg.connect(url, autocommit=True)
    asked = (
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench' AND datname = current_database()"
    )

    def watch() -> None:
        first: tuple[float, float] | None = None
        while not over.wait(0.2):
            taken = (
                time.perf_counter(),
                sum(backend_cpu(pid) for (pid,) in server.execute(asked).fetchall()),
            )
            if taken[1] and first is None:
                first = taken
            elif first is not None and taken[1] > first[1]:
                seen["rate"] = (taken[1] - first[1]) / (taken[0] - first[0])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
        server.close()
