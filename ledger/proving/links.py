"""Proving that what the books name is there: the hot tables carry no foreign keys, so this asks instead.

A foreign key costs a look-up and a shared lock on every insert, and on the merchant's one row at that. The
writers take members and merchants from rows they read; this is the proof that it stayed so.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db.models import ForeignKey, Model

from ledger.models import Lot, LotUse, Movement, PostingKey, Purchase, PurchaseLine
from ledger.proving.finding import Found, Scope, rows_of

OF_MEMBERS: Final[tuple[type[Model], ...]] = (Purchase, Movement, Lot)
SHARED: Final = frozenset({"merchant_id", "member_id", "version_id", "branch_id"})
"""Columns in which many rows name the same row."""
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
        if not any(rows_of(quick) for quick in _suspicions(model, named, scope)):
            continue
        for pk, *found in rows_of(_statement(model, named, scope)):
            for link, (value, there) in zip(named, zip(found[::2], found[1::2], strict=True), strict=True):
                if value is not None and there is None:
                    name = f"{model._meta.model_name} {pk}"
                    yield f"link, {link.column}", name, value, "no such row"


def _suspicions(model: type[Model], named: tuple[_Link, ...], scope: Scope) -> Iterator[str]:
    """SQL that finds anything at all where some link is broken, for a fraction of finding which.

    What few rows share (merchant, member, terms, branch) is grouped once and looked up by group; what
    nearly every row has of its own is looked up alone, where it is said at all.
    """
    mine = _mine(named, scope)
    shared = tuple(link for link in named if link.column in SHARED)
    if shared:
        groups = ", ".join(link.column for link in shared)
        grouped = f"(SELECT {groups} FROM {model._meta.db_table} o WHERE true{mine} GROUP BY {groups})"  # noqa: S608
        joins, absent, _shown = _joined(shared)
        yield f"SELECT 1 FROM {grouped} o {joins} WHERE {absent} LIMIT 1"  # noqa: S608 (our own names)
    for link in named:
        if link not in shared:
            joins, absent, _shown = _joined((link,))
            yield f"SELECT 1 FROM {model._meta.db_table} o {joins} WHERE ({absent}){mine} LIMIT 1"  # noqa: S608


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
    joins, absent, shown = _joined(named)
    return (
        f"SELECT o.id, {shown} FROM {model._meta.db_table} o {joins} "  # noqa: S608 (our own names)
        f"WHERE ({absent}){_mine(named, scope)} ORDER BY o.id"
    )


def _joined(named: Iterable[_Link]) -> tuple[str, str, str]:
    """SQL of what these links name: the joins, that one of them is broken, and both ends of each."""
    joins, absent, shown = [], [], []
    for place, link in enumerate(named):
        same = f" AND t{place}.merchant_id = o.merchant_id" if link.is_member else ""
        joins.append(f"LEFT JOIN {link.table} t{place} ON t{place}.{link.key} = o.{link.column}{same}")
        absent.append(f"(o.{link.column} IS NOT NULL AND t{place}.{link.key} IS NULL)")
        shown += [f"o.{link.column}", f"t{place}.{link.key}"]
    return " ".join(joins), " OR ".join(absent), ", ".join(shown)


def _mine(named: Iterable[_Link], scope: Scope) -> str:
    has_merchant = any(link.column == "merchant_id" for link in named)
    return f" AND {scope.sql('o')}" if scope.sql("o") and has_merchant else ""
