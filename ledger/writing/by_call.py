"""The PostgreSQL writer: one event is one statement, a call of the function that ``post_function`` made.

Outside of a transaction the call is its own: no BEGIN, no COMMIT, one way there and back.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from typing import Any, Final, cast

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.models import Model

from accounts.asking import call
from ledger.drafting import Posting, Update
from ledger.receipt import Receipt
from ledger.receipts import receipt_as_json
from ledger.writing import post_function, rows
from ledger.writing.parts import ORDER, STANDING, Course, Stale, budget_sums, courses, key_row
from ledger.writing.post_function import bit
from ledger.writing.spelling import speller

PLACE: Final = {model: place for place, model in enumerate(ORDER)}
MOVED: Final = "WA001"

_spelled = speller()


def write_by_call(postings: Sequence[Posting]) -> list[Receipt]:
    """Write postings, at most one of each member; see ``ledger.writing.writer.write``."""
    made: list[list[Model]] = [[] for _model in ORDER]
    signed = _gather(postings, made)
    _number(made)
    document: dict[str, Any] = {
        "members": [_member(course) for course in courses(postings)],
        "tables": sum(bit(model) for model, found in zip(ORDER, made, strict=True) if found),
        "named": [{name: row.pk for name, row in posting.named.items()} for posting in postings],
    }
    for place, found in enumerate(made):
        if found:
            document[str(place)] = [[*rows.plain(row), *signed.get(id(row), ())] for row in found]
    if updates := [_change(update) for posting in postings for update in posting.updates]:
        document["updates"] = updates
    if taken := budget_sums(postings):
        document["budgets"] = [[*map(_plain, one)] for one in taken]
    _take(made, _call(_spelled(document)))
    return [
        replace(posting.receipt, **{name: row.pk for name, row in posting.named.items()})
        for posting in postings
    ]


def _gather(postings: Sequence[Posting], made: list[list[Model]]) -> dict[int, tuple[int]]:
    """Sort the rows by table; returns which posting signs which news and keys."""
    signed: dict[int, tuple[int]] = {}
    for place, posting in enumerate(postings, start=1):
        for row in posting.rows:
            made[PLACE[type(row)]].append(row)
        key = key_row(posting)
        if key is not None:
            key.receipt = receipt_as_json(posting.receipt)
        for named in (*posting.news, *((key,) if key else ())):
            made[PLACE[type(named)]].append(named)
            signed[id(named)] = (place,)
    return signed


def _number(made: Sequence[Sequence[Model]]) -> None:
    """Call every row by a negative number until it has its id."""
    number = 0
    for found in made:
        for row in found:
            number -= 1
            row.__dict__["id"] = number


def _member(course: Course) -> list[Any]:
    began, ends = course
    standing = [_plain(getattr(ends, name)) for name in STANDING]
    return [began.member_id, began.version, began.is_new, began.merchant_id, *standing]


def _change(update: Update) -> dict[str, Any]:
    """An update as the function reads it, by columns."""
    model = type(update.row)
    change = {
        "table": model._meta.db_table,
        "values": _columns(model, update.values),
        "expected": {"id": update.row.pk, **_columns(model, update.expected)},
    }
    new = {name: row.pk for name, row in update.values.items() if isinstance(row, Model) and row.pk < 0}
    return change | {"refs": _columns(model, new)} if new else change


def _columns(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    return {rows.column(model, name): _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Model) else value


def _call(document: str) -> list[int]:
    """Post; returns the ids of the new rows. Raises ``Stale`` and what the database refuses."""
    name = post_function.function().name
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            (ids,) = call(f"SELECT {name}(%(said)s::jsonb)", {"said": document})
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", "") == MOVED:
            raise Stale from error
        raise
    if ids is None:
        raise Stale
    return cast("list[int]", ids)


def _take(made: Sequence[Sequence[Model]], ids: Sequence[int]) -> None:
    """Give the rows their ids, and to what refers to them."""
    written = [row for found in made for row in found]
    for row, pk in zip(written, ids, strict=True):
        row.__dict__["id"] = pk
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    for row in written:
        rows.link(row)
