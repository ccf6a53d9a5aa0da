"""Reading what shops send: JSON that keeps every digit, amounts, texts and clocks. Pure.

Nothing here trusts its input: whatever is not what it should be raises ``Unreadable`` with a word for it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from accounts.digits import latin_digits
from accounts.errors import CurrencyUnknown
from accounts.money import MAX_MINOR, exponent_of
from ledger.shops.told import Line, Unreadable
from programs.clawing import spread

DEEPEST: Final = 40
LONGEST_KEY: Final = 64
PLAIN: Final = re.compile(r"-?\d{1,20}(\.\d{1,30})?")
JS_DATE: Final = re.compile(r"\w{3} (\w{3} \d{1,2} \d{4} \d\d:\d\d:\d\d) GMT([+-]\d{4})")
NAME: Final = 120


def read_json(raw: bytes | str) -> dict[str, Any]:
    """An object, its decimals exact and its numbers of any size. Raises ``Unreadable``."""
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        found = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise Unreadable("json") from error
    if not isinstance(found, dict) or _too_deep(found):
        raise Unreadable("json")
    return found


def dig(said: Any, *path: str) -> Any:
    """What stands at the end of a path of names, or nothing."""
    for name in path:
        if not isinstance(said, Mapping):
            return None
        said = said.get(name)
    return said


def items(said: Any, *path: str) -> list[Mapping[str, Any]]:
    """The objects of a list at the end of a path."""
    found = dig(said, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def text(said: Any, longest: int = NAME) -> str:
    """A text that a column takes; numbers are written out, everything else is nothing."""
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        return ""
    clean = str(said).replace("\x00", "").encode(errors="replace").decode()
    return clean.strip()[:longest]


def key(said: Any, word: str) -> str:
    """A number that must be there, whole. Raises ``Unreadable``."""
    found = text(said, LONGEST_KEY + 1)
    if not found or len(found) > LONGEST_KEY:
        raise Unreadable(word)
    return found


def minor(said: Any, currency: str, word: str = "amount") -> int:
    """An amount in minor units, rounded half up: shops write many decimals. Raises ``Unreadable``."""
    if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
        raise Unreadable(word)
    written = latin_digits(
        f"{said:f}" if isinstance(said, Decimal) and _is_small(said) else str(said)
    ).strip()
    if not PLAIN.fullmatch(written):
        raise Unreadable(word)
    try:
        places = exponent_of(currency)
    except CurrencyUnknown as error:
        raise Unreadable("currency") from error
    amount = int(Decimal(written).scaleb(places).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(amount) > MAX_MINOR:
        raise Unreadable(word)
    return amount


def minor_or_none(said: Any, currency: str) -> int:
    """An amount that may be left out."""
    return 0 if said is None or said == "" else minor(said, currency)


def quantity(said: Any) -> int:
    """How many pieces: at least one, for a column that counts whole ones."""
    try:
        return min(max(1, int(Decimal(text(said, 20) or "1"))), 1_000_000)
    except (InvalidOperation, OverflowError, ValueError):
        return 1


def settled(total_minor: int, goods: Sequence[Line], apart: Sequence[Line] = ()) -> tuple[Line, ...]:
    """Lines that sum to the total: what is no goods as it is, the rest spread over the goods.

    By their amounts: discounts on the whole order, taxes on top and roundings reach every line. Raises
    ``Unreadable``.
    """
    apart = [line for line in apart if line.amount_minor > 0]
    left = total_minor - sum(line.amount_minor for line in apart)
    if left < 0 or total_minor < 0:
        raise Unreadable("total")
    weights = [max(0, line.amount_minor) for line in goods]
    if not any(weights):
        goods, weights = [Line(left)], [left]
    if left:
        goods = [
            replace(line, amount_minor=share)
            for line, share in zip(goods, spread(left, weights), strict=True)
        ]
    else:
        goods = []
    return (*goods, *apart)


def moment(said: Any, zone: tzinfo, word: str = "time") -> datetime:
    """An instant; one without a zone is of the clock that the shop goes by. Raises ``Unreadable``."""
    written = text(said, 60)
    js = JS_DATE.match(written)
    try:
        if js:
            return datetime.strptime(f"{js[1]} {js[2]}", "%b %d %Y %H:%M:%S %z")
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(word) from error


def _is_small(said: Decimal) -> bool:
    return said.is_finite() and abs(said.adjusted()) < 20


def _no_number(word: str) -> None:
    raise ValueError(word)


def _too_deep(found: Any) -> bool:
    layer = [found]
    for _depth in range(DEEPEST):
        layer = [
            inner
            for one in layer
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True
