"""Rows into tables, many at a time: ids are reserved first, then each table is filled by one statement.

The ORM's own ``__init__`` and ``bulk_create`` cost five times as much on rows this wide (LIMITS 1), and the
books are written hundreds of thousands of rows at a time. This is their narrow core for our own models,
whose instances refer to one another before any of them has an id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models import Model
from django.db.models.base import ModelState

from ledger.writing.copying import WORTH, Textual, copy_rows, textual_of, update_together

MARK = "%s"
Made = TypeVar("Made", bound=Model)
Convert = Callable[[Any], Any]


class _Shape(NamedTuple):
    """A model's columns with their defaults, and which attribute keeps the id of which link."""

    defaults: dict[str, Any]
    links: dict[str, str]


class _Table(NamedTuple):
    """How instances of a model become rows."""

    insert: str
    copy: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    converters: tuple[tuple[int, Convert], ...]
    textual: tuple[tuple[int, Textual], ...]


def new(model: type[Made], **values: Any) -> Made:
    """Return an unsaved instance, as ``model(**values)`` would; links may be instances without an id."""
    row = model.__new__(model)
    shape, state = _shape(model), ModelState()
    row.__dict__.update(shape.defaults, _state=state)
    for name, value in values.items():
        if name in shape.links:
            state.fields_cache[name] = value
        else:
            row.__dict__[name] = value
    return row


def number(rows: Iterable[Model], order: Sequence[type[Model]]) -> dict[type[Model], list[Model]]:
    """Give every unsaved instance its id; return them by table, the tables in ``order``.

    Runs in the transaction that will insert them.
    """
    by_model: dict[type[Model], list[Model]] = {model: [] for model in order}
    for row in rows:
        by_model[type(row)].append(row)
    filled = {model: found for model, found in by_model.items() if found}
    for model, ids in _reserve({model: len(found) for model, found in filled.items()}).items():
        name = model._meta.pk.attname
        for row, pk in zip(filled[model], ids, strict=True):
            row.__dict__[name] = pk
    return filled


def insert(numbered: Mapping[type[Model], Sequence[Model]]) -> None:
    """Insert instances that have their ids. A unique violation raises ``IntegrityError``."""
    with connection.cursor() as cursor:
        for model, found in numbered.items():
            table = _table(model, connection.vendor)
            if connection.vendor == "postgresql" and len(found) >= WORTH:
                copy_rows(cursor, table.copy, (_linked(row, table) for row in found), table.textual)
            else:
                cursor.executemany(table.insert, [_as_row(row, table) for row in found])
    alias = connection.alias
    for row in (row for found in numbered.values() for row in found):
        row._state.adding, row._state.db = False, alias


def update(
    model: type[Model], changed: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]
) -> int:
    """Update one row per pair, where it still is as ``expected``; return how many were.

    All pairs name the same fields; ``expected`` holds the primary key's field among them.
    """
    to, where = list(changed[0]), list(expected[0])
    if _together(model, to, where, expected):
        pairs = [(*after.values(), *before.values()) for after, before in zip(changed, expected, strict=True)]
        with connection.cursor() as cursor:
            return update_together(cursor, _quoted(model), _types(model, to), _types(model, where), pairs)
    assignments = ", ".join(f"{_column(model, name)} = {MARK}" for name in to)
    conditions = " AND ".join(f"{_column(model, name)} = {MARK}" for name in where)
    statement = f"UPDATE {_quoted(model)} SET {assignments} WHERE {conditions}"  # noqa: S608 (our own names)
    converters = [_converter(model, name, connection.vendor) for name in (*to, *where)]
    parameters = [
        tuple(
            convert(value) if convert is not None and value is not None else value
            for convert, value in zip(converters, (*after.values(), *before.values()), strict=True)
        )
        for after, before in zip(changed, expected, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, parameters)
        return int(cursor.rowcount)


def _together(
    model: type[Model], to: Sequence[str], where: Sequence[str], expected: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether one statement may change all rows: many, each once, found by the key that comes first."""
    if connection.vendor != "postgresql" or len(expected) < WORTH:
        return False
    key = where[0]
    plain = not any(isinstance(_field(model, name), models.JSONField) for name in (*to, *where))
    return plain and _field(model, key).primary_key and len({row[key] for row in expected}) == len(expected)


def _types(model: type[Model], names: Sequence[str]) -> dict[str, str]:
    return {_column(model, name): str(_field(model, name).rel_db_type(connection)) for name in names}


def link(row: Model) -> None:
    """Let the row's columns follow the ids of what it links to."""
    cached = row._state.__dict__.get("fields_cache")
    if not cached:
        return
    links = _shape(type(row)).links
    for name, linked in cached.items():
        row.__dict__[links[name]] = linked.__dict__["id"] if linked is not None else None


def plain(row: Model) -> list[Any]:
    """The row's values in the order of the columns, as JSON has them."""
    link(row)
    values_of, instants = _plainly(type(row))
    values = list(values_of(row.__dict__))
    for place in instants:
        if values[place] is not None:
            values[place] = values[place].isoformat()
    return values


def _linked(row: Model, table: _Table) -> tuple[Any, ...]:
    """The row's values, once what it links to has an id."""
    link(row)
    return table.values(row.__dict__)


def _as_row(row: Model, table: _Table) -> tuple[Any, ...]:
    values = list(_linked(row, table))
    for place, convert in table.converters:
        if values[place] is not None:
            values[place] = convert(values[place])
    return tuple(values)


@lru_cache(maxsize=64)
def _plainly(
    model: type[Model],
) -> tuple[Callable[[Mapping[str, Any]], tuple[Any, ...]], tuple[int, ...]]:
    """How to take a row's values, and which of them are instants or days."""
    columns = model._meta.concrete_fields
    instants = [place for place, field in enumerate(columns) if isinstance(field, models.DateField)]
    return itemgetter(*(field.attname for field in columns)), tuple(instants)


@lru_cache(maxsize=64)
def _shape(model: type[Model]) -> _Shape:
    columns = model._meta.concrete_fields
    return _Shape(
        defaults={field.attname: field.get_default() for field in columns},
        links={field.name: field.attname for field in columns if isinstance(field, models.ForeignKey)},
    )


@lru_cache(maxsize=64)
def _table(model: type[Model], vendor: str) -> _Table:
    """The statement and the converters of a model on one kind of database."""
    columns = model._meta.concrete_fields
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns)
    marks = ", ".join([MARK] * len(columns))
    converters = [(place, _converter(model, field.attname, vendor)) for place, field in enumerate(columns)]
    return _Table(
        insert=f"INSERT INTO {_quoted(model)} ({names}) VALUES ({marks})",  # noqa: S608 (our own names)
        copy=f"COPY {_quoted(model)} ({names}) FROM STDIN",
        values=itemgetter(*(field.attname for field in columns)),
        converters=tuple((place, convert) for place, convert in converters if convert is not None),
        textual=textual_of(columns),
    )


@lru_cache(maxsize=512)
def _converter(model: type[Model], name: str, vendor: str) -> Convert | None:
    """How a field's value is given to the database; None when it goes as it is."""
    field = _field(model, name)
    if isinstance(field, models.DateTimeField):
        return _instant
    if isinstance(field, models.DateField):
        return _day
    if isinstance(field, models.JSONField):
        adapt, encoder = connection.ops.adapt_json_value, field.encoder
        return lambda value: adapt(value, encoder)
    return None


# The same few instants and days stand on many rows of a chunk.
@lru_cache(maxsize=4096)
def _instant(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


@lru_cache(maxsize=4096)
def _day(value: date) -> Any:
    return connection.ops.adapt_datefield_value(value)


def _field(model: type[Model], name: str) -> "models.Field[Any, Any]":
    """The field called ``name`` or stored as ``name``."""
    return next(field for field in model._meta.concrete_fields if name in {field.name, field.attname})


@lru_cache(maxsize=512)
def column(model: type[Model], name: str) -> str:
    """The column of a field, by the field's name or the column's own."""
    return str(_field(model, name).column)


def _column(model: type[Model], name: str) -> str:
    return str(connection.ops.quote_name(column(model, name)))


def _quoted(model: type[Model]) -> str:
    return str(connection.ops.quote_name(model._meta.db_table))


def _reserve(counts: Mapping[type[Model], int]) -> dict[type[Model], Sequence[int]]:
    """Ids nobody else will use. SQLite: we hold the only write lock, so the counter cannot move."""
    if not counts:
        return {}
    if connection.vendor == "sqlite":
        return _reserve_on_sqlite(counts)
    # In a subselect of its own the sequence is looked up once, not for every number it gives.
    named = "(SELECT pg_get_serial_sequence(%s, 'id')::regclass)"
    draws = ", ".join(f"ARRAY(SELECT nextval({named}) FROM generate_series(1, %s))" for _model in counts)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {draws}",
            [part for model, count in counts.items() for part in (_quoted(model), count)],
        )
        return dict(zip(counts, cursor.fetchone(), strict=True))


def _reserve_on_sqlite(counts: Mapping[type[Model], int]) -> dict[type[Model], Sequence[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        last: dict[str, int] = dict(cursor.fetchall())
    starts = {model: last.get(model._meta.db_table, 0) + 1 for model in counts}
    return {model: range(starts[model], starts[model] + count) for model, count in counts.items()}
