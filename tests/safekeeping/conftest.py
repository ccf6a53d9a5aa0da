"""Commands as the operator runs them, on installations beside the one under test."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests import databases

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(url: str, var: Path, **more: str) -> dict[str, str]:
    """How a process reaches an installation."""
    own = {"DATABASE_URL": url, "WALAA_VAR": str(var), "WALAA_ENV": "demo", "LOAD_DEMO": "0"}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | own | {"LOG_LEVEL": "WARNING", "LANG": "C.UTF-8"} | more


@pytest.fixture
def manage() -> Run:
    """Run `manage.py …` to its end: `manage("backup", "--output", path, url=…, var=…)`."""

    def run(*arguments: object, url: str, var: Path, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *map(str, arguments)]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment(url, var), capture_output=True, text=True,
            check=False, **options,
        )  # fmt: skip

    return run


@pytest.fixture
def empty_url(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the kind under test."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    maker = databases.copies()
    assert isinstance(maker, databases.PostgresCopies)
    name = f"walaa_{databases.HOST}_{databases.RUN}_{databases.WORKER}_empty"
    maker.drop(name)
    maker.run(f'CREATE DATABASE "{name}"')
    yield databases.url().rsplit("/", 1)[0] + f"/{name}"
    maker.drop(name)


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Ask a database directly."""
    if url.startswith("sqlite:///"):
        import sqlite3

        with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
            return database.execute(statement).fetchall()
    import psycopg

    with psycopg.connect(url) as server:
        return server.execute(statement).fetchall()
