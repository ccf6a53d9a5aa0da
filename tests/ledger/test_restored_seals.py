"""Seals survive a restore: into a fresh database, into a fresh cluster, and as a copied file."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from ledger.models import SealBlock
from tests.cast import open_shop
from tests.ledger.books import Books
from tests.ledger.sealed import in_three_blocks
from tests.ops.processes import free_port

pytestmark = pytest.mark.django_db(transaction=True)

GO_ON = """
import json
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from accounts.models import Member
from ledger.models import Movement, SealBlock, SealHorizon
from ledger.seals.sealing import seal
from tests.ledger.books import Books
books = Books(Member.objects.get())
books.buy(70_000, key="after")
sealed = [seal(clock=timezone.now) for _pass in range(3)]
with CaptureQueriesContext(connection) as idle:
    seal(clock=timezone.now)
row = SealHorizon.objects.get(kind=1)
print(json.dumps({"sealed": sum(sealed), "blocks": SealBlock.objects.count(), "to": row.sealed_to,
    "newest": Movement.objects.latest("pk").pk, "idle": len(idle), "cluster": row.cluster}))
"""


def manage(url: str, *arguments: str) -> str:
    """Run a command on the restored database; it must succeed."""
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]
    done = subprocess.run(
        command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def proved_and_going_on(url: str, head: str) -> dict[str, Any]:
    """The restored books are proved against the head, one purchase more is sealed, and proved again."""
    manage(url, "verify_ledger", "--merchant", "oasis", "--expected-head", head)
    said: dict[str, Any] = json.loads(manage(url, "shell", "-v", "0", "-c", GO_ON).splitlines()[-1])
    manage(url, "verify_ledger", "--merchant", "oasis", "--expected-head", head)
    assert (said["sealed"], said["blocks"]) == (1, 4)
    return said


def sealed_books() -> str:
    """Books in three blocks; returns the head."""
    in_three_blocks(Books(open_shop("oasis", "0501234567").member))
    return SealBlock.objects.get(number=3).hash


def dump_into(source: str, target: str) -> None:
    """Dump one database as text and read it into another, empty one."""
    dump = subprocess.run(["pg_dump", "--no-owner", source], capture_output=True, check=True)
    command = ["psql", "--quiet", "--set", "ON_ERROR_STOP=1", target]
    subprocess.run(command, input=dump.stdout, capture_output=True, check=True)


def beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture
def on_postgres() -> None:
    if connection.vendor != "postgresql" or not (shutil.which("pg_dump") and shutil.which("psql")):
        pytest.skip("needs PostgreSQL with pg_dump and psql")


def test_seals_survive_a_dump_into_a_fresh_database(on_postgres: None, database_url: str) -> None:
    head = sealed_books()
    name = f"{connection.settings_dict['NAME']}_restored"
    server = beside(database_url, "postgres")
    subprocess.run(["psql", "-q", server, "-c", f'CREATE DATABASE "{name}"'], check=True)
    try:
        dump_into(database_url, beside(database_url, name))
        said = proved_and_going_on(beside(database_url, name), head)
        assert said["to"] <= said["newest"]
    finally:
        drop = ["psql", "-q", server, "-c", f'DROP DATABASE "{name}" WITH (FORCE)']
        subprocess.run(drop, check=True)


@contextmanager
def a_cluster() -> Iterator[str]:
    """A PostgreSQL server of our own, as new; yields the address of an empty database of it."""
    folder = Path(tempfile.mkdtemp(prefix="walaa-cluster-"))
    become: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    port, data, log = free_port(), str(folder / "data"), str(folder / "log")

    def run(*command: str) -> None:
        subprocess.run([*become, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")

    try:
        run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--pgdata", data)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", log, "--options", options)
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_seals_survive_a_dump_into_a_fresh_cluster(on_postgres: None, database_url: str) -> None:
    """Transaction ids begin anew there; nothing hashed knows of them, and the horizon starts over."""
    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        pytest.skip("needs initdb and pg_ctl")
    head = sealed_books()
    with a_cluster() as url:
        dump_into(database_url, url)
        said = proved_and_going_on(url, head)
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        assert said["cluster"] not in ("", cursor.fetchone()[0])
    assert said["to"] == said["newest"]
    assert said["idle"] == 2


def test_seals_survive_a_copied_file(database_url: str, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL is dumped")
    head = sealed_books()
    connection.close()
    copy = tmp_path / "copy.sqlite3"
    with (
        sqlite3.connect(connection.settings_dict["NAME"]) as source,
        sqlite3.connect(copy) as target,
    ):
        source.backup(target)
    said = proved_and_going_on(f"sqlite:///{copy}", head)
    assert said["to"] == said["newest"]
    assert said["idle"] == 2
