"""Statements of our own that write rows: the columns they do not name get the defaults of our models."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Model

SQL: Final = Path(__file__).parent.parent / "sql"
Named = tuple[tuple[type[Model], str], ...]
"""Models that a statement writes, each with the columns that it names."""


class Statement(NamedTuple):
    """A statement with every column, and the defaults of those it does not name."""

    text: str
    defaults: dict[str, Any]


@lru_cache(maxsize=8)
def statement(name: str, writes: Named) -> Statement:
    """The statement of the file ``name``; it says where the columns of each model and their values stand."""
    text = (SQL / name).read_text()
    defaults: dict[str, Any] = {}
    for model, said in writes:
        table = model.__name__.lower()
        silent = _silent(model, said.split())
        defaults |= {f"{table}_{column}": value for column, value in silent.items()}
        text = text.replace(f"/* {table} columns */", "".join(f", {column}" for column in silent))
        values = "".join(f", %({table}_{column})s" for column in silent)
        text = text.replace(f"/* {table} values */", values)
    return Statement(text, defaults)


def _silent(model: type[Model], said: Sequence[str]) -> dict[str, Any]:
    """The columns of ``model`` that are not ``said``, with their defaults as the database takes them."""
    return {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column not in said
    }
