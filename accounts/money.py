"""Money as integer minor units: halalas, fils, cents. Never a float.

Units: ``amount_minor`` is an integer; 12.50 SAR is 1250, 12.500 KWD is 12500.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from accounts import errors
from accounts.digits import latin_digits

EXPONENTS = {"SAR": 2, "AED": 2, "QAR": 2, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "USD": 2, "EUR": 2}
"""Decimal places of each supported currency (ISO 4217)."""

_ARABIC_SYMBOLS = {
    "SAR": "ر.س",
    "AED": "د.إ",
    "QAR": "ر.ق",
    "KWD": "د.ك",
    "BHD": "د.ب",
    "OMR": "ر.ع",
    "JOD": "د.أ",
    "USD": "دولار",
    "EUR": "يورو",
}

MAX_MINOR = 10**9
"""The largest amount one input may carry; beyond it a slip of the hand is likelier than a sale."""

_LONGEST_INPUT = 40
_PLAIN_NUMBER = re.compile(
    r"(?P<sign>[-\u2212])?(?P<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.(?P<part>[0-9]+))?"
)


def exponent_of(currency: str) -> int:
    """Decimal places of ``currency``; raises ``CurrencyUnknown``."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise errors.CurrencyUnknown(currency=currency) from None


def plain(amount_minor: int, currency: str) -> str:
    """``amount_minor`` as bare grouped digits without a currency: 123450 SAR is "1,234.50"."""
    places = exponent_of(currency)
    whole, part = divmod(abs(amount_minor), 10**places)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}.{part:0{places}d}"


def worth(points: int, block_points: int, block_value_minor: int) -> int:
    """What ``points`` are worth in minor units, pro rata to the block and rounded down.

    500 points = 25.00 SAR makes 1,240 points worth 6200; what may be *spent* comes in whole
    blocks and is the answer of ``programs.burning``.
    """
    return points * block_value_minor // block_points


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency; refuses to meet another currency."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str, *, allow_negative: bool = False) -> "Money":
        """Read an amount as typed: "1,234.50", "١٢٫٥", "۱۲". Raises an ``AmountError`` leaf.

        A comma groups thousands and nothing else, so "12,5" is refused rather than guessed.
        """
        places = exponent_of(currency)
        written = latin_digits(text).strip()
        match = _PLAIN_NUMBER.fullmatch(written) if len(written) <= _LONGEST_INPUT else None
        if match is None:
            raise errors.AmountInvalid(text=text.strip()[:_LONGEST_INPUT])
        part = match["part"] or ""
        if len(part) > places:
            raise errors.AmountTooPrecise(currency=currency, places=places)
        amount_minor = int(match["whole"].replace(",", "") + part.ljust(places, "0"))
        if amount_minor > MAX_MINOR:
            raise errors.AmountTooLarge
        if match["sign"] and amount_minor:
            if not allow_negative:
                raise errors.AmountNegative
            amount_minor = -amount_minor
        return cls(amount_minor, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with the currency's decimals: ``Decimal("12.50")``."""
        return Decimal(self.amount_minor).scaleb(-exponent_of(self.currency))

    def format(self, language: str) -> str:
        """Write "1,234.50 SAR" in English, «1,234.50 ر.س» in Arabic; Latin digits in both."""
        unit = _ARABIC_SYMBOLS[self.currency] if language.startswith("ar") else self.currency
        return f"{plain(self.amount_minor, self.currency)} {unit}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._minor_of(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._minor_of(other)

    def _minor_of(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise errors.CurrencyMixed(left=self.currency, right=other.currency)
        return other.amount_minor
