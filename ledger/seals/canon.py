"""What is hashed of the books: one canonical line of text per sealed row, the same on either database.

A line holds surrogate ids, kinds, points and instants, joined by "|"; an empty place is empty. It never
holds a name, a phone, the number of an order, a reason or an actor: erasing a person leaves every seal as it
was. A movement is sealed with the lots it made, for they are born with it: one line per lot, or one without.
A lot's first last day is hashed, which ``LotExtension`` remembers when it was moved; what changes later
(what is left of a lot) is proved from the entries instead.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.db import connection
from django.db.models import DateField, DateTimeField, Model

from ledger.models import Lot, LotExtension, LotUse, Movement, PendingAward

FORM: Final = "walaa-1"
"""The form of the lines, part of every seal: another form would be another word."""
SERIAL: Final = "sqlite"
"""The database whose writers follow one another."""

FIRST_DAY: Final = """LEFT JOIN ledger_lotextension x ON x.lot_id = l.id AND NOT EXISTS
    (SELECT 1 FROM ledger_lotextension y WHERE y.lot_id = x.lot_id AND y.id < x.id)"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sealed row: the tables of its line, whose it is, and the places of the line in order."""

    code: int
    name: str
    model: type[Model]
    joins: str
    merchant: str
    places: tuple[tuple[str, type[Model], str], ...]
    part: str = "0"
    points: str = "0"

    @property
    def table(self) -> str:
        """The table of its rows."""
        return self.model._meta.db_table


def _places(alias: str, model: type[Model], names: str) -> tuple[tuple[str, type[Model], str], ...]:
    return tuple((alias, model, name) for name in names.split())


MOVEMENT: Final = _places(
    "f",
    Movement,
    "id merchant_id member_id kind points occurred_at business_date recorded_at"
    " purchase_id refund_id redemption_id version_id",
)
LOT: Final = _places("l", Lot, "id merchant_id member_id points earned_at expires_on grace_of_id")
USE: Final = _places("f", LotUse, "id lot_id movement_id points recorded_at")
EXTENSION: Final = _places("f", LotExtension, "id lot_id why from_day until_day recorded_at")
PENDING: Final = _places(
    "f", PendingAward, "id merchant_id member_id purchase_id version_id points recorded_at"
)
KINDS: Final = (
    Kind(
        *(1, "movement", Movement, f"LEFT JOIN ledger_lot l ON l.movement_id = f.id {FIRST_DAY}"),
        *("f.merchant_id", MOVEMENT + LOT, "coalesce(l.id, 0)", "f.points"),
    ),
    Kind(
        *(2, "use of a lot", LotUse, "JOIN ledger_movement m ON m.id = f.movement_id"),
        *("m.merchant_id", USE),
    ),
    Kind(
        *(3, "moved last day", LotExtension, "JOIN ledger_lot l ON l.id = f.lot_id"),
        *("l.merchant_id", EXTENSION),
    ),
    Kind(4, "award that waits", PendingAward, "", "f.merchant_id", PENDING),
)


def digest(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def root_of(lines: Iterable[str]) -> str:
    """The root over lines, which stand in the order of kind, row and lot."""
    return digest("\n".join(lines))


def seal_text(*parts: object) -> str:
    """What a block's seal covers: merchant, number, previous seal, root, lines, points, instant."""
    return "|".join((FORM, *map(str, parts)))


def prepare() -> None:
    """Make the connection ready for the expressions below; done again it changes nothing."""
    if connection.vendor == SERIAL:
        connection.ensure_connection()
        connection.connection.create_aggregate("walaa_root", 4, RootOfLines)
        return
    with connection.cursor() as cursor:
        cursor.execute("SET DateStyle TO ISO")


def line_sql(kind: Kind) -> str:
    """The expression of a row's line."""
    return " || '|' || ".join([f"'{kind.code}'", *(_place_sql(*place) for place in kind.places)])


def instant_sql(column: str) -> str:
    """An instant as text in UTC, without zeros at its end."""
    if connection.vendor == SERIAL:
        return f"CASE WHEN length({column}) > 19 THEN rtrim({column}, '0') ELSE {column} END"
    return f"CAST({column} AT TIME ZONE 'UTC' AS text)"


def instant_text(moment: Any) -> str:
    """The same of a moment in UTC that is not in the database yet."""
    text = moment.replace(tzinfo=None).isoformat(" ")
    return text.rstrip("0") if "." in text else str(text)


def sha256_sql(text: str) -> str:
    """SHA-256 of a text expression, in hexadecimal."""
    if connection.vendor == SERIAL:
        return f"SHA256({text})"
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


def root_sql() -> str:
    """The root over grouped rows of (kind, row_id, part, line)."""
    if connection.vendor == SERIAL:
        return "walaa_root(kind, row_id, part, line)"
    return sha256_sql("string_agg(line, E'\\n' ORDER BY kind, row_id, part)")


class RootOfLines:
    """SQLite's aggregate: lines in whatever order they come, hashed in the order of a block."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, int, int, str]] = []

    def step(self, kind: int, row_id: int, part: int, line: str) -> None:
        """Take one line."""
        self.lines.append((kind, row_id, part, line))

    def finalize(self) -> str:
        """Return the root."""
        return root_of(line for _kind, _row, _part, line in sorted(self.lines))


def _place_sql(alias: str, model: type[Model], name: str) -> str:
    field = next(field for field in model._meta.concrete_fields if field.attname == name)
    column = f"{alias}.{field.column}"
    if (alias, name) == ("l", "expires_on"):
        column = "CASE WHEN x.id IS NULL THEN l.expires_on ELSE x.from_day END"
    text = instant_sql(column) if isinstance(field, DateTimeField) else _text_sql(column, field)
    return f"coalesce({text}, '')" if field.null or alias == "l" else text


def _text_sql(column: str, field: Any) -> str:
    """A column as text; only days need to be told on PostgreSQL, where they are no text yet."""
    is_text = not (field.null or isinstance(field, DateField) or "l." in column)
    return column if is_text else f"CAST({column} AS text)"
