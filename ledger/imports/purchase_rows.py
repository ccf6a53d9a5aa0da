"""One row of a file of purchases: its columns, its values, and what can be wrong with it.

Pure: text and cells in, a ``PurchaseRow`` or an ``Issue`` out; nothing is looked up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from accounts.digits import latin_digits
from accounts.errors import WalaaError
from accounts.money import Money
from accounts.phones import e164, region_of
from ledger.imports.errors import MissingColumns, RepeatedColumn

OLDEST: Final = 2000
REQUIRED: Final = ("external_id", "occurred_at", "amount")
PERSON: Final = ("member_id", "phone")
OPTIONAL: Final = ("branch", "currency", "category")
ALIASES: Final = {
    "رقم الطلب": "external_id",
    "رقم الفاتورة": "external_id",
    "order_id": "external_id",
    "الجوال": "phone",
    "رقم الجوال": "phone",
    "رقم العضو": "member_id",
    "رقم العميل": "member_id",
    "التاريخ": "occurred_at",
    "الوقت": "occurred_at",
    "المبلغ": "amount",
    "الفرع": "branch",
    "العملة": "currency",
    "الفئة": "category",
    "التصنيف": "category",
}
DAY_FIRST: Final = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y")


@dataclass(frozen=True, slots=True)
class Issue:
    """Why a row was refused: a code of ``ledger.imports.issues``, parameters, and the column it is about."""

    row: int
    column: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)


class CellError(Exception):
    """Raised inside the reading of one row; becomes its ``Issue``."""

    def __init__(self, column: str, code: str, **params: Any) -> None:
        super().__init__(code)
        self.column, self.code, self.params = column, code, params


class PurchaseRow(NamedTuple):
    """A purchase as it stood in a file. Either ``phone`` or ``member_ref`` names the person."""

    row: int
    external_id: str
    phone: str
    member_ref: str
    occurred_at: datetime
    amount_minor: int
    branch: str
    category: str


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the merchant's files must agree with."""

    currency: str
    zone: ZoneInfo
    now: datetime
    branches: frozenset[str]


def columns_of(
    header: list[object],
    *,
    required: Sequence[str] = REQUIRED,
    optional: Sequence[str] = OPTIONAL,
    aliases: Mapping[str, str] = ALIASES,
) -> dict[str, int]:
    """Return column name → position; one of ``PERSON`` is always asked for.

    Raises ``MissingColumns``, ``RepeatedColumn``.
    """
    wanted = (*required, *PERSON, *optional)
    found: dict[str, int] = {}
    for position, cell in enumerate(header):
        title = text_of(cell).lower()
        name = aliases.get(title, title.replace(" ", "_"))
        if name in found and name in wanted:
            raise RepeatedColumn(column=name)
        found.setdefault(name, position)
    missing = [name for name in required if name not in found]
    if not set(PERSON) & set(found):
        missing.append(" / ".join(reversed(PERSON)))
    if missing:
        raise MissingColumns(
            missing=", ".join(missing), found=", ".join(text_of(cell)[:40] for cell in header[:12])
        )
    return {name: found[name] for name in wanted if name in found}


def text_of(cell: object) -> str:
    """Return a cell as trimmed text; a whole number from a spreadsheet loses its ".0"."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, float):
        return str(Decimal(repr(cell)))
    return str(cell).strip().strip("\u200e\u200f\ufeff")


def purchase_row(
    number: int, cells: list[object], columns: dict[str, int], expected: Expectations
) -> PurchaseRow | Issue:
    """Return the purchase that row ``number`` describes, or why it cannot be one."""
    try:
        return _purchase_row(number, cells, columns, expected)
    except CellError as refusal:
        return Issue(number, refusal.column, refusal.code, refusal.params)


def _purchase_row(
    number: int, cells: list[object], columns: dict[str, int], expected: Expectations
) -> PurchaseRow:
    raw = {name: cells[position] if position < len(cells) else None for name, position in columns.items()}
    text = {name: text_of(cell) for name, cell in raw.items()}
    currency = text.get("currency", "").upper()
    if currency and currency != expected.currency:
        raise CellError("currency", "wrong_currency", currency=currency[:10], expected=expected.currency)
    branch = text.get("branch", "")
    if branch and branch not in expected.branches:
        raise CellError("branch", "unknown_branch", branch=branch[:40])
    phone, member_ref = _person(text, expected.currency)
    return PurchaseRow(
        row=number,
        external_id=plain_text(text, "external_id", 64, required=True),
        phone=phone,
        member_ref=member_ref,
        occurred_at=instant_of(raw["occurred_at"], expected),
        amount_minor=_amount(text["amount"], expected.currency),
        branch=branch,
        category=plain_text(text, "category", 60),
    )


def plain_text(text: dict[str, str], column: str, longest: int, *, required: bool = False) -> str:
    """Return a cell that is one short line of text."""
    value = text.get(column, "")
    if required and not value:
        raise CellError(column, "empty")
    if len(value) > longest:
        raise CellError(column, "too_long", longest=longest)
    if not value.isprintable():
        raise CellError(column, "unprintable")
    return value


def _person(text: dict[str, str], currency: str) -> tuple[str, str]:
    """Return (phone, member id), one of them filled; an id is preferred when both are there."""
    member_ref = plain_text(text, "member_id", 64)
    if member_ref:
        return "", member_ref
    if not text.get("phone"):
        raise CellError("phone" if "phone" in text else "member_id", "empty")
    return phone_of(text["phone"], currency), ""


def phone_of(text: str, currency: str) -> str:
    """Return a phone cell as E.164."""
    try:
        return e164(text, region_of(currency))
    except WalaaError as error:
        raise CellError("phone", error.code) from error


def _amount(text: str, currency: str) -> int:
    """Return the amount in minor units; nothing, zero and refunds are no purchase."""
    if not text:
        raise CellError("amount", "empty")
    try:
        amount_minor = Money.parse(text, currency).amount_minor
    except WalaaError as error:
        raise CellError("amount", error.code, **{k: str(v) for k, v in error.params.items()}) from error
    if amount_minor == 0:
        raise CellError("amount", "amount_zero")
    return amount_minor


def instant_of(cell: object, expected: Expectations) -> datetime:
    """Return a cell as an instant in UTC; a time without a zone is the merchant's own."""
    moment = cell if isinstance(cell, datetime) else written_moment(cell)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=expected.zone)
    if moment.year < OLDEST:  # before any arithmetic: year 1 or 9999 has no other zone to move to
        raise CellError("occurred_at", "before_time")
    if moment.year > expected.now.year + 1 or moment > expected.now + timedelta(minutes=5):
        raise CellError("occurred_at", "in_the_future")
    return moment.astimezone(UTC)


def written_moment(cell: object, column: str = "occurred_at") -> datetime:
    """Read 2026-11-20T18:30:00+03:00, 2026-11-20 18:30, 20/11/2026 18:30 or a date alone."""
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 (the zone is added by the caller)
    text = latin_digits(text_of(cell))
    if not text:
        raise CellError(column, "empty")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in DAY_FIRST:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 (the zone is added by the caller)
        except ValueError:
            continue
    raise CellError(column, "bad_time", text=text[:40])
