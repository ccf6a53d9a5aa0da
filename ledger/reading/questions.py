"""What is asked before an event is planned: one statement on PostgreSQL, whatever the event.

Everything most events of a kind need is asked at once, whether or not this one will look at it: an answer
without rows costs less than a further way to the database. What was last seen of a merchant says what else
may matter: from which day spend counts, whether points wait, whether birthdays give a bonus, whether only a
pilot earns. That is a guess: where it was wrong, and of a merchant that is new to this process, all is asked
once more.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from accounts.asking import Question, ask
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    EventOccurred,
    GiftCardEnded,
    GiftCardIssued,
    MembersMerged,
    MergeUndone,
    PlaceMoved,
    PlaceTaken,
    PointsAdjusted,
    PointsDonated,
    PointsExpired,
    PointsOpened,
    PurchaseMade,
    RedemptionClosed,
    RedemptionIssued,
    ReferralUndone,
    RefundMade,
)
from ledger.events_of_contests import ContestWon
from ledger.events_of_fees import FeeRefunded, MembershipCancelled, MembershipPaid, MembershipStarted
from ledger.reading import (
    for_causes,
    for_goals,
    for_merging,
    for_places,
    for_plans,
    for_quotes,
    for_referrals,
    for_refunds,
    for_rewards,
    for_rules,
    for_time,
    of_member,
)
from ledger.reading.along import KNOWN, Along, Seen
from ledger.reading.params import values_of
from programs.calendars import business_date
from programs.terms import Terms, TierBasis
from programs.tiering import window_start

Said = TypeVar("Said", bound=AnyEvent)


class Asked(NamedTuple):
    """What is asked, and what only rules ask; since when spend is summed up, by which zone days are told."""

    questions: tuple[Question, ...]
    by_rules: tuple[Question, ...]
    since: date | None
    zone: str


def look(event: AnyEvent, now: datetime) -> Along:
    """Read what ``event`` will ask of its member, and its key, at one moment."""
    guess = KNOWN.get(event.merchant_id)
    asked = _asked(event, guess)
    found = _answered(asked, event, now)
    if found.seen is None or found.key is not None:
        return found
    KNOWN[event.merchant_id] = found.seen
    if found.seen == guess and not found.waits:
        return found
    better = _asked(event, found.seen, waits=found.waits)
    return found if better == asked else _answered(better, event, now)


def find(event: Said, now: datetime) -> tuple[Said, Along]:
    """Read the same of whoever stands for the member today, and say it of them (RULES 42).

    A merge names two records that stand, each for itself.
    """
    along = look(event, now)
    head_id = along.member.merged_into_id if along.member else None
    if head_id is None or along.key is not None or len(event.whose) > 1:
        return event, along
    event = replace(event, member_id=head_id)
    return event, look(event, now)


def _answered(asked: Asked, event: AnyEvent, now: datetime) -> Along:
    values = values_of(event, now, since=asked.since, zone=asked.zone) | for_referrals.values_of(event)
    if asked.by_rules:
        values |= for_rules.values_of(event, asked.zone)
    answers = ask((*asked.questions, *asked.by_rules), values)
    return Along(answers, event.merchant_id, has_rules=bool(asked.by_rules))


def _asked(event: AnyEvent, seen: Seen | None, *, waits: bool = False) -> Asked:
    """What such an event asks of a merchant like this."""
    terms = seen.promises.nearest(event.occurred_at) if seen else None
    basis = terms.tier_basis if terms else "spend"
    since = _since(event, terms)
    waiting = waits or (seen is not None and any(terms.hold != "none" for terms in seen.promises.terms))
    questions = (*_always(basis)[type(event)], *_named(event, terms), *_of_earning(event, seen, since, basis))
    if waiting:
        questions = (*questions, for_time.WAITING)
    if seen is not None:
        questions = (*questions, *for_goals.questions_of(event, seen.promises))
        questions = (*questions, *for_places.of_voucher(event, seen.promises))
    by_rules = tuple(for_rules.questions_of(event, terms))
    asks_day = bool(waiting or by_rules or getattr(event, "reward_code", ""))
    zone = seen.zone if seen and asks_day else "UTC"
    return Asked(questions, by_rules, since, zone)


def _named(event: AnyEvent, terms: Terms | None) -> Iterator[Question]:
    """What only an event asks that names more."""
    if isinstance(event, PurchaseMade) and event.redemption_codes:
        yield of_member.REDEMPTION if len(event.redemption_codes) == 1 else of_member.REDEMPTIONS_NAMED
    if isinstance(event, PurchaseMade) and event.quote:
        yield for_quotes.QUOTED
    if for_rewards.names_cards(event):
        yield for_rewards.GIFT_CARDS
    if isinstance(event, EventOccurred) and event.referral_id:
        yield from for_referrals.OF_REWARD
    if isinstance(event, RedemptionIssued) and event.reward_code:
        yield for_rewards.NAMED_REWARD
        if terms and terms.plans:
            yield for_plans.MEMBERSHIPS
        if terms and event.reward_code in terms.partner_rewards:
            yield for_causes.NAMED_OFFER
    if isinstance(event, AwardsOpened) and event.purchase_key:
        yield of_member.PURCHASE


def _of_earning(
    event: AnyEvent, seen: Seen | None, since: date | None, basis: TierBasis
) -> Iterator[Question]:
    """What only a purchase or another event asks that may earn, and only of a merchant whose terms care."""
    if not isinstance(event, PurchaseMade | EventOccurred) or seen is None:
        return
    if since is not None:
        yield of_member.SPENT[basis]
    if isinstance(event, PurchaseMade) and any(terms.birthday_rules for terms in seen.promises.terms):
        yield of_member.BONUSES
        yield for_quotes.KEPT
    if seen.knows_pilot:
        yield of_member.PILOT


def _since(event: AnyEvent, terms: Terms | None) -> date | None:
    """The day from which a purchase's tiers will count, by the terms that were last seen of the merchant."""
    if terms is None or not isinstance(event, PurchaseMade):
        return None
    return window_start(business_date(event.occurred_at, terms.zone), terms)


@lru_cache(maxsize=8)
def _always(basis: TierBasis) -> dict[type[Any], tuple[Question, ...]]:
    """What every event of a kind asks, its orders counted as the merchant's tiers count them."""
    return {
        kind: tuple(of_member.counted_by(question, basis) for question in questions)
        for kind, questions in _QUESTIONS.items()
    }


_QUESTIONS: Final[dict[type[Any], tuple[Question, ...]]] = {
    PurchaseMade: (*of_member.COMMON, of_member.DYING_LOTS, of_member.UNUSUAL_ORDERS),
    EventOccurred: (*of_member.COMMON, of_member.DYING_LOTS),
    ReferralUndone: (*of_member.COMMON, *for_referrals.OF_UNDOING),
    RefundMade: (*of_member.COMMON, *for_refunds.QUESTIONS),
    RedemptionIssued: (*of_member.COMMON, of_member.OPEN_LOTS),
    RedemptionClosed: (
        *(*of_member.COMMON, of_member.DYING_LOTS),
        *(of_member.REDEMPTION, *of_member.RETURNING),
    ),
    GiftCardIssued: (*of_member.COMMON, of_member.DYING_LOTS),
    GiftCardEnded: (*of_member.COMMON, of_member.DYING_LOTS),
    PointsAdjusted: (*of_member.COMMON, of_member.OPEN_LOTS),
    PointsExpired: (*of_member.COMMON, of_member.DYING_LOTS, of_member.UNUSUAL_ORDERS),
    AwardsOpened: (*of_member.COMMON, of_member.DYING_LOTS),
    PointsOpened: (*of_member.COMMON, of_member.DYING_LOTS, of_member.UNUSUAL_ORDERS),
    MembershipStarted: (*of_member.COMMON, of_member.DYING_LOTS, for_plans.MEMBERSHIPS),
    MembershipPaid: (*of_member.COMMON, of_member.DYING_LOTS, for_plans.MEMBERSHIPS),
    MembershipCancelled: (*of_member.COMMON, of_member.DYING_LOTS, for_plans.MEMBERSHIPS),
    FeeRefunded: (*of_member.COMMON, of_member.OPEN_LOTS, for_plans.MEMBERSHIPS, for_plans.FEE),
    PointsDonated: (*of_member.COMMON, of_member.OPEN_LOTS, for_causes.NAMED_CAUSE),
    PlaceTaken: (*of_member.COMMON, of_member.OPEN_LOTS, *for_places.OF_SIGN_UP),
    ContestWon: (*of_member.COMMON, of_member.DYING_LOTS),
    PlaceMoved: (*of_member.COMMON, of_member.DYING_LOTS, *for_places.OF_PLACE),
    MembersMerged: (*of_member.COMMON, of_member.OPEN_LOTS, *for_merging.OF_MERGE),
    MergeUndone: (*of_member.COMMON, of_member.OPEN_LOTS, *for_merging.OF_UNDO),
}
