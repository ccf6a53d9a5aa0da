"""Processes that do one thing again and again on the database of this process, and what it cost."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any, Final

from django.db import connection, connections
from django.utils.module_loading import import_string

TICKS: Final = os.sysconf("SC_CLK_TCK")
Deed = Callable[[], None]


def run(
    function: str, clients: int, seconds: float, arguments: dict[str, Any], warm: int = 0, every: float = 0.0
) -> dict[str, Any]:
    """Let ``clients`` children do what ``function`` returns; the sum of their reports, as a ``Pace``.

    The first ``warm`` times of each child are not counted: that is when plans are made and code is loaded.
    ``every`` is each child's mean seconds between two deeds, which then do not wait for one another.
    """
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start = fork.Event()
    pairs = [fork.Pipe(duplex=False) for _client in range(clients)]
    children = [
        fork.Process(
            target=_client, args=(out, start, function, seconds, client, clients, arguments, warm, every)
        )
        for client, (_into, out) in enumerate(pairs)
    ]
    for child in children:
        child.start()
    for into, _out in pairs:
        into.recv()
    start.set()
    reports: list[dict[str, Any]] = [into.recv() for into, _out in pairs]
    for child in children:
        child.join()
    done = sum(report["done"] for report in reports)
    longest = max(report["seconds"] for report in reports)
    return {
        "per_second": done / longest,
        "cpu_ms": 1000 * sum(report["cpu"] for report in reports) / max(done, 1),
        "errors": sum(report["errors"] for report in reports),
        "slowest_ms": 1000 * max(report["slowest"] for report in reports),
        "p99_ms": 1000 * max(report["p99"] for report in reports),
        "p95_ms": 1000 * max(report["p95"] for report in reports),
        "done": done,
    }


def _client(
    out: Connection,
    start: Any,
    function: str,
    seconds: float,
    client: int,
    clients: int,
    arguments: Any,
    warm: int,
    every: float,
) -> None:
    """Prepare, wait for the others, do it until the time is over (or it has nothing more to do)."""
    deed: Deed = import_string(function.replace(":", "."))(client=client, clients=clients, **arguments)
    connection.ensure_connection()
    for _time in range(warm):
        deed()
    out.send("ready")
    start.wait()
    errors, took = 0, list[float]()
    began, cpu = time.perf_counter(), _cpu()
    for due in _instants(began + seconds, every, Random(client)):  # noqa: S311 (a schedule, no secret)
        try:
            deed()
        except StopIteration:
            break
        except Exception:  # noqa: BLE001 (an error is a figure here)
            errors += 1
        took.append(time.perf_counter() - due)
    took.sort()
    out.send({
        "done": len(took), "errors": errors, "slowest": max(took, default=0.0), "cpu": _cpu() - cpu,
        **{f"p{share}": took[ceil(len(took) * share / 100) - 1] if took else 0.0 for share in (95, 99)},
        "seconds": time.perf_counter() - began,
    })  # fmt: skip


def _instants(until: float, every: float, draw: Random) -> Iterator[float]:
    """When each deed is due: as soon as the last one is done, or when customers come, who do not agree on it.

    What is due while another deed is being done is late, and its lateness counts.
    """
    due = time.perf_counter()
    while due < until:
        if every:
            due += draw.expovariate(1 / every)
            time.sleep(max(0.0, due - time.perf_counter()))
        yield due
        if not every:
            due = time.perf_counter()


def _cpu() -> float:
    """Processor seconds of this process and of its PostgreSQL backend, where that runs on this machine."""
    return time.process_time() + backend_cpu(_backend())


def _backend() -> int:
    if connection.vendor != "postgresql":
        return 0
    pid: int = connection.connection.info.backend_pid
    return pid


def backend_cpu(pid: int) -> float:
    """Processor seconds of a PostgreSQL backend so far; 0 where its process cannot be seen."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    name, _bracket, rest = stat.rpartition(")")
    user, system = rest.split()[11:13]
    return (int(user) + int(system)) / TICKS if "postgres" in name else 0.0
