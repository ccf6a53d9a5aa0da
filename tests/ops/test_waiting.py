"""SQLite's writers wait their turn: who came first asks most often, nothing is lost, nothing hangs."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import environ
import pytest
from django.db import OperationalError, connections, transaction
from django.db.utils import ConnectionHandler

from loyalty_site import database
from loyalty_site.sqlite3 import waiting
from tests.ledger.test_concurrency import FORK

PROCESSES, THREADS, TIMES = 4, 2, 25
READ, ADD = "SELECT n FROM tally", "UPDATE tally SET n = n + 1"
Opened = Any  # the backend's connection, which Django does not type


@pytest.fixture(autouse=True)
def _connections_of_our_own(django_db_blocker: Any) -> Iterator[None]:
    """These files are the test's: pytest-django need not guard them."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a tally of nothing."""
    with closing(sqlite3.connect(tmp_path / "tally.sqlite3")) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE tally (n INTEGER)")
        made.execute("INSERT INTO tally VALUES (0)")
        made.commit()
    return tmp_path / "tally.sqlite3"


@pytest.fixture
def outsider(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that has the file open, holds its write lock and has added one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute(ADD)
        yield other


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[Opened]:
    """Open the file as the site opens its own, in this thread, under a name for ``atomic``."""
    settings = {
        "ENGINE": "loyalty_site.sqlite3",
        "NAME": str(path),
        "OPTIONS": database.sqlite_options(testing=True) | options,
    }
    connections["tally"] = ConnectionHandler({"default": {}, "tally": settings}).create_connection("tally")
    try:
        yield connections["tally"]
    finally:
        connections["tally"].close()
        del connections["tally"]


def run(connection: Opened, statement: str) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(statement).fetchone()


def tally(path: Path) -> int:
    with closing(sqlite3.connect(path)) as reader:
        return int(reader.execute(READ).fetchone()[0])


def atomically(connection: Opened) -> None:
    with transaction.atomic(using="tally"):
        run(connection, ADD)


def alone(connection: Opened) -> None:
    run(connection, ADD)


WAYS = pytest.mark.parametrize("add", [atomically, alone])


def test_the_site_opens_its_file_with_patient_cursors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    given = database.configured(environ.Env(), folder=Path("/somewhere"), testing=False)
    assert (given["ENGINE"], given["OPTIONS"]["timeout"]) == ("loyalty_site.sqlite3", 20)


def test_who_has_waited_longer_asks_more_often() -> None:
    pauses = [waiting.pause(waited / 1000) for waited in range(200)]
    assert pauses == sorted(pauses, reverse=True)
    assert (pauses[0], pauses[-1]) == (waiting.FIRST, waiting.LEAST)
    assert waiting.LEAST > 0, "the holder needs the processor too"


@WAYS
def test_a_writer_asks_again_until_another_program_lets_go(
    path: Path, outsider: sqlite3.Connection, add: Callable[[Opened], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            outsider.execute("COMMIT")

    monkeypatch.setattr("loyalty_site.sqlite3.waiting.sleep", pause)
    with opened(path) as own:
        add(own)
    assert len(pauses) == 3
    assert tally(path) == 2


@WAYS
def test_a_writer_gives_up_after_its_time_and_may_try_again(
    path: Path, outsider: sqlite3.Connection, add: Callable[[Opened], None]
) -> None:
    with opened(path, timeout=0.05) as own:
        with pytest.raises(OperationalError, match="database is locked"):
            add(own)
        assert not own.in_atomic_block
        assert run(own, READ) == (0,), "reading waits for nobody"
        outsider.execute("COMMIT")
        add(own)
    assert tally(path) == 2


def test_what_is_no_write_keeps_sqlites_own_patience(path: Path, outsider: sqlite3.Connection) -> None:
    with opened(path, timeout=0.05) as own:
        assert run(own, "PRAGMA busy_timeout") == (50,)
        with pytest.raises(OperationalError):
            alone(own)
        assert run(own, "PRAGMA busy_timeout") == (50,)
        outsider.execute("COMMIT")
        alone(own)
        assert run(own, "PRAGMA busy_timeout") == (50,)


def test_a_moment_that_is_over_cannot_be_written_on_and_is_refused_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty_site.sqlite3.waiting.sleep", lambda _seconds: pytest.fail("it waited"))
    with (
        opened(path, transaction_mode="DEFERRED") as own,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        transaction.atomic(using="tally"),
    ):
        run(own, READ)
        other.execute(ADD)
        with pytest.raises(OperationalError, match="database is locked"):
            run(own, ADD)
    assert tally(path) == 1


@pytest.mark.processes
def test_a_writer_who_is_killed_in_the_middle_lets_go(path: Path) -> None:
    holds, never = FORK.Event(), FORK.Event()

    def hold() -> None:
        with opened(path) as own, transaction.atomic(using="tally"):
            run(own, ADD)
            holds.set()
            never.wait()

    holder = FORK.Process(target=hold)
    holder.start()
    assert holds.wait(timeout=60)
    holder.kill()
    with opened(path, timeout=60) as own:
        atomically(own)
    holder.join()
    assert tally(path) == 1, "what it had not committed is gone"


@pytest.mark.processes
def test_threads_of_many_processes_lose_no_update(path: Path) -> None:
    children = [FORK.Process(target=_in_threads, args=(path,)) for _child in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * PROCESSES
    assert tally(path) == 3 * PROCESSES * THREADS * TIMES


def _in_threads(path: Path) -> None:
    threads = [threading.Thread(target=_add_and_add, args=(path,)) for _thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _add_and_add(path: Path) -> None:
    """Read and write what was read, with a savepoint undone and one kept; then add in one statement."""
    with opened(path, timeout=600) as own:
        for _time in range(TIMES):
            with transaction.atomic(using="tally"):
                (found,) = run(own, READ)
                with transaction.atomic(using="tally"):
                    run(own, ADD)
                    transaction.set_rollback(True, using="tally")
                with transaction.atomic(using="tally"):
                    run(own, f"UPDATE tally SET n = {found + 1}")
                run(own, ADD)
            alone(own)
