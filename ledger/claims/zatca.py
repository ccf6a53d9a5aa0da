"""The code on a Saudi tax receipt: seller, VAT number, time, total and VAT, as tag, length and value. Pure.

ZATCA, "Guidelines for implementing QR codes on e-invoices": base64 of one byte of tag, one byte of length and
so many bytes of UTF-8, for tags 1 to 5; integrated tills add a hash, a signature and a key (6 to 9), which
say nothing more about the sale.

Nothing in the code is secret and anybody can make one: it only points at a sale that the till told us of.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final

from accounts.digits import latin_digits

LONGEST: Final = 1_500
"""Characters of base64: five tags and four more of an integrated till stay well below."""
SELLER, VAT_NUMBER, TIME, TOTAL, VAT = 1, 2, 3, 4, 5
A_VAT_NUMBER: Final = re.compile(r"3\d{13}3")
AN_AMOUNT: Final = re.compile(r"\d{1,10}(\.\d{1,3})?")
OTHER_TIMES: Final = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S")


class NotAReceipt(ValueError):
    """A text that is no such code."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What the paper says. ``moments`` are the instants that its time may mean, the likelier first.

    The rule asks for UTC with a Z; many tills print their own wall clock, some of them with a Z behind it.
    """

    seller: str
    vat_number: str
    moments: tuple[datetime, ...]
    total: Decimal
    vat: Decimal

    @property
    def said(self) -> str:
        """The same for every spelling of the same receipt."""
        first = self.moments[0].astimezone(UTC).isoformat()
        return f"{self.vat_number}|{first}|{self.total.normalize():f}|{self.vat.normalize():f}"


def read_receipt(text: str, zone: tzinfo) -> Printed:
    """Return what a scanned text says. Raises ``NotAReceipt``."""
    told = _tags(_bytes(text))
    try:
        seller, vat_number, time, total, vat = (
            told[tag].decode("utf-8").strip() for tag in (SELLER, VAT_NUMBER, TIME, TOTAL, VAT)
        )
    except (KeyError, UnicodeDecodeError) as error:
        raise NotAReceipt from error
    if not A_VAT_NUMBER.fullmatch(vat_number):
        raise NotAReceipt
    return Printed(seller[:120], vat_number, _moments(time, zone), _amount(total), _amount(vat))


def written(seller: str, vat_number: str, time: str, total: str, vat: str) -> str:
    """Return the code that a till prints for these five."""
    values = (value.encode() for value in (seller, vat_number, time, total, vat))
    return base64.b64encode(
        b"".join(bytes([tag, len(value)]) + value for tag, value in enumerate(values, start=1))
    ).decode()


def _bytes(text: str) -> bytes:
    bare = "".join(text.split())
    if not bare or len(bare) > LONGEST:
        raise NotAReceipt
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAReceipt from error


def _tags(raw: bytes) -> dict[int, bytes]:
    """Tag → value. A tag said twice, or a value that runs over the end, is no receipt."""
    told: dict[int, bytes] = {}
    at = 0
    while at < len(raw):
        tag, length = raw[at], raw[at + 1] if at + 1 < len(raw) else -1
        value = raw[at + 2 : at + 2 + length] if length >= 0 else b""
        if length < 0 or len(value) != length or tag in told:
            raise NotAReceipt
        told[tag] = value
        at += 2 + length
    return told


def _moments(time: str, zone: tzinfo) -> tuple[datetime, ...]:
    """The instants that a printed time may mean: as it says, then as the wall clock of the shop."""
    found = _clock(latin_digits(time))
    wall = found.replace(tzinfo=zone)
    if found.tzinfo is None:
        return (wall,)
    return (found, wall) if found.utcoffset() != wall.utcoffset() else (found,)


def _clock(time: str) -> datetime:
    try:
        return datetime.fromisoformat(time)
    except ValueError:
        pass
    for form in OTHER_TIMES:
        try:
            return datetime.strptime(time, form)  # noqa: DTZ007 - its zone is the shop's, see above
        except ValueError:
            continue
    raise NotAReceipt


def _amount(text: str) -> Decimal:
    bare = latin_digits(text).replace(",", "")
    if not AN_AMOUNT.fullmatch(bare):
        raise NotAReceipt
    try:
        return Decimal(bare)
    except InvalidOperation as error:
        raise NotAReceipt from error
