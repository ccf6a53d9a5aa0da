"""What an event must be like before anything is read: one place for amounts, times and names."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils.text import slugify

from accounts.errors import AmountNegative, AmountTooLarge, Invalid
from accounts.money import MAX_MINOR
from ledger.context import Context
from ledger.errors import BeforeTime, InTheFuture, SameRecord, WrongCurrency
from ledger.event import LineItem
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    EventOccurred,
    GiftCardEnded,
    GiftCardIssued,
    MembersMerged,
    PlaceMoved,
    PlaceTaken,
    PointsAdjusted,
    PointsDonated,
    PointsExpired,
    PointsOpened,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
    RefundMade,
)
from ledger.events_of_fees import FeeRefunded, MembershipPaid, MembershipStarted
from ledger.models.gift_cards import GiftCardWhy
from ledger.models.memberships import PaymentMethod
from ledger.models.purchases import LineKind, PaidAs
from ledger.models.redemptions import RedemptionState
from programs.terms import PURCHASE

LONGEST_KEY: Final = 64
LONGEST_SOURCE: Final = 20
LONGEST_CHANNEL: Final = 20
LONGEST_ACTOR: Final = 60
LONGEST_REASON: Final = 300
LONGEST_CATEGORY: Final = 60
LONGEST_SKU: Final = 64
LONGEST_EVENT: Final = 40
LONGEST_WORD: Final = 20
LONGEST_QUOTE: Final = 32
LONGEST_NAME: Final = 120
MOST_OF_ONE: Final = 1_000_000
MOST_MINUTES: Final = 366 * 24 * 60
MOST_LINES: Final = 500
MOST_CARDS: Final = 5
MOST_POINTS: Final = 10**9
MOST_STAMPS: Final = 10_000
LATEST_YEAR: Final = 2200
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER_BY: Final = timedelta(minutes=5)
REFERRED: Final = frozenset({"referral", "referred"})
KINDS: Final = frozenset(LineKind.values)
PAID_AS: Final = frozenset(PaidAs.values)
METHODS: Final = frozenset(PaymentMethod.values)
LONGEST_PLAN: Final = 40
LONGEST_PROVIDER_ID: Final = 64
BY_HAND: Final = frozenset(GiftCardWhy.values) - {GiftCardWhy.REWARD}
ENDS: Final = frozenset({"cancelled", "expired"})
PLACE_OUTCOMES: Final = frozenset({"left", "given", "over"})
OUTCOMES: Final = frozenset(RedemptionState.values) - {RedemptionState.RESERVED}


def validate(event: AnyEvent, *, now: datetime) -> None:
    """Refuse what cannot be, whoever the member is. Raises leaves of ``Invalid``; the time comes last."""
    _check_text(event.source, "source", LONGEST_SOURCE)
    if not _fits(event.actor, LONGEST_ACTOR):
        raise Invalid(field="actor")
    if not _needs_no_key(event):
        _check_text(event.key, "key", LONGEST_KEY)
    check: Callable[[Any], None] | None = _CHECKS.get(type(event))
    if check is not None:
        check(event)
    _check_time(event.occurred_at, now)


def _check_purchase(event: PurchaseMade) -> None:
    _check_text(event.channel, "channel", LONGEST_CHANNEL)
    _check_lines(event.lines)
    if not _fits(event.quote, LONGEST_QUOTE):
        raise Invalid(field="quote")
    if not _fits(event.awaits, LONGEST_WORD):
        raise Invalid(field="awaits")
    codes = [code for code, _amount_minor in event.gift_cards]
    if len(set(codes)) != len(codes) or len(codes) > MOST_CARDS or any("," in code for code in codes):
        raise Invalid(field="gift_cards")
    if not all(0 <= amount_minor <= MAX_MINOR for _code, amount_minor in event.gift_cards):
        raise Invalid(field="gift_cards")


def _check_gift_card(event: GiftCardIssued) -> None:
    check_amount(event.value_minor, "amount")
    if event.why not in BY_HAND:
        raise Invalid(field="why")
    first, last = event.occurred_at.date() - timedelta(1), event.expires_on
    if last is not None and not (first <= last and last.year <= LATEST_YEAR):
        raise Invalid(field="expires_on")
    if not _fits(event.order_ref, LONGEST_KEY):
        raise Invalid(field="order_ref")


def _check_event(event: EventOccurred) -> None:
    """An event has a name, which is no purchase's; what it was worth is never below nothing."""
    _check_text(event.name, "name", LONGEST_EVENT)
    if event.name == PURCHASE or slugify(event.name) != event.name:
        raise Invalid(field="name")
    if not _fits(event.channel, LONGEST_CHANNEL):
        raise Invalid(field="channel")
    if event.amount_minor:
        check_amount(event.amount_minor, "amount")
    if event.referral_id and event.name not in REFERRED:
        raise Invalid(field="name")


def _check_fee(event: MembershipPaid) -> None:
    """A fee is of a plan, above nothing, and paid in a way we know."""
    _check_text(event.plan, "plan", LONGEST_PLAN)
    check_amount(event.amount_minor, "amount")
    if event.method not in METHODS:
        raise Invalid(field="method")
    if not _fits(event.provider_id, LONGEST_PROVIDER_ID):
        raise Invalid(field="provider_id")


def _check_happening(event: AwardsOpened) -> None:
    if not _fits(event.awaits, LONGEST_WORD) or bool(event.awaits) != bool(event.purchase_key):
        raise Invalid(field="event")


def _needs_no_key(event: AnyEvent) -> bool:
    """What time does: doing it twice changes nothing."""
    return isinstance(event, PointsExpired) or (isinstance(event, AwardsOpened) and not event.purchase_key)


def validate_in(event: AnyEvent, context: Context) -> None:
    """Refuse what does not fit this merchant. Raises ``WrongCurrency``."""
    if isinstance(event, PurchaseMade | MembershipPaid) and event.currency != context.merchant.currency:
        raise WrongCurrency(field="currency", currency=context.merchant.currency)


def check_amount(amount_minor: int, field: str) -> None:
    """Refuse an amount that is not above zero or beyond what one input may carry."""
    if amount_minor <= 0:
        raise AmountNegative(field=field) if amount_minor < 0 else Invalid(field=field)
    if amount_minor > MAX_MINOR:
        raise AmountTooLarge(field=field)


def _check_time(moment: datetime, now: datetime) -> None:
    if moment.tzinfo is None:
        raise Invalid(field="occurred_at")
    if moment > now + CLOCKS_DIFFER_BY:
        raise InTheFuture(field="occurred_at")
    if moment < EARLIEST:
        raise BeforeTime(field="occurred_at")


def _check_text(text: str, field: str, longest: int) -> None:
    if not text.strip() or not _fits(text, longest):
        raise Invalid(field=field)


def _fits(text: str, longest: int) -> bool:
    """Whether a column of ``longest`` characters takes the text; PostgreSQL takes no NUL."""
    return len(text) <= longest and "\x00" not in text


def _check_lines(lines: tuple[LineItem, ...]) -> None:
    if not 0 < len(lines) <= MOST_LINES:
        raise Invalid(field="lines")
    for line in lines:
        if line.amount_minor < 0:
            raise AmountNegative(field="lines")
        if line.kind not in KINDS or not 0 < line.quantity <= MOST_OF_ONE:
            raise Invalid(field="lines")
        if not (_fits(line.category, LONGEST_CATEGORY) and _fits(line.name, LONGEST_NAME)):
            raise Invalid(field="lines")
        if not _fits(line.sku, LONGEST_SKU):
            raise Invalid(field="lines")
    check_amount(sum(line.amount_minor for line in lines), "amount")


def _check_refund(event: RefundMade) -> None:
    if bool(event.lines) == (event.amount_minor is not None):
        raise Invalid(field="amount")
    if event.amount_minor is not None:
        check_amount(event.amount_minor, "amount")
    if event.paid_as not in PAID_AS:
        raise Invalid(field="paid_as")
    positions = [position for position, _amount in event.lines]
    if len(set(positions)) != len(positions):
        raise Invalid(field="lines")
    for _position, amount_minor in event.lines:
        check_amount(amount_minor, "lines")


def _check_issue(event: RedemptionIssued) -> None:
    if event.reward_code and event.points is not None:
        raise Invalid(field="points")
    if event.points is not None and not 0 < event.points <= MOST_POINTS:
        raise Invalid(field="points")
    if event.order_minor is not None:
        check_amount(event.order_minor, "order_minor")
    if event.minutes is not None and not 0 < event.minutes <= MOST_MINUTES:
        raise Invalid(field="minutes")


def _check_close(event: RedemptionClosed) -> None:
    if event.outcome not in OUTCOMES:
        raise Invalid(field="outcome")
    if not _fits(event.order_ref, LONGEST_KEY):
        raise Invalid(field="order_ref")


def _check_opening(event: PointsOpened) -> None:
    if not 0 <= event.points <= MOST_POINTS:
        raise Invalid(field="points")
    if not 0 <= event.stamps <= MOST_STAMPS:
        raise Invalid(field="stamps")
    if not _fits(event.card, LONGEST_CATEGORY):
        raise Invalid(field="card")
    earned_on, expires_on = event.earned_on, event.expires_on
    if earned_on is not None and not EARLIEST.date() <= earned_on <= event.occurred_at.date() + timedelta(1):
        raise Invalid(field="earned_on")
    if expires_on is not None and (expires_on.year > LATEST_YEAR or (earned_on and expires_on < earned_on)):
        raise Invalid(field="expires_on")
    if event.tier_until is not None and event.tier_until.year > LATEST_YEAR:
        raise Invalid(field="tier_until")


def _check_gift(event: PointsDonated) -> None:
    if not 0 < event.points <= MOST_POINTS:
        raise Invalid(field="points")
    _check_text(event.cause_code, "cause", LONGEST_EVENT)


def _check_adjustment(event: PointsAdjusted) -> None:
    if not 0 < abs(event.points) <= MOST_POINTS:
        raise Invalid(field="points")
    _check_text(event.reason, "reason", LONGEST_REASON)
    _check_text(event.actor, "actor", LONGEST_ACTOR)


def _check_outcome_of_card(event: GiftCardEnded) -> None:
    if event.outcome not in ENDS:
        raise Invalid(field="outcome")


def _check_place(event: PlaceTaken) -> None:
    _check_text(event.event_code, "event", LONGEST_EVENT)


def _check_outcome_of_place(event: PlaceMoved) -> None:
    if event.outcome not in PLACE_OUTCOMES:
        raise Invalid(field="outcome")


def _check_plan(event: MembershipStarted) -> None:
    _check_text(event.plan, "plan", LONGEST_PLAN)


def _check_fee_back(event: FeeRefunded) -> None:
    _check_text(event.fee_source, "payment", LONGEST_SOURCE)
    _check_text(event.fee_key, "payment", LONGEST_KEY)


def _check_merge(event: MembersMerged) -> None:
    if event.absorbed_id == event.member_id:
        raise SameRecord(field="absorbed")


_CHECKS: Final[dict[type[Any], Callable[[Any], None]]] = {
    PurchaseMade: _check_purchase,
    EventOccurred: _check_event,
    RefundMade: _check_refund,
    RedemptionIssued: _check_issue,
    RedemptionClosed: _check_close,
    GiftCardIssued: _check_gift_card,
    GiftCardEnded: _check_outcome_of_card,
    AwardsOpened: _check_happening,
    PointsAdjusted: _check_adjustment,
    PointsOpened: _check_opening,
    PointsDonated: _check_gift,
    PlaceTaken: _check_place,
    PlaceMoved: _check_outcome_of_place,
    MembershipStarted: _check_plan,
    MembershipPaid: _check_fee,
    FeeRefunded: _check_fee_back,
    MembersMerged: _check_merge,
}
