"""What a cashier typed or scanned: a phone, a membership number, what the member's page shows, or a code."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from accounts.digits import latin_digits
from accounts.errors import BadPhone
from accounts.phones import e164, region_of

NUMBER: Final = re.compile(r"M-?([0-9A-Z]{6,10})")
TOKEN: Final = re.compile(r"M-?[0-9A-Z]{6,10}\.[0-9A-Z]{6,20}")
CODE: Final = re.compile(r"[0-9A-Z]{6,12}")
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: the `kind` of thing, and its one spelling."""

    kind: Literal["phone", "number", "shown", "code", "nothing"]
    value: str = ""


def sought(text: str, currency: str) -> Sought:
    """Read what was typed or scanned. A QR may hold an address: its last part counts."""
    plain = latin_digits(text[:LONGEST]).strip()
    last = plain.rstrip("/").rsplit("/", 1)[-1].rsplit("=", 1)[-1].upper()
    if TOKEN.fullmatch(last):
        return Sought("shown", last)
    if match := NUMBER.fullmatch(last.replace(" ", "")):
        return Sought("number", f"M-{match[1]}")
    try:
        return Sought("phone", e164(plain, region_of(currency)))
    except BadPhone:
        pass
    code = re.sub(r"[\s-]", "", last)
    return Sought("code", code) if CODE.fullmatch(code) else Sought("nothing")
