"""Databases of the simulation's own, beside the merchant's and never in it: made, migrated and dropped."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections
from django.test.utils import override_settings
from psycopg import sql


class Files:
    """SQLite: a migrated file and its copies, in a temporary folder."""

    def __init__(self, settings: dict[str, Any], folder: str) -> None:
        self.settings, self.folder = settings, Path(folder)
        # A lost process loses nothing that SQLite handed to the system; only a power cut would.
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
        settings["OPTIONS"] = settings["OPTIONS"] | {"init_command": pragmas, "timeout": 2}
        settings["NAME"] = str(self.folder / "template.sqlite3")

    def fresh(self) -> None:
        """Point this process at an empty migrated file of its own."""
        connections.close_all()
        own = self.folder / f"{os.getpid()}.sqlite3"
        for old in self.folder.glob(f"{own.name}*"):
            old.unlink()
        shutil.copyfile(self.folder / "template.sqlite3", own)
        self.settings["NAME"] = str(own)


class Databases:
    """PostgreSQL: a migrated database and its copies, on the merchant's server."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.server = {
            "host": settings["HOST"],
            "port": settings["PORT"] or 5432,
            "user": settings["USER"],
            "password": settings["PASSWORD"],
            "dbname": settings["NAME"],
        }
        self.prefix = f"walaa_simulation_{os.getpid()}"
        settings["NAME"] = f"{self.prefix}_template"
        self.run("CREATE DATABASE {}", settings["NAME"])

    def run(self, statement: str, *names: str) -> list[tuple[Any, ...]]:
        """Run one statement about databases with these names; returns its rows."""
        with psycopg.connect(**self.server, autocommit=True) as maintenance:
            done = maintenance.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
            return done.fetchall() if done.description else []

    def fresh(self) -> None:
        """Point this process at an empty migrated database of its own."""
        connections.close_all()
        own = f"{self.prefix}_{os.getpid()}"
        self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", own)
        self.run("CREATE DATABASE {} TEMPLATE {}", own, f"{self.prefix}_template")
        self.run("ALTER DATABASE {} SET synchronous_commit = off", own)
        self.settings["NAME"] = own

    def drop(self) -> None:
        """Drop everything that was made."""
        for (name,) in self.run("SELECT datname FROM pg_database"):
            if name.startswith(f"{self.prefix}_"):
                self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@contextmanager
def scratch_databases() -> Iterator[Files | Databases]:
    """Take this process away from its database; yields the maker of fresh ones. All are gone at the end."""
    settings = connections.settings["default"]
    kept = dict(settings)
    connections.close_all()
    with tempfile.TemporaryDirectory(prefix="walaa-simulation-") as folder:
        maker = Files(settings, folder) if settings["ENGINE"].endswith("sqlite3") else Databases(settings)
        try:
            call_command("migrate", verbosity=0, interactive=False)
            connections.close_all()
            with override_settings(VAR_DIR=Path(folder)):  # whom a story erases is nobody of the merchant's
                yield maker
        finally:
            connections.close_all()
            if isinstance(maker, Databases):
                maker.drop()
            settings.update(kept)
