"""The good rows of a file on their way into the books, sorted on disk instead of in memory.

A file of a million purchases is read once, put down here, and taken out again by member and in the order of
time, a range of members at a time. It is a file of SQLite's own beside the uploaded one, whatever database
holds the books, made anew by whoever takes the run up and removed at its end; what a killed one leaves is
thrown out by the next, or by ``ledger.imports.leftovers``.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from ledger.bulk.shards import Shard
from ledger.imports.purchase_rows import PurchaseRow

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
BATCH: Final = 5_000
SUFFIX: Final = ".staged"
SCHEMA: Final = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -32768;
    CREATE TABLE staged (row INTEGER PRIMARY KEY, external_id TEXT, phone TEXT, member_ref TEXT, at INTEGER,
        amount INTEGER, branch TEXT, category TEXT);
"""
PEOPLE: Final = """
    CREATE TABLE person (id INTEGER PRIMARY KEY, phone TEXT, member_ref TEXT, first INTEGER, member INTEGER);
    INSERT INTO person (phone, member_ref, first) SELECT phone, member_ref, min(at) FROM staged GROUP BY 1, 2;
"""
READY: Final = """
    CREATE UNIQUE INDEX who ON person (phone, member_ref);
    CREATE TABLE ready (member INTEGER, at INTEGER, row INTEGER, external_id TEXT, amount INTEGER,
        branch TEXT, category TEXT, PRIMARY KEY (member, at, row)) WITHOUT ROWID;
    INSERT INTO ready SELECT member, at, row, external_id, amount, branch, category
        FROM staged JOIN person USING (phone, member_ref) WHERE member IS NOT NULL ORDER BY member, at, row;
    DROP TABLE staged;
"""
TWINS: Final = """
    SELECT row, first FROM (SELECT row, min(row) OVER (PARTITION BY external_id) AS first FROM staged)
    WHERE first < row ORDER BY row
"""


def stages_of(upload: Path) -> list[Path]:
    """The working files beside an uploaded one."""
    return [path for path in upload.parent.glob(f"*{SUFFIX}") if path.name.startswith(f"{upload.name}.")]


class Person(NamedTuple):
    """Somebody a file names, by phone or by the shop's own id, and when they first bought in it."""

    number: int
    phone: str
    member_ref: str
    first_at: datetime


class ReadyRow(NamedTuple):
    """A purchase whose member is known."""

    member_id: int
    occurred_at: datetime
    row: int
    external_id: str
    amount_minor: int
    branch: str
    category: str


class Stage:
    """The rows of one file: ``put``, ``twins``, ``people``, ``settle``, then ``rows_of`` by any process."""

    def __init__(self, upload: Path) -> None:
        """Begin with nothing, and throw out what an earlier try left beside ``upload``."""
        for left in stages_of(upload):
            left.unlink(missing_ok=True)
        self.path = upload.with_name(f"{upload.name}.{secrets.token_hex(4)}{SUFFIX}")
        self._db = sqlite3.connect(self.path, isolation_level=None)
        self._db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the file."""
        self._db.close()
        self.path.unlink(missing_ok=True)

    def put(self, rows: Iterable[PurchaseRow]) -> int:
        """Put rows down, in the order of the file; returns how many."""
        rest, count = iter(rows), 0
        while batch := list(islice(rest, BATCH)):
            self._db.execute("BEGIN")
            self._db.executemany(
                "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(*row[:4], (row.occurred_at - EPOCH) // MICROSECOND, *row[5:]) for row in batch],
            )
            self._db.execute("COMMIT")
            count += len(batch)
        return count

    def twins(self) -> list[tuple[int, int]]:
        """Take out every row whose order number an earlier row has; (row, the first one's row) of each."""
        twins = self._db.execute(TWINS).fetchall()
        self._db.executemany("DELETE FROM staged WHERE row = ?", [(row,) for row, _first in twins])
        return twins

    def people(self) -> Iterator[Person]:
        """Everybody the rows name, once."""
        self._db.executescript(PEOPLE)
        rows = self._db.execute("SELECT id, phone, member_ref, first FROM person ORDER BY id")
        for number, phone, member_ref, first in rows:
            yield Person(number, phone, member_ref, EPOCH + first * MICROSECOND)

    def settle(self, members: Iterable[tuple[int, int]]) -> None:
        """Say who is which member: (person's number, member id)."""
        self._db.execute("BEGIN")
        self._db.executemany(
            "UPDATE person SET member = ?2 WHERE id = ?1", [(number, member) for number, member in members]
        )
        self._db.execute("COMMIT")

    def strangers(self) -> list[tuple[int, str]]:
        """The rows that belong to no member, and the column that names them."""
        return self._db.execute(
            "SELECT row, CASE phone WHEN '' THEN 'member_id' ELSE 'phone' END"
            " FROM staged JOIN person USING (phone, member_ref) WHERE member IS NULL ORDER BY row"
        ).fetchall()

    def arrange(self) -> list[tuple[int, int]]:
        """Sort what can go in; (member id, how many purchases) in ascending order."""
        self._db.executescript(READY)
        return self._db.execute("SELECT member, count(*) FROM ready GROUP BY 1 ORDER BY 1").fetchall()

    def rows_of(self, shard: Shard) -> Iterator[ReadyRow]:
        """The purchases of a range of members, by member and in the order of time."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as own:
            rows = own.execute(
                "SELECT * FROM ready WHERE member BETWEEN ? AND ? ORDER BY member, at, row",
                (shard.first, shard.last),
            )
            for member_id, at, *rest in rows:
                yield ReadyRow(member_id, EPOCH + at * MICROSECOND, *rest)
