"""What can be posted about paid membership: plain values (RULES 37)."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.event import Event


@dataclass(frozen=True, slots=True)
class MembershipStarted(Event):
    """A member begins the free trial of a plan (RULES 37)."""

    kind: ClassVar[str] = "plan-trial"

    plan: str = ""


@dataclass(frozen=True, slots=True)
class MembershipPaid(Event):
    """A fee was paid: it begins a membership of ``plan``, or reaches one period further.

    ``provider_id`` is Moyasar's number of it and ``card_token`` (sealed) the card it keeps for renewals.
    ``renewal``: a kept card was charged, nobody chose anew.
    """

    kind: ClassVar[str] = "plan-fee"
    silent: ClassVar[frozenset[str]] = Event.silent | {"card_token"}

    plan: str = ""
    amount_minor: int = 0
    currency: str = "SAR"
    method: str = "cash"
    provider_id: str = ""
    card_token: str = ""
    renewal: bool = False


@dataclass(frozen=True, slots=True)
class MembershipCancelled(Event):
    """A member wants no further renewal. It happens when it is posted."""

    kind: ClassVar[str] = "plan-cancel"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}


@dataclass(frozen=True, slots=True)
class FeeRefunded(Event):
    """A fee was given back; it is named by the source and the number under which it was paid."""

    kind: ClassVar[str] = "plan-refund"

    fee_source: str = ""
    fee_key: str = ""
