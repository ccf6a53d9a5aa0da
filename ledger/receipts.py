"""A receipt as it is kept with its key, and taken from there again. Pure."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from ledger.receipt import Receipt

_RECEIPT: Final = tuple((place.name, place.default) for place in fields(Receipt))


def receipt_as_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt as it is stored with its key: whatever differs from the defaults."""
    stored = {}
    for name, default in _RECEIPT:
        value = getattr(receipt, name)
        if value and value != default:
            stored[name] = value
    return stored


def receipt_from_json(stored: Mapping[str, Any]) -> Receipt:
    """The stored receipt, marked as given again."""
    known = {place.name for place in fields(Receipt)}
    return Receipt(**{**{name: value for name, value in stored.items() if name in known}, "repeated": True})
