"""The text of the PostgreSQL function that posts, made from the models: nobody edits SQL for a new column.

The function's name carries the hash of its text. A release calls the very function it was written with, the
one before it keeps its own while it still runs, and installing again changes nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from accounts.models import OutboxEvent
from ledger.models import Balance, Budget, Lot, LotUse, Movement, PostingKey, Purchase, PurchaseLine
from ledger.receipt import Receipt
from ledger.writing.parts import ORDER, STANDING

Column = models.Field[Any, Any]

TEMPLATE: Final = Path(__file__).parent.parent / "sql" / "post_v1.sql"
NAMING: Final[dict[type[Model], str]] = {OutboxEvent: "payload", PostingKey: "receipt"}
"""Columns on which a posting's rows are named; such a row ends with its posting's place."""
COMMON: Final = frozenset({Purchase, PurchaseLine, Movement, Lot, LotUse, *NAMING})
"""The tables that most postings fill."""
BEFORE_STANDING: Final = 4
BUDGET_KEY: Final = ("merchant", "rule", "period", "starts_on")
"""What a budget is found by, in the order in which it is said."""


# How full the pages are filled: rows that change soon find room beside themselves, and no index moves.
ROOM: Final = {"ledger_balance": 70, "ledger_lot": 85}


class Function(NamedTuple):
    """A function under the name that says what is in it."""

    name: str
    sql: str


def install(database: BaseDatabaseWrapper) -> None:
    """Put the function in place, and room on the pages; an older release's function stays beside it."""
    if database.vendor != "postgresql":
        return
    with database.cursor() as cursor:
        cursor.execute(function().sql)
        for table, percent in ROOM.items():
            cursor.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")


def is_installed(database: BaseDatabaseWrapper) -> bool:
    """Whether the function this code calls is there (SQLite needs none)."""
    return faulty_function(database) == ""


def faulty_function(database: BaseDatabaseWrapper) -> str:
    """How the function this code calls stands, if not as it was installed; else nothing."""
    if database.vendor != "postgresql":
        return ""
    with database.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = to_regproc(%s)", [function().name])
        found = cursor.fetchone()
    if found is None:
        return "absent"
    return "" if found[0] == function().sql.split("$post$")[1] else "not the one of this release"


@lru_cache(maxsize=1)
def function() -> Function:
    """Return the function that fits the models of this code (on PostgreSQL, whose types it names)."""
    text = TEMPLATE.read_text()
    for mark, part in _parts().items():
        text = text.replace(f"{{{mark}}}", part)
    name = f"ledger_post_v1_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return Function(name, text.replace("{name}", name))


def _parts() -> dict[str, str]:
    return {
        "open_balance": _open_balance(),
        "take_balance": _take_balance(),
        "insert_rows": "\n    ".join(_insertions(model for model in ORDER if model not in NAMING)),
        "its_names": _its_names(),
        "insert_named_rows": "\n    ".join(_insertions(NAMING)),
        "take_budget": _take_budget(),
        "open_budget": _open_budget(),
    }


def _open_balance() -> str:
    """Make the row of a member who had none; one that another writer made meanwhile stays as it is."""
    columns = list(Balance._meta.concrete_fields)
    given = {"member": "(r->>0)::bigint", "merchant": "(r->>3)::bigint"}
    values = [given.get(column.name) or _literal(column) for column in columns]
    row = f"({_names(columns)}) VALUES ({', '.join(values)})"
    return f"INSERT INTO {_table(Balance)} {row} ON CONFLICT DO NOTHING"


def _literal(column: Column) -> str:
    """A column's default as SQL: a number, a text or nothing."""
    default = column.get_default()
    if default is None:
        return "NULL"
    return f"'{default}'" if isinstance(default, str) else str(int(default))


def _take_balance() -> str:
    columns = [Balance._meta.get_field(name) for name in STANDING]
    sets = [
        f'"{column.column}" = {_value(column, place)}'  # type: ignore[union-attr]
        for place, column in enumerate(columns, start=BEFORE_STANDING)
    ]
    return (
        f"UPDATE {_table(Balance)} SET {', '.join(sets)}"  # noqa: S608 (our own names)
        " WHERE member_id = (r->>0)::bigint AND version = (r->>1)::bigint"
    )


def _open_budget() -> str:
    found = _budget_key()
    row = f"({', '.join(found)}, used) VALUES ({', '.join(found.values())}, 0)"
    return f"INSERT INTO {_table(Budget)} {row} ON CONFLICT DO NOTHING"


def _take_budget() -> str:
    """Let a budget give more, or take back, as long as it has given no more than it may."""
    points, most = f"(r->>{len(BUDGET_KEY)})::bigint", f"(r->>{len(BUDGET_KEY) + 1})::bigint"
    where = " AND ".join(f"{column} = {value}" for column, value in _budget_key().items())
    return f"UPDATE {_table(Budget)} SET used = used + {points} WHERE {where} AND used <= {most} - {points}"  # noqa: S608


def _budget_key() -> dict[str, str]:
    columns: list[Any] = [Budget._meta.get_field(name) for name in BUDGET_KEY]
    return {str(column.column): _value(column, place) for place, column in enumerate(columns)}


def _its_names() -> str:
    """What a posting's receipt and news call which row: only what a receipt can name, without any query."""
    names = [place.name for place in fields(Receipt) if place.default is None]
    said = {name: f"(r->>'{name}')" for name in names}
    ids = ", ".join(f"'{name}', {_id_of(value)}" for name, value in said.items())
    return f"jsonb_strip_nulls(jsonb_build_object({ids}))"


def _insertions(models_: Iterable[type[Model]]) -> Iterator[str]:
    """The inserts of tables in their order; runs of rare ones are passed over together."""
    for is_common, run in groupby(models_, key=COMMON.__contains__):
        found = list(run)
        if is_common or len(found) == 1:
            yield from map(_insert, found)
        else:
            inserts = "\n    ".join(map(_insert, found))
            yield f"IF tables & {sum(map(bit, found))} <> 0 THEN\n    {inserts}\n    END IF;"


def bit(model: type[Model]) -> int:
    """The bit of a table among those a posting has rows for."""
    return 1 << ORDER.index(model)


def _insert(model: type[Model]) -> str:
    """One INSERT per row: its plan is kept, and most events write one row of a kind."""
    columns = list(model._meta.concrete_fields)
    values = [
        "ids[-(r->>0)::int]" if column.primary_key else _value(column, number)
        for number, column in enumerate(columns)
    ]
    if model in NAMING:
        at = [column.name for column in columns].index(NAMING[model])
        values[at] = f"(r->{at}) || named[(r->>{len(columns)})::int]"
    row = f"({_names(columns)}) VALUES ({', '.join(values)})"
    return "\n".join(
        (
            f"IF tables & {bit(model)} <> 0 THEN",
            f"        part := said->'{ORDER.index(model)}';",
            "        FOR i IN 0 .. jsonb_array_length(part) - 1 LOOP",
            "            r := part->i;",
            f"            ids := ids || nextval('{model._meta.db_table}_id_seq');",
            f"            INSERT INTO {_table(model)} {row};",
            "        END LOOP;",
            "    END IF;",
        )
    )


def _value(column: Any, number: int) -> str:
    """The value at ``number`` of a row as the column's type; a text is checked against its length."""
    if isinstance(column, models.JSONField):
        return f"r->{number}"
    if isinstance(column, models.CharField | models.TextField):
        return f"r->>{number}"
    said = f"(r->>{number})::{column.db_type(connection)}"
    return _id_of(f"(r->>{number})") if column.is_relation and column.related_model in ORDER else said


def _id_of(said: str) -> str:
    """The id of a row that is called by it, or by the number of a new one."""
    return f"CASE WHEN {said}::bigint < 0 THEN ids[-{said}::int] ELSE {said}::bigint END"


def _table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(f'"{column.column}"' for column in columns)


@register(Tags.database)
def check_function(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Report that the database cannot post (before the first migration there is nothing to post to)."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        database = connections[alias]
        there = Balance._meta.db_table in database.introspection.table_names()
        if there and not is_installed(database):
            found.append(
                Error(
                    f"The database lacks the function {function().name}.",
                    hint="Run ledger.writing.post_function.install on this database.",
                    id="ledger.E002",
                )
            )
    return found
