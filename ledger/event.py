"""What every event knows, and a line of an order: plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class LineItem:
    """One line of an order: ``kind`` is a ``ledger.models.purchases.LineKind`` value."""

    amount_minor: int
    kind: str = "goods"
    category: str = ""
    name: str = ""
    quantity: int = 1
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """What every event knows: whose it is, when it happened, and the key under which it may come twice.

    ``source`` and ``key`` name the event uniquely per merchant and kind of event; ``actor`` is who
    brought it (``accounts.access.Actor.label``). ``stamped`` says that the sender gave no time and the
    server's clock filled it in: a repetition may then carry another.
    """

    kind: ClassVar[str] = ""
    silent: ClassVar[frozenset[str]] = frozenset({"actor", "stamped"})
    personal: ClassVar[frozenset[str]] = frozenset()
    """Free text that may name somebody: hashed under the installation's secret, never bare."""

    merchant_id: int
    member_id: int
    occurred_at: datetime
    source: str
    key: str
    actor: str
    stamped: bool = False

    @property
    def whose(self) -> tuple[int, ...]:
        """The members whose balances it moves."""
        return (self.member_id,)
