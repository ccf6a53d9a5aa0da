"""Questions asked again and again: querysets compiled to SQL once, and asked together.

A question is an ordinary queryset in which ``Param("member")`` stands for a value that is known later. Its
SQL is made once per kind of database. ``ask`` puts several to PostgreSQL in one statement, which is one
moment and one way there and back; to SQLite one after another, where a statement costs no way at all.

What a queryset says of itself ("remaining above 0") stands in the SQL as it is: PostgreSQL takes a partial
index only for what it can read, and a statement whose plan does not hang on its values is planned once.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Expression, Model, QuerySet
from django.db.models.base import ModelState

from accounts import planned_once

Made = TypeVar("Made", bound=Model)
Convert = Callable[[Any], Any]
Row = Sequence[Any]
Values = Mapping[str, Any]


class Param(Expression):
    """A value that is named now and given when the question is asked."""

    def __init__(self, name: str, field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Stand as one mark, with itself as the value still to come."""
        return "%s", [self]


@dataclass(frozen=True, eq=False)
class Question:
    """Which ``columns`` of which rows are asked for, under which name. Equal only to itself."""

    name: str
    rows: QuerySet[Any, Any]
    columns: tuple[str, ...]


Answers = dict[str, list[Row]]


def ask(questions: tuple[Question, ...], values: Values) -> Answers:
    """Answer every question with its rows, raw as the database gave them (see ``Reader``)."""
    statements = _compiled(questions, connection.vendor)
    if connection.vendor == "postgresql":
        found = call(statements[0], values)
        texts = zip(questions, found, strict=True)
        return {question.name: json.loads(text) if text else [] for question, text in texts}
    given, answers = {name: _given(value) for name, value in values.items()}, {}
    with connection.cursor() as cursor:
        for question, statement in zip(questions, statements, strict=True):
            cursor.execute(statement, given)
            answers[question.name] = cursor.fetchall()
    return answers


def call(statement: str, values: Values) -> Row:
    """Run a statement that comes again and again on PostgreSQL; return its one row."""
    here: Any = connections[DEFAULT_DB_ALIAS]  # looked up once: ``connection`` looks for every attribute
    here.ensure_connection()
    with here._prepare_cursor(planned_once.cursor(here.connection)) as wrapped:
        wrapped.execute(statement, values)
        found: Row = wrapped.fetchone()
    return found


def _given(value: Any) -> Any:
    """A value as SQLite keeps it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


@lru_cache(maxsize=64)
def _compiled(questions: tuple[Question, ...], vendor: str) -> tuple[str, ...]:
    """One statement for all of them, or one for each."""
    parts = [(_told(question), len(question.columns)) for question in questions]
    if vendor != "postgresql":
        return tuple(sql for sql, _width in parts)
    return (f"SELECT {', '.join(_as_json(sql, width) for sql, width in parts)}",)


def _told(question: Question) -> str:
    """The question's SQL, with values by name and what it says of itself written out."""
    rows = question.rows.values_list(*question.columns)
    sql, taken = rows.query.get_compiler(connection=connection).as_sql()
    return str(sql % tuple(f"%({one.name})s" if isinstance(one, Param) else _constant(one) for one in taken))


def _constant(value: Any) -> str:
    """A number or a word of our own as SQL."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"{value!r} is not written into a question")
    return f"'{value}'" if isinstance(value, str) else str(int(value))


def _as_json(sql: str, width: int) -> str:
    """Rows as one JSON text, each row as a list."""
    names = ", ".join(f"c{place}" for place in range(width))
    return f"(SELECT json_agg(json_build_array({names}))::text FROM ({sql}) AS t({names}))"  # noqa: S608


class Reader:
    """Makes instances of a model from rows of its columns, as the ORM would, without its ``__init__``."""

    def __init__(self, model: type[Made], *, path: str = "") -> None:
        """Read ``model``; ``path`` is the way there from the question's own model ("merchant__")."""
        self.model = model
        columns = model._meta.concrete_fields
        self.names = [column.attname for column in columns]
        self.columns = tuple(f"{path}{column.attname}" for column in columns)
        self.kinds = [(place, kind) for place, column in enumerate(columns) if (kind := _kind(column))]

    def __len__(self) -> int:
        return len(self.names)

    def one(self, row: Row) -> Any:
        """Return the instance that ``row`` describes."""
        made = self.model.__new__(self.model)
        values = list(row)
        convert = _converters() if self.kinds else {}
        for place, kind in self.kinds:
            if values[place] is not None:
                values[place] = convert[kind](values[place])
        state = ModelState()
        state.adding, state.db = False, DEFAULT_DB_ALIAS
        made.__dict__.update(zip(self.names, values, strict=True), _state=state)
        return made

    def all(self, rows: Iterable[Row]) -> tuple[Any, ...]:
        """Return the instances that ``rows`` describe."""
        return tuple([self.one(row) for row in rows]) if rows else ()


def instant(value: Any) -> datetime:
    """An instant of a raw row."""
    made: datetime = _converters()["instant"](value)
    return made


def day(value: Any) -> date:
    """A day of a raw row."""
    made: date = _converters()["day"](value)
    return made


@lru_cache(maxsize=1)
def _converters() -> dict[str, Convert]:
    """How the database gives its values: a process speaks to one kind of database for life."""
    return CONVERTERS[connection.vendor]


def _kind(column: "models.Field[Any, Any]") -> str:
    known: tuple[tuple[type[Any], str], ...] = (
        (models.DateTimeField, "instant"),
        (models.DateField, "day"),
        (models.TimeField, "time"),
        (models.BooleanField, "truth"),
        (models.JSONField, "json"),
        (models.DecimalField, "decimal"),
    )
    found = next((name for kind, name in known if isinstance(column, kind)), "")
    if found == "decimal":
        raise TypeError(f"{column} is of a kind that is not read this way")
    return found


def _itself(value: Any) -> Any:
    return value


def _instant_of_sqlite(value: datetime | str) -> datetime:
    """SQLite's own reading of a declared column, or the text of an expression: UTC, and no zone is said."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def _day_of_sqlite(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _time_of_sqlite(value: time | str) -> time:
    return time.fromisoformat(value) if isinstance(value, str) else value


CONVERTERS: dict[str, dict[str, Convert]] = {
    "postgresql": {
        "instant": datetime.fromisoformat,
        "day": date.fromisoformat,
        "time": time.fromisoformat,
        "truth": _itself,
        "json": _itself,
    },
    "sqlite": {
        "instant": _instant_of_sqlite,
        "day": _day_of_sqlite,
        "time": _time_of_sqlite,
        "truth": bool,
        "json": json.loads,
    },
}
