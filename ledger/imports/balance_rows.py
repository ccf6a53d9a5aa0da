"""One row of a file of opening balances: its columns, its values, and what can be wrong with it.

Pure: text and cells in, a ``BalanceRow`` or an ``Issue`` out; nothing is looked up. A row brings a lot of
points, stamps of a card, a tier, answers about consent, or several of these.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from accounts.digits import latin_digits
from ledger.imports.purchase_rows import ALIASES as PURCHASE_ALIASES
from ledger.imports.purchase_rows import (
    OLDEST,
    CellError,
    Issue,
    columns_of,
    phone_of,
    plain_text,
    text_of,
    written_moment,
)
from ledger.validating import LATEST_YEAR, MOST_POINTS, MOST_STAMPS
from programs.calendars import business_date, last_spendable_day
from programs.terms import Terms

CHANNELS: Final = ("sms", "whatsapp", "email", "push")
CONSENTS: Final = tuple(
    name for channel in CHANNELS for name in (f"{channel}_consent", f"{channel}_consent_on")
)
OPTIONAL: Final = (
    *("points", "expires_on", "earned_on", "lot_id", "given_name", "family_name"),
    *("card", "stamps", "tier", "tier_until", *CONSENTS, "consent_source"),
)
ALIASES: Final[Mapping[str, str]] = {
    **{title: name for title, name in PURCHASE_ALIASES.items() if name in {"phone", "member_id"}},
    "external_id": "member_id",
    "النقاط": "points",
    "الرصيد": "points",
    "تاريخ الانتهاء": "expires_on",
    "تنتهي في": "expires_on",
    "تاريخ الكسب": "earned_on",
    "رقم الدفعة": "lot_id",
    "الاسم": "given_name",
    "الاسم الأول": "given_name",
    "اسم العائلة": "family_name",
    "البطاقة": "card",
    "الأختام": "stamps",
    "المستوى": "tier",
    "المستوى حتى": "tier_until",
    "موافقة الرسائل النصية": "sms_consent",
    "موافقة واتساب": "whatsapp_consent",
    "موافقة البريد": "email_consent",
    "مصدر الموافقة": "consent_source",
}
NEVER: Final = frozenset({"never", "لا تنتهي", "أبدا", "أبدًا"})
ANSWERS: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "نعم"), True),
    **dict.fromkeys(("no", "n", "false", "0", "لا"), False),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said elsewhere about marketing through one channel, and when, if that is known."""

    channel: str
    granted: bool
    on: date | None
    source: str


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What one row brings. ``phone``, ``member_ref`` or both name the person."""

    row: int
    phone: str
    member_ref: str
    given_name: str
    family_name: str
    lot_id: str
    points: int
    earned_on: date | None
    expires_on: date | None
    expires: bool
    card: str
    stamps: int
    tier_code: str
    tier_until: date | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the merchant's balances must agree with: currency, zone, the moment, and the terms, if any."""

    currency: str
    zone: str
    now: datetime
    terms: Terms | None

    @property
    def today(self) -> date:
        """The merchant's day."""
        return business_date(self.now, self.zone)


def balance_columns(header: list[object]) -> dict[str, int]:
    """Return column name → position. Raises ``MissingColumns``, ``RepeatedColumn``."""
    return columns_of(header, required=(), optional=OPTIONAL, aliases=ALIASES)


def balance_row(
    number: int, cells: list[object], columns: dict[str, int], expected: Expectations
) -> BalanceRow | Issue:
    """Return what row ``number`` brings, or why it cannot come in."""
    try:
        return _balance_row(number, cells, columns, expected)
    except CellError as refusal:
        return Issue(number, refusal.column, refusal.code, refusal.params)


def _balance_row(
    number: int, cells: list[object], columns: dict[str, int], expected: Expectations
) -> BalanceRow:
    raw = {name: cells[position] if position < len(cells) else None for name, position in columns.items()}
    text = {name: text_of(cell) for name, cell in raw.items()}
    phone, member_ref = _person(text, expected)
    points = _whole(text, "points", MOST_POINTS)
    stamps = _whole(text, "stamps", MOST_STAMPS)
    tier_code = _tier(text, expected)
    answers = tuple(_answers(raw, text, expected))
    if not (points or stamps or tier_code or answers):
        raise CellError("points", "nothing_to_open")
    earned_on = _day(raw, "earned_on", latest=expected.today)
    expires_on, expires = _end(raw, text, earned_on, expected) if points else (None, True)
    tier_until = _day(raw, "tier_until") if tier_code else None
    _alive("tier_until", tier_until, expected)
    card = plain_text(text, "card", 60)
    if stamps and not card:
        raise CellError("card", "empty")
    return BalanceRow(
        row=number,
        phone=phone,
        member_ref=member_ref,
        given_name=plain_text(text, "given_name", 80),
        family_name=plain_text(text, "family_name", 80),
        lot_id=plain_text(text, "lot_id", 64),
        points=points,
        earned_on=earned_on if points else None,
        expires_on=expires_on,
        expires=expires,
        card=card if stamps else "",
        stamps=stamps,
        tier_code=tier_code,
        tier_until=tier_until,
        answers=answers,
    )


def _person(text: dict[str, str], expected: Expectations) -> tuple[str, str]:
    """Return (phone, member id), at least one of them filled."""
    member_ref = plain_text(text, "member_id", 64)
    phone = phone_of(text["phone"], expected.currency) if text.get("phone") else ""
    if not phone and not member_ref:
        raise CellError("phone" if "phone" in text else "member_id", "empty")
    return phone, member_ref


def _whole(text: dict[str, str], column: str, most: int) -> int:
    """Return a number of points or stamps: whole, not below zero, in any digits; an empty cell is none."""
    written = latin_digits(text.get(column, "")).replace(",", "")
    if not written:
        return 0
    try:
        amount = Decimal(written)
    except InvalidOperation as error:
        raise CellError(column, "not_a_number") from error
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise CellError(column, "not_a_number")
    if amount < 0:
        raise CellError(column, "below_zero")
    if amount > most:
        raise CellError(column, "too_many", most=f"{most:,}")
    return int(amount)


def _day(raw: dict[str, Any], column: str, *, latest: date | None = None) -> date | None:
    """Return a cell as a day; an empty one is no day."""
    cell = raw.get(column)
    if not text_of(cell):
        return None
    day = (cell if isinstance(cell, datetime) else written_moment(cell, column)).date()
    if day.year < OLDEST:
        raise CellError(column, "before_time")
    if latest is not None and day > latest:
        raise CellError(column, "in_the_future")
    if day.year > LATEST_YEAR:
        raise CellError(column, "bad_time", text=day.isoformat())
    return day


def _end(
    raw: dict[str, Any], text: dict[str, str], earned_on: date | None, expected: Expectations
) -> tuple[date | None, bool]:
    """Return (the last day that was said there, whether the points die at all); dead points stay outside."""
    if text.get("expires_on", "").lower() in NEVER:
        return None, False
    said, terms = _day(raw, "expires_on"), expected.terms
    if said is None and terms is None:
        raise CellError("expires_on", "no_life_known")
    last = said
    if last is None and terms is not None and terms.expiry_months is not None:
        last = last_spendable_day(earned_on or expected.today, terms.expiry_months, terms.expiry_rounding)
    _alive("expires_on", last, expected)
    if said is not None and earned_on is not None and said < earned_on:
        raise CellError("expires_on", "before_earning")
    return said, True


def _alive(column: str, last: date | None, expected: Expectations) -> None:
    if last is not None and last < expected.today:
        raise CellError(column, "dead_already", on=last.isoformat())


def _tier(text: dict[str, str], expected: Expectations) -> str:
    """Return the code of the tier that is named by its code or by its name in either language."""
    written = plain_text(text, "tier", 60)
    if not written:
        return ""
    tiers = expected.terms.tiers if expected.terms else ()
    for tier in tiers:
        if written.casefold() in {tier.code.casefold(), tier.name_ar.casefold(), tier.name_en.casefold()}:
            return tier.code
    raise CellError("tier", "unknown_tier", tier=written[:40])


def _answers(raw: dict[str, Any], text: dict[str, str], expected: Expectations) -> Iterator[Answer]:
    """Yield what was said about each channel; an empty cell says nothing."""
    source = plain_text(text, "consent_source", 20)
    for channel in CHANNELS:
        column = f"{channel}_consent"
        written = latin_digits(text.get(column, "")).lower()
        if not written:
            continue
        if written not in ANSWERS:
            raise CellError(column, "neither_yes_nor_no", text=written[:20])
        on = _day(raw, f"{column}_on", latest=expected.today)
        yield Answer(channel, ANSWERS[written], on, source)
