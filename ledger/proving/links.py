"""Proving that what the books name is there: the hot tables carry no foreign keys, so this asks instead.

A foreign key costs a look-up and a shared lock on every insert, and on the merchant's one row at that. The
writers take members and merchants from rows they read; this is the proof that it stayed so.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db.models import ForeignKey, Model

from ledger.models import Lot, LotUse, Movement, PostingKey, Purchase, PurchaseLine
from ledger.proving.finding import Found, Scope, rows_of

OF_MEMBERS: Final[tuple[type[Model], ...]] = (Purchase, Movement, Lot)
OF_THE_REST: Final[tuple[type[Model], ...]] = (PurchaseLine, LotUse, PostingKey)


class _Link(NamedTuple):
    """A column, the table and key it names, and whether rows there belong to a merchant."""

    column: str
    table: str
    key: str
    is_member: bool


def links_of_members(scope: Scope) -> Iterator[Found]:
    """Every row of a member names rows that exist, and a member of its own merchant."""
    yield from _broken(OF_MEMBERS, scope)


def links_of_the_rest(scope: Scope) -> Iterator[Found]:
    """So does every row that names no member."""
    yield from _broken(OF_THE_REST, scope)


def _broken(models: tuple[type[Model], ...], scope: Scope) -> Iterator[Found]:
    for model in models:
        named = _links_of(model)
        for pk, *found in rows_of(_statement(model, named, scope)):
            for link, (value, there) in zip(named, zip(found[::2], found[1::2], strict=True), strict=True):
                if value is not None and there is None:
                    name = f"{model._meta.model_name} {pk}"
                    yield f"link, {link.column}", name, value, "no such row"


@lru_cache(maxsize=16)
def _links_of(model: type[Model]) -> tuple[_Link, ...]:
    """The links of a table that the database does not keep."""
    found = []
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and not getattr(field, "db_constraint", True):
            target: Any = field.related_model
            member = field.name == "member"
            found.append(_Link(field.column, target._meta.db_table, target._meta.pk.column, is_member=member))
    return tuple(found)


def _statement(model: type[Model], named: tuple[_Link, ...], scope: Scope) -> str:
    """One pass over the table, with everything it names joined beside it."""
    joins, absent, shown = [], [], []
    for place, link in enumerate(named):
        same = f" AND t{place}.merchant_id = o.merchant_id" if link.is_member else ""
        joins.append(f"LEFT JOIN {link.table} t{place} ON t{place}.{link.key} = o.{link.column}{same}")
        absent.append(f"(o.{link.column} IS NOT NULL AND t{place}.{link.key} IS NULL)")
        shown += [f"o.{link.column}", f"t{place}.{link.key}"]
    has_merchant = any(link.column == "merchant_id" for link in named)
    mine = f" AND {scope.sql('o')}" if scope.sql("o") and has_merchant else ""
    return (
        f"SELECT o.id, {', '.join(shown)} FROM {model._meta.db_table} o {' '.join(joins)} "  # noqa: S608
        f"WHERE ({' OR '.join(absent)}){mine} ORDER BY o.id"
    )
