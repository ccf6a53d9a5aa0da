"""How the books are proved: rows beside the sums of other rows, joined once, in one statement.

Sums are grouped first and joined afterwards, so that a table is read once however many rows there are; a
subquery per row costs minutes on a year of purchases. A proof yields (what, where, stored, recomputed).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Model, Q

Found = tuple[str, str, object, object]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose books: one merchant's or all, and of these all members or those from ``first`` to ``last``."""

    merchant_id: int | None = None
    first: int | None = None
    last: int | None = None

    def rows(self, path: str = "", member: str = "member_id") -> Q:
        """The rows in this scope whose merchant and member stand at ``path``."""
        asked = Q() if self.merchant_id is None else Q(**{f"{path}merchant_id": self.merchant_id})
        if self.first is None:
            return asked
        return asked & Q(**{f"{path}{member}__gte": self.first, f"{path}{member}__lte": self.last})

    def sql(self, alias: str) -> str:
        """SQL that holds for the rows ``alias`` of this scope; nothing where all are."""
        asked = [] if self.merchant_id is None else [f"{alias}.merchant_id = {self.merchant_id:d}"]
        if self.first is not None and self.last is not None:
            asked.append(f"{alias}.member_id BETWEEN {self.first:d} AND {self.last:d}")
        return " AND ".join(asked)


Proof = Callable[[Scope], Iterator[Found]]

UNHURRIED: Final = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL jit = off",
    "SET LOCAL work_mem = '64MB'",
)


class Sums(NamedTuple):
    """Sums over the rows ``s`` of a table that link to the proved row: ``name`` → an aggregate of ``s``.

    ``at`` is the column of the proved row they link to, its key when nothing is said.
    """

    model: type[Model]
    link: str
    named: dict[str, str]
    where: str = ""
    at: str = ""


def points_of(model: type[Model], link: str, name: str, where: str = "", at: str = "") -> Sums:
    """The sum of points, the most common of all."""
    return Sums(model, link, {name: "sum(s.points)"}, where, at)


def wrong_rows(
    model: type[Model], wrong: str, *, shown: Sequence[str], scope: Scope, sums: Sequence[Sums] = ()
) -> list[tuple[Any, ...]]:
    """The rows ``o`` of a table for which ``wrong`` holds: (id, everything in ``shown``), in order.

    ``wrong`` and ``shown`` are SQL on ``o``; "{name}" stands for a sum, 0 when there is nothing to add.
    """
    values = {name: f"coalesce(j{place}.{name}, 0)" for place, sum_ in enumerate(sums) for name in sum_.named}
    pk = str(model._meta.pk.column)
    joins = " ".join(_join(place, sum_, model, pk, scope) for place, sum_ in enumerate(sums))
    columns = ", ".join(column.format(**values) for column in shown)
    mine = f"AND {scope.sql('o')}" if scope.sql("o") else ""
    statement = (
        f"SELECT o.{pk}, {columns} FROM {model._meta.db_table} o {joins} "  # noqa: S608 (our own names)
        f"WHERE ({wrong.format(**values)}) {mine} ORDER BY o.{pk}"
    )
    return rows_of(statement)


def rows_of(statement: str) -> list[tuple[Any, ...]]:
    """The rows that a statement of our own finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def differ(one: str, other: str) -> str:
    """SQL that holds when two values differ, nothing being equal to nothing."""
    return f"coalesce(CAST({one} AS text), '') <> coalesce(CAST({other} AS text), '')"


@contextmanager
def one_moment() -> Iterator[None]:
    """Let every read inside see the same instant, while others go on writing.

    Nothing may be written inside. Within a transaction of the caller it adds nothing.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                for setting in UNHURRIED:
                    cursor.execute(setting)
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # a reader's: our own transactions begin as a writer's
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")


def _join(place: int, sums: Sums, outer: type[Model], pk: str, scope: Scope) -> str:
    named = ", ".join(f"CAST({sql} AS bigint) AS {name}" for name, sql in sums.named.items())
    conditions = [sums.where or f"s.{sums.link} IS NOT NULL"]
    at = sums.at or pk
    own = {field.attname for field in sums.model._meta.concrete_fields}
    if sums.link == "member_id" or (scope.first is None and "merchant_id" in own):
        conditions += [scope.sql("s")] if scope.sql("s") else []
    elif scope.sql("p"):  # a member's facts may name another's since a merge: what they link to decides
        proved = f"SELECT p.{at} FROM {outer._meta.db_table} p WHERE {scope.sql('p')}"  # noqa: S608
        conditions.append(f"s.{sums.link} IN ({proved})")
    return (
        f"LEFT JOIN (SELECT s.{sums.link} AS id, {named} FROM {sums.model._meta.db_table} s "  # noqa: S608
        f"WHERE {' AND '.join(conditions)} GROUP BY s.{sums.link}) j{place} ON j{place}.id = o.{at}"
    )
