"""Rows into a PostgreSQL table by COPY: the same rows as an INSERT each, at a fraction of the price.

COPY checks what an INSERT checks (constraints, unique numbers, triggers) and belongs to the transaction it
runs in. It pays from a few dozen rows on; below, its own round trip costs more than it saves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import connection, models

from ledger.writing.spelling import speller

WORTH: Final = 40
"""From how many rows on COPY is cheaper than single inserts."""

Textual = Callable[[Any], str]

_json = speller()


def copy_rows(
    cursor: Any, statement: str, rows: Iterable[Sequence[Any]], textual: Sequence[tuple[int, Textual]]
) -> None:
    """Send ``rows`` by the COPY ``statement``; ``textual`` says which places are turned into text first.

    Raises ``IntegrityError`` where a row breaks a constraint.
    """
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            values = list(row)
            for place, as_text in textual:
                if values[place] is not None:
                    values[place] = as_text(values[place])
            copy.write_row(values)


def update_together(
    cursor: Any,
    table: str,
    to: Mapping[str, str],
    where: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
) -> int:
    """Update one row of ``table`` per row of values; return how many still were as expected.

    ``to`` and ``where`` name columns and their types, in the order of the values; the first of ``where`` is
    the primary key, which no two rows share. The rows are locked in its order, so that two who change the
    same ones never wait for each other in a circle.
    """
    key, columns = next(iter(where)), [list(column) for column in zip(*rows, strict=True)]
    locked = f"SELECT 1 FROM {table} WHERE {key} = ANY(%s::{where[key]}[]) ORDER BY {key} FOR UPDATE"  # noqa: S608
    cursor.execute(locked, [columns[len(to)]])
    names = ", ".join(
        [f"to_{place}" for place in range(len(to))] + [f"was_{place}" for place in range(len(where))]
    )
    arrays = ", ".join(f"%s::{kind}[]" for kind in (*to.values(), *where.values()))
    sets = ", ".join(f"{name} = v.to_{place}" for place, name in enumerate(to))
    match = " AND ".join(f"t.{name} = v.was_{place}" for place, name in enumerate(where))
    cursor.execute(f"UPDATE {table} t SET {sets} FROM unnest({arrays}) AS v ({names}) WHERE {match}", columns)  # noqa: S608
    return int(cursor.rowcount)


def textual_of(columns: Sequence["models.Field[Any, Any]"]) -> tuple[tuple[int, Textual], ...]:
    """The places of ``columns`` whose values COPY takes as text, and how they become it."""
    known: tuple[tuple[type[Any], Textual], ...] = (
        (models.DateTimeField, _instant),
        (models.DateField, _day),
        (models.JSONField, _json),
    )
    return tuple(
        (place, as_text)
        for place, column in enumerate(columns)
        for as_text in [next((text for kind, text in known if isinstance(column, kind)), None)]
        if as_text is not None
    )


# The same few instants and days stand on many rows.
@lru_cache(maxsize=4096)
def _instant(value: datetime) -> str:
    return value.isoformat()


@lru_cache(maxsize=4096)
def _day(value: date) -> str:
    return value.isoformat()
