"""What a shop can tell, as plain values: the same whichever shop said it. Pure.

Amounts are minor units with VAT; lines sum to what the customer paid.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """How far an order is. What waits may still come to nothing: its points are shown, not given."""

    WAITING = "waiting"
    PAID = "paid"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

    @property
    def rank(self) -> int:
        """Which of two states of the same moment is the later one."""
        return list(Status).index(self)


class Unreadable(ValueError):
    """What was told lacks something or says what cannot be; the message is the word for it."""


@dataclass(frozen=True, slots=True)
class Who:
    """The customer, as far as the shop says: none of it has to be true."""

    phone: str = ""
    email: str = ""
    number: str = ""
    given_name: str = ""
    family_name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order; ``key`` is the shop's number of it."""

    amount_minor: int
    key: str = ""
    kind: str = "goods"
    name: str = ""
    sku: str = ""
    category: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Refund:
    """Something came back of an order: an amount, and of which lines if that is known."""

    order_key: str
    key: str
    amount_minor: int
    lines: tuple[tuple[str, int], ...] = ()
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stood at ``updated_at``.

    ``refunded_minor`` is what came back so far, where the shop only says the sum; ``refunds`` where it lists
    them. ``codes`` are the coupons that were used.
    """

    key: str
    status: Status
    currency: str
    lines: tuple[Line, ...]
    occurred_at: datetime
    updated_at: datetime
    who: Who | None = None
    refunded_minor: int = 0
    refunds: tuple[Refund, ...] = ()
    codes: tuple[str, ...] = ()
    branch: str = ""

    @property
    def total_minor(self) -> int:
        """What the customer paid."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Gone:
    """An order was deleted there: nothing but its number is left."""

    key: str


@dataclass(frozen=True, slots=True)
class Happening:
    """A customer did something that is no order: ``name`` is "cart" or "search"."""

    name: str
    key: str
    who: Who
    occurred_at: datetime
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing that concerns points."""


Told = Order | Refund | Gone | Happening | Ignored


@dataclass(frozen=True, slots=True)
class Sent:
    """What came through the door, as it came. Header names are in lower case; ``token`` is of the address."""

    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    token: str = ""

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        return self.headers.get(name, "")
