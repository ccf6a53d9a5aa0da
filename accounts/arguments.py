"""What commands are told, read once: a merchant, a day, a number, a file to write.

The last three are types for ``argparse``, which names the option in the refusal.
"""

import os
import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError

from accounts.models import Merchant

SLUG: Final = re.compile(r"[-a-zA-Z0-9_]{1,50}")
FIRST_DAY: Final = date(1970, 1, 1)
LONGEST_NAME: Final = 255
"""Bytes of a file's name, on every file system we know."""


class NotWhatWasAsked(ArgumentTypeError, CommandError):
    """An argument that cannot be, from the shell or from ``call_command``."""


def merchant_named(slug: str) -> Merchant:
    """Return the merchant with this slug. Raises ``CommandError``."""
    merchant = Merchant.objects.filter(slug=slug).first() if SLUG.fullmatch(slug) else None
    if merchant is None:
        raise CommandError(f"There is no merchant “{shown(slug)}”.")
    return merchant


def day(text: str | date) -> date:
    """Read a day, "2026-01-31"; none before 1970. A day is what it is: ``call_command`` may hand one over."""
    try:
        found = text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        raise NotWhatWasAsked(f"“{shown(str(text))}” is not a day; write it as 2026-01-31.") from None
    if found < FIRST_DAY:
        raise NotWhatWasAsked(f"{found} is before {FIRST_DAY}.")
    return found


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return the type of a whole number within the bounds."""

    def number(text: str) -> int:
        found = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else low - 1
        if not low <= found <= high:
            raise NotWhatWasAsked(f"“{shown(text)}” is not a whole number from {low} to {high}.")
        return found

    return number


def file_to_write(text: str) -> Path:
    """Read the name of a file, or of a folder, that is to be made in a folder which is there."""
    path = Path(text)
    if not text or "\0" in text or len(os.fsencode(path.name)) > LONGEST_NAME:
        raise NotWhatWasAsked(f"“{shown(text)}” cannot be the name of a file.")
    if not path.absolute().parent.is_dir():
        raise NotWhatWasAsked(f"There is no folder {shown(str(path.parent))}.")
    return path


def shown(text: str) -> str:
    """Return a text as a refusal quotes it: its beginning, and nothing that a terminal cannot write."""
    return text[:80].encode("utf-8", "replace").decode()
