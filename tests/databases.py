"""Databases for tests: migrated once, copied for every worker and for every test that commits.

Facts are append-only: the database refuses to delete or truncate them. A test that commits therefore starts
from a copy of a migrated database and throws it away; nothing is ever flushed. Names carry the machine and
the process, so that several suites run side by side, and what a killed run left is dropped by the next.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase

from tests.settings import RUN as RUN
from tests.settings import SHARED
from tests.settings import WORKER as WORKER

HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:4]
GIVEN = connections.settings["default"]["NAME"]
DROPPED_AT_ONCE = 8


def current() -> dict[str, Any]:
    """Return the live settings of the default connection: every thread's connection reads them."""
    found: dict[str, Any] = connections.settings["default"]
    return found


def point_to(name: str) -> None:
    """Make every new connection of this process open the database `name`."""
    connections.close_all()
    current()["NAME"] = name


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time pass."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate() -> None:
    """Migrate the database now pointed to, and let go of it."""
    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()


class SQLiteCopies:
    """A migrated file kept between runs by the hash of what made it, and plain copies of it."""

    def __init__(self) -> None:
        """Name the files."""
        self.folder = Path(settings.VAR_DIR)
        self.made = 0

    def template(self) -> Path:
        """Return the migrated file, making it when migrations or requirements changed."""
        path = SHARED / f"migrated-{migrations_hash()}.sqlite3"
        with locked(SHARED / "migrated.lock"):
            if not path.exists():
                draft = path.with_suffix(f".{RUN}.draft")
                draft.unlink(missing_ok=True)
                point_to(str(draft))
                migrate()
                draft.rename(path)
        return path

    def new(self) -> str:
        """Copy the migrated file; returns the copy's name."""
        self.made += 1
        path = self.folder / f"test-{self.made}.sqlite3"
        shutil.copyfile(self.template_path, path)
        return str(path)

    def start(self) -> str:
        """Prepare the template and return the worker's own copy."""
        self.template_path = self.template()
        return self.new()

    def let_go(self, name: str) -> None:
        """Remove a copy with its journal."""
        for suffix in ("", "-wal", "-shm"):
            Path(name + suffix).unlink(missing_ok=True)


class PostgresCopies:
    """A migrated database of this run, and databases made from it as a template."""

    def __init__(self) -> None:
        """Remember how to reach the server."""
        given = current()
        self.maintenance = given["NAME"]
        self.server = {
            "host": given["HOST"],
            "port": given["PORT"] or 5432,
            "user": given["USER"],
            "password": given["PASSWORD"],
            "dbname": self.maintenance,
        }
        self.template_name = f"walaa_{HOST}_{RUN}_template"
        self.made = 0
        self.dropping: list[psycopg.Connection] = []

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements on the server outside of any transaction; returns the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        with psycopg.connect(**self.server, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def names(self) -> list[str]:
        """Return the databases that suites on this machine made."""
        return [
            name
            for (name,) in self.run("SELECT datname FROM pg_database")
            if name.startswith(f"walaa_{HOST}_")
        ]

    def start(self) -> str:
        """Prepare the template once per run and return the worker's own copy."""
        with locked(SHARED / f"run-{RUN}" / "postgres.lock"):
            if self.template_name not in self.names():
                self.drop_dead()
                draft = f"{self.template_name}_draft"
                self.run(f'DROP DATABASE IF EXISTS "{draft}"', f'CREATE DATABASE "{draft}"')
                point_to(draft)
                migrate()
                self.run(f'ALTER DATABASE "{draft}" RENAME TO "{self.template_name}"')
        return self.new()

    def new(self) -> str:
        """Make a database from the template; returns its name."""
        self.made += 1
        name = f"walaa_{HOST}_{RUN}_{WORKER}_{self.made}"
        # Nothing here outlives the server; what has to is tried on servers of the tests' own (tests.faults).
        self.run(
            f'CREATE DATABASE "{name}" TEMPLATE "{self.template_name}"',
            f'ALTER DATABASE "{name}" SET synchronous_commit = off',
        )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, ending whatever still holds it."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def let_go(self, name: str) -> None:
        """Have a database dropped while the tests go on: the server first writes all it holds to disk."""
        while self.dropping and (len(self.dropping) >= DROPPED_AT_ONCE or not busy(self.dropping[0])):
            oldest = self.dropping.pop(0)
            oldest.pgconn.get_result()  # waits, where there are too many
            oldest.close()
        connection = psycopg.connect(**self.server, autocommit=True)
        connection.pgconn.send_query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        self.dropping.append(connection)

    def drop_dead(self) -> None:
        """Drop what runs that no longer live left."""
        for name in self.names():
            if not alive(int(name.split("_")[2])):
                self.drop(name)

    def finish(self) -> None:
        """Drop everything this run made."""
        for name in self.names():
            if name.startswith(f"walaa_{HOST}_{RUN}_"):
                self.drop(name)


def busy(connection: psycopg.Connection) -> bool:
    """Say whether a connection still waits for its answer."""
    connection.pgconn.consume_input()
    return bool(connection.pgconn.is_busy())


def alive(pid: int) -> bool:
    """Say whether a process of this machine is running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def migrations_hash() -> str:
    """Hash what decides the schema: our migrations with their SQL, and the pinned packages."""
    digest = hashlib.sha256()
    sources = [Path(settings.BASE_DIR) / "requirements.txt"]
    for config in apps.get_app_configs():
        if Path(config.path).parent == Path(settings.BASE_DIR):
            sources += sorted(Path(config.path).glob("migrations/*.py"))
            sources += sorted(Path(config.path).glob("sql/*.sql")) + sorted(
                Path(config.path).glob("guards*.py")
            )
    for path in sources:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def copies() -> SQLiteCopies | PostgresCopies:
    """Return the maker of copies for the configured engine."""
    return SQLiteCopies() if current()["ENGINE"].endswith("sqlite3") else PostgresCopies()


def finish() -> None:
    """Throw away what this run made, and what dead runs left; called once, when every worker is done."""
    current()["NAME"] = GIVEN
    maker = copies()
    if isinstance(maker, PostgresCopies):
        maker.finish()
    for folder in SHARED.glob("run-*"):
        pid = int(folder.name.removeprefix("run-"))
        if pid == RUN or not alive(pid):
            shutil.rmtree(folder, ignore_errors=True)


def install(maker: SQLiteCopies | PostgresCopies, own: str) -> None:
    """Point this process at its own copy, and every test that commits at a fresh one."""
    point_to(own)

    def fresh(cls: type[TransactionTestCase]) -> None:
        point_to(maker.new())

    def discard(self: TransactionTestCase) -> None:
        used = current()["NAME"]
        point_to(own)
        maker.let_go(used)

    TransactionTestCase._fixture_setup = classmethod(fresh)  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = discard  # type: ignore[attr-defined]


def url() -> str:
    """Return the DATABASE_URL of the database now pointed to, for a process that a test starts."""
    now = current()
    if now["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{now['NAME']}"
    secret = f":{now['PASSWORD']}" if now["PASSWORD"] else ""
    return f"postgres://{now['USER']}{secret}@{now['HOST']}:{now['PORT'] or 5432}/{now['NAME']}"
