"""How a whole database becomes one file and one file a whole database, on SQLite and on PostgreSQL."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Final, cast

from django.conf import settings
from django.db import connection, connections

from loyalty_site.safekeeping.errors import SafekeepingError

ENTRY: Final = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
INSTALLED: Final = Path("/usr/lib/postgresql")
PEOPLE: Final = ("accounts_merchant", "accounts_user", "accounts_member")


@contextmanager
def dumped(alias: str, folder: Path) -> Iterator[IO[bytes]]:
    """Yield the bytes of the whole database as it stands at the moment of ``alias``.

    Raises ``SafekeepingError`` when the copy could not be made whole; what was read then counts for nothing.
    """
    maker = _sqlite_dump if connection.vendor == "sqlite" else _postgres_dump
    with maker(alias, folder) as stream:
        yield stream


@contextmanager
def _sqlite_dump(alias: str, folder: Path) -> Iterator[IO[bytes]]:
    """Copy page by page within one read transaction (the online backup API); writers go on meanwhile."""
    with tempfile.TemporaryDirectory(prefix=".walaa-", dir=folder) as scratch:
        copy = Path(scratch) / "copy.sqlite3"
        try:
            with closing(sqlite3.connect(copy)) as target:
                connections[alias].connection.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
                found = target.execute("PRAGMA quick_check").fetchone()[0]
        except sqlite3.Error as error:
            raise SafekeepingError(f"The database could not be copied: {error}.") from error
        if found != "ok":
            raise SafekeepingError(f"The database is damaged: {found}")
        with copy.open("rb") as stream:
            yield stream


@contextmanager
def _postgres_dump(alias: str, folder: Path) -> Iterator[IO[bytes]]:
    """Let pg_dump read the very moment that ``alias`` sees."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    command = [str(program("pg_dump")), "--format=custom", "--no-owner", "--no-privileges", "--compress=4"]
    command += [f"--snapshot={snapshot}", f"--dbname={connection.settings_dict['NAME']}"]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 (PostgreSQL's own program)
            command, env=environment(), stdout=subprocess.PIPE, stderr=complaints
        )
        stream = cast(IO[bytes], process.stdout)
        try:
            yield stream
        finally:
            stream.close()
            status = process.wait()
        complaints.seek(0)
        if status:
            raise SafekeepingError(f"pg_dump failed: {complaints.read().decode(errors='replace').strip()}")


def landing_place() -> Path:
    """Where things lie in the clear meanwhile: beside SQLite's file, so that a dump only takes its name."""
    is_sqlite = connection.vendor == "sqlite"
    return Path(connection.settings_dict["NAME"]).parent if is_sqlite else Path(settings.VAR_DIR)


def load(dump: Path) -> None:
    """Fill the empty database from a file. Raises ``SafekeepingError``; the database is empty then."""
    if connection.vendor == "sqlite":
        _load_sqlite(dump)
    else:
        _load_postgres(dump)


def _load_sqlite(dump: Path) -> None:
    with closing(sqlite3.connect(dump)) as copy:
        try:
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise SafekeepingError("What the backup holds is no database.") from error
    if found != "ok":
        raise SafekeepingError(f"The database in the backup is damaged: {found}")
    target = Path(connection.settings_dict["NAME"])
    connections.close_all()
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    dump.replace(target)


def _load_postgres(dump: Path) -> None:
    """Start from a bare schema; pg_restore then does all or nothing."""
    restore = program("pg_restore")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connections.close_all()
    command = [str(restore), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    command += ["--schema=public", f"--dbname={connection.settings_dict['NAME']}", str(dump)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SafekeepingError(f"pg_restore failed: {done.stderr.strip()}")


def what_is_there() -> str:
    """Say what keeps the database from being empty; nothing when it is.

    A database is empty without tables, or with the bare tables of a first migration: nobody in them.
    """
    tables = set(connection.introspection.table_names())
    if not tables:
        return ""
    if not set(PEOPLE) <= tables:
        return f"{len(tables)} tables of something else"
    with connection.cursor() as cursor:
        for table in PEOPLE:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 (our own names)
            (count,) = cursor.fetchone()
            if count:
                return f"{count:,} rows in {table}"
    return ""


def program(name: str) -> Path:
    """Find one of PostgreSQL's programs, at least as new as the server. Raises ``SafekeepingError``."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        wanted = int(cursor.fetchone()[0]) // 10_000
    installed = sorted(
        (int(path.name), path / "bin" / name) for path in INSTALLED.glob("*") if path.name.isdigit()
    )
    for version, path in installed:
        if version >= wanted and os.access(path, os.X_OK):
            return path
    found = shutil.which(name)
    if found and _version_of(found) >= wanted:
        return Path(found)
    raise SafekeepingError(
        f"{name} of PostgreSQL {wanted} or later is needed and was not found: install the package "
        f"postgresql-client-{wanted}."
    )


def _version_of(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    number = re.search(r"(\d+)", said)
    return int(number.group()) if number else 0


def environment() -> dict[str, str]:
    """How PostgreSQL's programs reach the server; a password never stands on a command line."""
    now = connection.settings_dict
    return os.environ | {
        f"PG{name}": str(now[name]) for name in ("HOST", "PORT", "USER", "PASSWORD") if now[name]
    }
