"""What can be posted: plain values that say what happened, and the receipt that answers.

An event is validated and normalised by whoever makes it (amounts in minor units, instants with zone);
``ledger.posting.post`` is the only way from here into the books. ``body()`` is what the idempotency key
hashes: the same thing said twice has the same body, however it was spelled.
"""

from collections.abc import Hashable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, ClassVar, Literal, cast

from ledger.event import Event, LineItem
from ledger.events_of_contests import ContestWon
from ledger.events_of_fees import FeeRefunded, MembershipCancelled, MembershipPaid, MembershipStarted


@dataclass(frozen=True, slots=True)
class PurchaseMade(Event):
    """An order was paid. ``key`` is the order number.

    ``redemption_codes``: reserved discount codes to be used on this very order; their worth is what was
    ``points_paid_minor``. ``award``: None = by the claim window, True = always, False = never (history).
    ``quiet``: tell nobody (bulk import). ``quote``: the token of a signed quote to be honoured.
    ``gift_cards``: (code, minor units) of cards that pay a part; 0 means as much as they hold and is due.
    ``awaits``: the order is not certain yet, so its points wait for this word ("completed"); a programme that
    waits for a word of its own waits for that one.
    """

    kind: ClassVar[str] = "purchase"
    silent: ClassVar[frozenset[str]] = Event.silent | {"quiet", "award"}

    currency: str = "SAR"
    lines: tuple[LineItem, ...] = ()
    branch_id: int | None = None
    channel: str = "store"
    redemption_codes: tuple[str, ...] = ()
    award: bool | None = None
    quiet: bool = False
    quote: str = ""
    gift_cards: tuple[tuple[str, int], ...] = ()
    awaits: str = ""


@dataclass(frozen=True, slots=True)
class EventOccurred(Event):
    """Something other than a purchase happened with a member: ``name`` is its word ("review", "check-in").

    ``key`` is its own number. ``award`` and ``quiet`` as of a purchase. ``referral_id``: it is a side's
    reward for a friend who was brought (``ledger.referring``).
    """

    kind: ClassVar[str] = "event"
    silent: ClassVar[frozenset[str]] = Event.silent | {"quiet", "award"}

    name: str = ""
    amount_minor: int = 0
    branch_id: int | None = None
    channel: str = ""
    award: bool | None = None
    quiet: bool = False
    referral_id: int = 0


@dataclass(frozen=True, slots=True)
class ReferralUndone(Event):
    """What a side of a referral was given is taken back (RULES 38). Happens when it is posted."""

    kind: ClassVar[str] = "unrefer"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    referral_id: int = 0
    side: Literal["bringer", "friend"] = "bringer"


@dataclass(frozen=True, slots=True)
class RefundMade(Event):
    """Goods or money came back. ``key`` is the refund number.

    The purchase is named by its source and order number. Either ``amount_minor`` alone (spread over the
    lines) or ``lines``: position → amount.
    """

    kind: ClassVar[str] = "refund"

    purchase_source: str = ""
    purchase_key: str = ""
    amount_minor: int | None = None
    lines: tuple[tuple[int, int], ...] = ()
    paid_as: str = "cash"


@dataclass(frozen=True, slots=True)
class RedemptionIssued(Event):
    """A member sets points aside: ``points`` for money off, or ``reward_code`` from the catalogue.

    Neither of the two asks for the most that the balance, the programme's cap and ``order_minor`` (the
    order it is meant for, where that is known) allow. ``minutes`` overrides how long the code lives.
    It happens when it is posted: its time is no part of its body.
    """

    kind: ClassVar[str] = "issue"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at", "minutes"}

    points: int | None = None
    order_minor: int | None = None
    reward_code: str = ""
    minutes: int | None = None
    branch_id: int | None = None


@dataclass(frozen=True, slots=True)
class RedemptionClosed(Event):
    """A reserved code ends: ``outcome`` is "used", "cancelled" or "expired".

    ``key`` names this attempt (a form's nonce, an Idempotency-Key): a retry with it has the first answer
    again, any other attempt on a closed code is refused with ``CodeSpent``. Happens when it is posted.
    """

    kind: ClassVar[str] = "close"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    code: str = ""
    outcome: str = "used"
    branch_id: int | None = None
    order_ref: str = ""
    partner_id: int | None = None


@dataclass(frozen=True, slots=True)
class GiftCardIssued(Event):
    """The shop sells or gives a gift card by hand: ``why`` is a ``GiftCardWhy``. Happens when it is posted.

    ``expires_on`` is its last day (None: without end), ``order_ref`` the order it was sold with.
    """

    kind: ClassVar[str] = "gift_card"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    value_minor: int = 0
    why: str = "sold"
    expires_on: date | None = None
    order_ref: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardEnded(Event):
    """What is left on a card is taken off for good: ``outcome`` is "cancelled" or "expired"."""

    kind: ClassVar[str] = "gift_end"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    code: str = ""
    outcome: str = "cancelled"


@dataclass(frozen=True, slots=True)
class PointsAdjusted(Event):
    """A person gives or takes points by hand, with a reason (RULES 44). Happens when it is posted."""

    kind: ClassVar[str] = "adjust"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}
    personal: ClassVar[frozenset[str]] = frozenset({"reason"})

    points: int = 0
    reason: str = ""
    expires: bool = True


@dataclass(frozen=True, slots=True)
class PointsExpired(Event):
    """Every lot of the member whose last day is over dies, and tiers whose year is over are renewed.

    It needs no key: what is dead already does not die again.
    """

    kind: ClassVar[str] = "expire"


@dataclass(frozen=True, slots=True)
class AwardsOpened(Event):
    """Points that waited become points to spend (RULES 11).

    Without a purchase: all of the member's whose day has come; it needs no key, what is open does not open
    again. With one: ``awaits`` happened ("delivered") to the purchase named by its source and order number.
    """

    kind: ClassVar[str] = "open"

    purchase_source: str = ""
    purchase_key: str = ""
    awaits: str = ""


@dataclass(frozen=True, slots=True)
class PointsOpened(Event):
    """A balance comes in from another system (RULES 47): points of one lot, stamps of one card, a tier.

    ``earned_on``: when the points were earned there (None = today). ``expires_on``: their last day there;
    None = what the programme says of points earned then, or never where ``expires`` is False.
    ``tier_until`` is the last day the tier is kept. It comes in when it is posted; nobody is told.
    """

    kind: ClassVar[str] = "opening"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at", "quiet"}

    points: int = 0
    earned_on: date | None = None
    expires_on: date | None = None
    expires: bool = True
    card: str = ""
    stamps: int = 0
    tier_code: str = ""
    tier_until: date | None = None
    quiet: bool = True


@dataclass(frozen=True, slots=True)
class MembersMerged(Event):
    """Two records are one person (RULES 42): ``absorbed_id`` goes into ``member_id``, which stays.

    It happens when it is posted; the member is told nothing.
    """

    kind: ClassVar[str] = "merge"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    absorbed_id: int = 0

    @property
    def whose(self) -> tuple[int, ...]:
        """The record that stays, and the one that goes into it."""
        return self.member_id, self.absorbed_id


@dataclass(frozen=True, slots=True)
class MergeUndone(Event):
    """A merge was a mistake (RULES 42): what is left of each lot goes back. ``member_id`` is the survivor."""

    kind: ClassVar[str] = "unmerge"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    merge_id: int = 0


@dataclass(frozen=True, slots=True)
class PointsDonated(Event):
    """A member gives points to a cause, for good (RULES 40). Happens when it is posted."""

    kind: ClassVar[str] = "donate"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    points: int = 0
    cause_code: str = ""


@dataclass(frozen=True, slots=True)
class PlaceTaken(Event):
    """A member signs up to an event: takes a place, or waits for one. Happens when it is posted."""

    kind: ClassVar[str] = "sign-up"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    event_code: str = ""


@dataclass(frozen=True, slots=True)
class PlaceMoved(Event):
    """A sign-up goes on: ``outcome`` is "left" (the member cancels), "given" (moves up) or "over".

    Over: the event ended, or was called off; what waits then, or was to go there, has its points back.
    """

    kind: ClassVar[str] = "place"
    silent: ClassVar[frozenset[str]] = Event.silent | {"occurred_at"}

    place_id: int = 0
    outcome: str = "left"


AnyEvent = (
    PurchaseMade
    | EventOccurred
    | ReferralUndone
    | RefundMade
    | RedemptionIssued
    | RedemptionClosed
    | GiftCardIssued
    | GiftCardEnded
    | PointsAdjusted
    | PointsExpired
    | AwardsOpened
    | PointsOpened
    | MembershipStarted
    | MembershipPaid
    | MembershipCancelled
    | FeeRefunded
    | MembersMerged
    | MergeUndone
    | PointsDonated
    | PlaceTaken
    | PlaceMoved
    | ContestWon
)


def body(event: AnyEvent) -> dict[str, Any]:
    """Return the content of ``event`` that a repetition must share, as JSON values.

    Left out: who brought it, how loudly, a time nobody said, and whatever has its default, so that a
    field added later changes no hash.
    """
    said = _said(event, _spoken(cast(Any, type(event))))
    if event.stamped:
        said.pop("occurred_at", None)
    return said


def _said(value: Any, spoken: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, default in spoken.items():
        found = getattr(value, name)
        if found != default:
            said[name] = found if type(found) in (str, int) else _plain(found)
    return said


def _plain(value: Any) -> Any:
    """Return ``value`` in one spelling: instants in UTC, tuples as lists, lines as objects."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _said(value, _spoken(LineItem)) if isinstance(value, LineItem) else value


@lru_cache(maxsize=16)
def _spoken(made: Hashable) -> dict[str, Any]:
    """Return the fields of a class that count, with their defaults."""
    silent = getattr(made, "silent", ())
    return {
        place.name: None if place.default is MISSING else place.default
        for place in fields(cast(Any, made))
        if place.name not in silent
    }
