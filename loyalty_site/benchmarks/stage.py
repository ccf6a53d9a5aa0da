"""Where figures are measured: scratch databases, made and dropped by the run, and processes upon them."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

MANAGE: Final = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
SERVER: Final = "postgres://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True, slots=True)
class Ran:
    """How long a command took (seconds), the most memory it held (MB), and what it printed."""

    seconds: float
    megabytes: float
    output: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it went: operations per second, processor milliseconds of each, errors, the slowest (ms).

    ``p99_ms`` and ``p95_ms`` are those of the client who had the worst of it.
    """

    per_second: float
    cpu_ms: float
    errors: int = 0
    slowest_ms: float = 0.0
    done: int = 0
    p99_ms: float = 0.0
    p95_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Scratch:
    """A database of one's own; ``url`` is its DATABASE_URL."""

    url: str
    folder: str

    def manage(self, *arguments: str) -> Ran:
        """Run a command on this database to its end. Raises ``CalledProcessError``."""
        environment = os.environ | {
            "DATABASE_URL": self.url,
            "WALAA_VAR": self.folder,
            "WALAA_BENCH": self.folder,
            "LOG_LEVEL": "ERROR",
            "LOAD_DEMO": "0",
        }
        return _run([*MANAGE, *arguments], environment)

    def call(self, function: str, /, **arguments: Any) -> Any:
        """Call ``module:function`` in a process on this database; JSON values in and out."""
        output = self.manage("bench_step", function, json.dumps(arguments)).output
        return json.loads(output.splitlines()[-1])

    def crowd(
        self,
        function: str,
        /,
        *,
        clients: int,
        seconds: float,
        warm: int = 0,
        every: float = 0.0,
        **arguments: Any,
    ) -> Pace:
        """Let ``clients`` do what ``module:function`` returns, ``warm`` times, then for ``seconds``.

        Again and again, or on average ``every`` seconds whether or not the last one is done.
        """
        asked = {
            "function": function,
            "clients": clients,
            "seconds": seconds,
            "warm": warm,
            "every": every,
            "arguments": arguments,
        }
        return Pace(**self.call("loyalty_site.benchmarks.clients:run", **asked))

    def prove(self) -> None:
        """Insist that the books are right: raises ``CalledProcessError`` when they are not."""
        self.manage("verify_ledger")


@dataclass(frozen=True, slots=True)
class Postgres(Scratch):
    """A migrated database on a PostgreSQL server, from which empty copies are made."""

    server: str

    @contextmanager
    def copy(self) -> Iterator[Scratch]:
        """Yield an empty, migrated database, dropped afterwards."""
        with _database(self.server, f"TEMPLATE {_name(self.url)}") as url:
            yield Scratch(url, self.folder)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a figure's module is given; see the package's docstring."""

    say: Callable[[str], object]
    server: str
    postgres: Postgres | None
    folder: str

    @contextmanager
    def on_postgres(self) -> Iterator[Scratch]:
        """Yield an empty, migrated PostgreSQL database (for modules that say ``NEEDS_POSTGRES``)."""
        if self.postgres is None:
            raise RuntimeError(f"no PostgreSQL answers at {self.server}")
        with self.postgres.copy() as scratch:
            yield scratch

    @contextmanager
    def sqlite(self) -> Iterator[Scratch]:
        """Yield an empty, migrated SQLite file in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="walaa-bench-") as folder:
            scratch = Scratch(f"sqlite:///{folder}/walaa.sqlite3", folder)
            scratch.manage("migrate", "--verbosity=0")
            yield scratch


@contextmanager
def on_stage(say: Callable[[str], object]) -> Iterator[Stage]:
    """Yield the stage; what it made is gone afterwards."""
    server = os.environ.get("POSTGRES_URL", SERVER)
    with tempfile.TemporaryDirectory(prefix="walaa-bench-") as folder:
        if not _answers(server):
            yield Stage(say, server, None, folder)
            return
        with _database(server) as url:
            postgres = Postgres(url, folder, server)
            postgres.manage("migrate", "--verbosity=0")
            yield Stage(say, server, postgres, folder)


def _answers(server: str) -> bool:
    try:
        psycopg.connect(server, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _database(server: str, how: str = "") -> Iterator[str]:
    """Create a database on ``server`` and yield its address; it is dropped afterwards."""
    name = f"walaa_bench_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {how}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _run(command: list[str], environment: dict[str, str]) -> Ran:
    """Run a command to its end; its own memory is read from the operating system. Raises on failure."""
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output)  # noqa: S603 (our own command)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        output.seek(0)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, output.read())
        return Ran(seconds, usage.ru_maxrss / 1024, output.read())
