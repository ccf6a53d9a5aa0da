"""Web, worker and beat as one foreground process group.

A child that dies is started again, ever more slowly while it keeps dying. Ctrl-C or SIGTERM ends all of them.
When the supervisor itself is killed, the children notice (see `loyalty_site.tether`) and end as well.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

GRACE = 10.0  # seconds a child has to end by itself
STEADY = 60.0  # seconds after which an old death is forgotten
SLOWEST = 30.0  # seconds between two starts of a child that keeps dying
TETHER = Path(__file__).with_name("tether.py")


class Output(Protocol):
    """Where lines go: a file, or a command's standard output."""

    def write(self, text: str, /) -> object:
        """Write text that brings its own line end."""

    def flush(self) -> object:
        """Let it be seen now."""


@dataclass(frozen=True)
class Program:
    """One child: its name, its command and the signal it gets when the supervisor is gone."""

    name: str
    command: Sequence[str]
    on_orphaned: str = "SIGKILL"  # work is kept in rows: a killed worker loses nothing


@dataclass
class Child:
    """A program being kept alive."""

    program: Program
    process: "subprocess.Popen[str] | None" = None
    started: float = 0.0
    deaths: int = 0
    next_start: float = field(default_factory=time.monotonic)


def programs(*, bind: str, threads: int) -> list[Program]:
    """Return the three programs for this machine, run by this very interpreter."""
    python = sys.executable
    gunicorn = [python, "-m", "gunicorn", "loyalty_site.wsgi", "--worker-class", "gthread"]
    gunicorn += [
        "--workers",
        os.environ.get("WEB_CONCURRENCY", "2"),
        "--threads",
        str(threads),
        "--bind",
        bind,
    ]
    gunicorn += ["--no-control-socket", "--graceful-timeout", str(int(GRACE - 2)), "--log-level", "warning"]
    celery = [python, "-m", "celery", "--quiet", "--app", "loyalty_site"]
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", str(threads), "--loglevel", "warning"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Program("web", gunicorn, on_orphaned="SIGTERM"),  # its own workers end with it
        Program("worker", worker),
        Program("beat", [*celery, "beat", "--pidfile=", "--loglevel", "warning"]),
    ]


def port_is_free(host: str, port: int) -> bool:
    """Say whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Say whether something accepts connections on this machine's port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False


class Supervisor:
    """Keeps children alive until it is told to stop."""

    def __init__(self, programs: Sequence[Program], *, environment: Mapping[str, str], out: Output) -> None:
        """Remember what to run, with which environment, and where to write."""
        self.children = [Child(program) for program in programs]
        self.environment = dict(environment) | {"PYTHONUNBUFFERED": "1"}
        self.out = out
        self.stopping = threading.Event()
        self.width = max(len(program.name) for program in programs)

    def run(self, *, when_ready: Callable[[], None], is_ready: Callable[[], bool]) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP; `when_ready` is called once `is_ready` says yes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopping.set())
        announced = False
        try:
            while not self.stopping.wait(0.2):
                for child in self.children:
                    self.tend(child)
                if not announced and is_ready():
                    announced = True
                    when_ready()
        finally:
            self.stop()

    def tend(self, child: Child) -> None:
        """Start a child that is not running, unless it died a moment ago."""
        now = time.monotonic()
        if child.process is not None:
            code = child.process.poll()
            if code is None:
                return
            child.process = None
            child.deaths = 1 if now - child.started > STEADY else child.deaths + 1
            pause = min(SLOWEST, 0.5 * 2 ** (child.deaths - 1))
            child.next_start = now + pause
            self.say(child.program.name, f"ended with {code}; starting again in {pause:g} s")
        if now >= child.next_start:
            self.start(child)

    def start(self, child: Child) -> None:
        """Start a child and pass on what it writes.

        For the main thread alone: the tether holds to the thread that forked.
        """
        tether = [sys.executable, "-I", str(TETHER), child.program.on_orphaned, str(os.getpid())]
        child.process = subprocess.Popen(  # noqa: S603
            [*tether, *child.program.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment,
            text=True,
            errors="replace",
        )
        child.started = time.monotonic()
        self.say(child.program.name, f"process {child.process.pid}")
        pump = threading.Thread(
            target=self.pass_on, args=(child.program.name, child.process.stdout), daemon=True
        )
        pump.start()

    def pass_on(self, name: str, lines: IO[str]) -> None:
        """Copy a child's lines under its name."""
        for line in lines:
            self.say(name, line.rstrip())

    def say(self, name: str, line: str) -> None:
        """Write one line."""
        self.out.write(f"{name:<{self.width}} | {line}\n")
        self.out.flush()

    def stop(self) -> None:
        """End all children together: politely, then firmly."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
