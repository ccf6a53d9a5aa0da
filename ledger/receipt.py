"""The answer to a posted event: what changed, why, and how the member stands now."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a posted event, stored with its key and given again to a retry.

    ``points`` is the signed change; ``reasons`` are codes with parameters (``programs.sentences``).
    ``worth_minor`` is what ``available`` would buy. ``ahead`` names the next tier and what is missing to it
    (of a purchase, unless it is quiet or the top is reached). ``repeated`` is True when this answers a retry.

    ``stamps`` are the cards and ``goals`` the challenges that moved: {"code", names, "got", "count",
    "target", "reached"}; ``badges`` those won, ``vouchers`` the rewards given free, each with its code.

    ``pending`` is everything that waits, ``waiting`` what this event adds to it: {"points", "opens_on" or
    "awaits"}. ``returned_points`` are those spent on the part that a refund brought back.
    ``gifts`` are the gift cards that paid or got money back: {"card" (its last letters), "amount_minor"
    (signed), "left_minor"}. ``perks`` are those of the member's tier that this order brings: {"code", "kind",
    names, "off_minor"}; ``tier_perks`` the codes of all that the tier held after it gives.
    """

    kind: str
    member_id: int
    points: int = 0
    available: int = 0
    owed: int = 0
    pending: int = 0
    worth_minor: int = 0
    currency: str = "SAR"
    tier_code: str = ""
    tier_before: str = ""
    purchase_id: int | None = None
    occurrence_id: int | None = None
    refund_id: int | None = None
    redemption_id: int | None = None
    movement_id: int | None = None
    merge_id: int | None = None
    membership_id: int | None = None
    membership_payment_id: int | None = None
    gift_card_id: int | None = None
    cause_entry_id: int | None = None
    place_id: int | None = None
    code: str = ""
    value_minor: int = 0
    expires_at: str = ""
    state: str = ""
    waiting: dict[str, Any] = field(default_factory=dict)
    returned_points: int = 0
    shortfall_points: int = 0
    withheld_minor: int = 0
    reasons: list[dict[str, Any]] = field(default_factory=list)
    lots: list[dict[str, Any]] = field(default_factory=list)
    gifts: list[dict[str, Any]] = field(default_factory=list)
    ahead: dict[str, Any] = field(default_factory=dict)
    stamps: list[dict[str, Any]] = field(default_factory=list)
    goals: list[dict[str, Any]] = field(default_factory=list)
    badges: list[dict[str, Any]] = field(default_factory=list)
    vouchers: list[dict[str, Any]] = field(default_factory=list)
    membership: dict[str, Any] = field(default_factory=dict)
    perks: list[dict[str, Any]] = field(default_factory=list)
    tier_perks: list[str] = field(default_factory=list)
    repeated: bool = False
