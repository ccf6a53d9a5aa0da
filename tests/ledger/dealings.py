"""Every kind of event, in every shape that once asked the database more than once: what comes before it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from accounts.models import Member
from ledger.events import (
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
from ledger.posting import post
from ledger.quoting import sign
from ledger.receipt import Receipt
from programs.models import AudienceMember, Programme
from tests.ledger.books import Books
from tests.ledger.card_deals import (
    a_card_ends,
    a_card_is_sold,
    a_limited_reward,
    a_reward,
    begun_by_its_code,
    paid_with_cards,
    refund_to_a_card,
)
from tests.ledger.giving_deals import (
    GIVING,
    a_gift,
    a_partners_voucher,
    a_place_left,
    a_sale_that_gives,
    a_sign_up,
    a_voucher_honoured,
)
from tests.ledger.goal_deals import COLLECTING, a_prize, refund_of_stamps, stamps_brought_along
from tests.ledger.merged import merge
from tests.ledger.people_deals import (
    Deal,
    a_fee_is_given_back,
    a_fee_is_paid,
    a_member_cancels,
    a_trial_begins,
    merging,
    merging_debts,
    rewarding,
    second,
    taking_back,
    undoing,
    undoing_debts,
)

Prepare = Callable[[Books], Deal]


def paid_with(codes: int) -> Prepare:
    def prepared(books: Books) -> Deal:
        drawn = tuple(books.issue(500).code for _code in range(codes))
        return lambda: books.buy(200_00, redemption_codes=drawn)

    return prepared


def late(books: Books) -> Deal:
    at = books.now
    books.wait(days=3)
    books.earn(10)
    return lambda: books.buy(1000, at=at)


def of_a_pilot(books: Books) -> Deal:
    Programme.objects.update(state="pilot")
    place = {"merchant": books.merchant, "audience": "pilot", "member": books.member}
    AudienceMember.objects.get_or_create(**place, defaults={"since": books.now})
    books.earn(10)
    return lambda: books.earn(10)


def after_a_tiers_year(books: Books) -> Deal:
    books.earn(30_000)
    books.wait(days=800)
    return lambda: books.buy(1000)


def near_a_birthday(books: Books) -> Deal:
    Member.objects.filter(pk=books.member.pk).update(birthday=books.now.date())
    return lambda: books.buy(1000)


def as_quoted(books: Books) -> Deal:
    token = sign(books.order(90_00), now=books.now).token
    return lambda: books.buy(90_00, quote=token)


def as_quoted_to_a_record_that_was_merged(books: Books) -> Deal:
    other = second(books)
    token = sign(other.order(90_00), now=other.now).token
    merge(books, other)
    return lambda: books.buy(90_00, quote=token)


def refund_by_amount(books: Books) -> Deal:
    key = f"refunded-{next(books.numbers)}"
    books.buy(90_00, 20_00, key=key)
    return lambda: books.refund(key, 30_00)


def refund_by_lines(books: Books) -> Deal:
    key = f"refunded-{next(books.numbers)}"
    books.buy(90_00, 20_00, key=key)
    books.refund(key, lines={1: 10_00})
    return lambda: books.refund(key, lines={1: 30_00, 2: 20_00})


def refund_of_codes(books: Books) -> Deal:
    """Two codes paid; a first refund has brought some of their points back."""
    key = f"refunded-{next(books.numbers)}"
    codes = tuple(books.issue(500).code for _code in range(2))
    books.buy(200_00, key=key, redemption_codes=codes)
    books.refund(key, 50_00)
    return lambda: books.refund(key, 100_00)


def refund_of_what_made_a_tier(books: Books) -> Deal:
    key = f"refunded-{next(books.numbers)}"
    books.buy(1600_00, key=key)
    return lambda: books.refund(key, 1500_00)


def refund_of_a_merged_records_order(books: Books) -> Deal:
    other = second(books)
    merge(books, other)
    return lambda: books.refund(f"theirs-{other.member.pk}", 30_00)


def closing(outcome: str) -> Prepare:
    def prepared(books: Books) -> Deal:
        code = books.issue(500, minutes=5 if outcome == "expired" else None).code
        books.wait(minutes=6 if outcome == "expired" else 0)
        return lambda: books.close(code, outcome)

    return prepared


def closing_a_merged_records_code(books: Books) -> Deal:
    other = second(books)
    other.adjust(900)
    code = other.issue(500).code
    merge(books, other)
    return lambda: books.close(code, "cancelled")


def a_tiers_year_passes(books: Books) -> Deal:
    books.buy(1600_00, award=False)
    books.wait(days=800)
    return books.pass_time


def opened(books: Books, **facts: Any) -> Receipt:
    said = books.said("open", None, None) | ({} if facts else {"key": ""})
    return post(AwardsOpened(**said, **facts), now=books.now)


def points_open_by_time(books: Books) -> Deal:
    books.earn(40)
    books.wait(days=31)
    return lambda: opened(books)


def points_open_by_event(books: Books) -> Deal:
    key = f"delivered-{next(books.numbers)}"
    books.buy(40_00, key=key)
    return lambda: opened(books, purchase_source="till", purchase_key=key, awaits="delivered")


def brought_along(**facts: Any) -> Prepare:
    def prepared(books: Books) -> Deal:
        event = PointsOpened(**books.said("brought", None, None), **facts)
        return lambda: post(event, now=books.now)

    return prepared


class Dealing(NamedTuple):
    """A kind of event, what comes before it, and the terms it needs."""

    kind: type[Any]
    prepare: Prepare
    terms: dict[str, Any] = {}


def something_happens(books: Books) -> Deal:
    event = EventOccurred(**books.said("review", None, None), name="review")
    return lambda: post(event, now=books.now)


DEMANDING: dict[str, Any] = {
    "rule": {"segments": ["regulars"], "occasions": ["ramadan"], "nth_purchase": 5},
    "caps": [
        {"scope": "member", "period": "month", "points": 100_000},
        {"scope": "all", "period": "year", "points": 1_000_000},
    ],
}
"""Terms that ask all that terms can ask."""


REVIEWED = DEMANDING | {
    "rule": {"kind": "fixed", "points": 50, "trigger": "review", "segments": ["regulars"]}
}


BEFRIENDED: dict[str, Any] = {"referral": {"bringer_points": 100, "friend_points": 50}}


AWAITED = {"hold": "event", "hold_event": "delivered"}


SUBSCRIBED: dict[str, Any] = {"plan": {"fee_earns": True}}


DEALINGS: dict[str, Dealing] = {
    "a gift to a cause": Dealing(PointsDonated, a_gift, GIVING),
    "a sale that gives a share": Dealing(PurchaseMade, a_sale_that_gives, GIVING),
    "a sign-up to an event": Dealing(PlaceTaken, a_sign_up),
    "a place that is left": Dealing(PlaceMoved, a_place_left),
    "a partner's voucher": Dealing(RedemptionIssued, a_partners_voucher),
    "a voucher that a partner honours": Dealing(RedemptionClosed, a_voucher_honoured),
    "a sale that fills a card": Dealing(PurchaseMade, lambda books: lambda: books.buy(1000), COLLECTING),
    "an event that is a stamp": Dealing(EventOccurred, something_happens, COLLECTING),
    "a refund that takes stamps": Dealing(RefundMade, refund_of_stamps, COLLECTING),
    "a prize of a contest": Dealing(ContestWon, a_prize, COLLECTING),
    "stamps brought along": Dealing(PointsOpened, stamps_brought_along, COLLECTING),
    "a merge of stamps": Dealing(MembersMerged, merging, COLLECTING),
    "a merge of stamps undone": Dealing(MergeUndone, undoing, COLLECTING),
    "a sale": Dealing(PurchaseMade, lambda books: lambda: books.buy(1000)),
    "a sale that is told late": Dealing(PurchaseMade, late),
    "a sale paid with a code": Dealing(PurchaseMade, paid_with(1)),
    "a sale paid with two codes": Dealing(PurchaseMade, paid_with(2)),
    "a sale of a pilot": Dealing(PurchaseMade, of_a_pilot),
    "a sale after a tier's year": Dealing(PurchaseMade, after_a_tiers_year),
    "a sale near a birthday": Dealing(PurchaseMade, near_a_birthday),
    "a sale as it was quoted": Dealing(PurchaseMade, as_quoted),
    "a sale as quoted to a merged record": Dealing(PurchaseMade, as_quoted_to_a_record_that_was_merged),
    "a sale under terms that ask much": Dealing(
        PurchaseMade, lambda books: lambda: books.buy(1000), DEMANDING
    ),
    "something else happens": Dealing(EventOccurred, something_happens),
    "something happens that earns": Dealing(EventOccurred, something_happens, REVIEWED),
    "a friend is rewarded": Dealing(EventOccurred, rewarding, BEFRIENDED),
    "a friend's reward is taken back": Dealing(ReferralUndone, taking_back, BEFRIENDED),
    "a refund where friends are rewarded": Dealing(RefundMade, refund_by_amount, BEFRIENDED),
    "a refund under terms that ask much": Dealing(RefundMade, refund_by_amount, DEMANDING),
    "a sale where tiers count points": Dealing(
        PurchaseMade, lambda books: lambda: books.buy(1000), {"tier_basis": "points"}
    ),
    "a late sale where tiers count points": Dealing(PurchaseMade, late, {"tier_basis": "points"}),
    "a refund where tiers count points": Dealing(RefundMade, refund_by_amount, {"tier_basis": "points"}),
    "a refund by its amount": Dealing(RefundMade, refund_by_amount),
    "a refund by its lines": Dealing(RefundMade, refund_by_lines),
    "a refund of codes": Dealing(RefundMade, refund_of_codes),
    "a refund of what made a tier": Dealing(RefundMade, refund_of_what_made_a_tier),
    "a refund of a merged record's order": Dealing(RefundMade, refund_of_a_merged_records_order),
    "points for money off": Dealing(RedemptionIssued, lambda books: lambda: books.issue(500)),
    "a reward by its name": Dealing(RedemptionIssued, a_reward),
    "a reward that asks much": Dealing(RedemptionIssued, a_limited_reward),
    "a gift card sold": Dealing(GiftCardIssued, a_card_is_sold),
    "a gift card ended": Dealing(GiftCardEnded, a_card_ends),
    "a sale paid with gift cards": Dealing(PurchaseMade, paid_with_cards),
    "a refund to a gift card": Dealing(RefundMade, refund_to_a_card),
    "a gift card begun by its code": Dealing(RedemptionClosed, begun_by_its_code("gift_card")),
    "an upgrade begun by its code": Dealing(RedemptionClosed, begun_by_its_code("upgrade")),
    "a code used": Dealing(RedemptionClosed, closing("used")),
    "a code given back": Dealing(RedemptionClosed, closing("cancelled")),
    "a code run out": Dealing(RedemptionClosed, closing("expired")),
    "a merged record's code given back": Dealing(RedemptionClosed, closing_a_merged_records_code),
    "a trial begins": Dealing(MembershipStarted, a_trial_begins, SUBSCRIBED),
    "a fee is paid": Dealing(MembershipPaid, a_fee_is_paid, SUBSCRIBED),
    "a sale where plans count": Dealing(PurchaseMade, lambda books: lambda: books.buy(1000), SUBSCRIBED),
    "a membership is cancelled": Dealing(MembershipCancelled, a_member_cancels, SUBSCRIBED),
    "a fee is given back": Dealing(FeeRefunded, a_fee_is_given_back, SUBSCRIBED),
    "points by hand": Dealing(PointsAdjusted, lambda books: lambda: books.adjust(5)),
    "points taken by hand": Dealing(PointsAdjusted, lambda books: lambda: books.adjust(-5)),
    "a tier's year passes": Dealing(PointsExpired, a_tiers_year_passes),
    "waiting points open by time": Dealing(
        AwardsOpened, points_open_by_time, {"hold": "days", "hold_days": 30}
    ),
    "waiting points open by an event": Dealing(AwardsOpened, points_open_by_event, AWAITED),
    "points brought along": Dealing(PointsOpened, brought_along(points=40)),
    "a tier brought along": Dealing(PointsOpened, brought_along(tier_code="gold")),
    "a merge": Dealing(MembersMerged, merging),
    "a merge of a debt": Dealing(MembersMerged, merging_debts),
    "a merge undone": Dealing(MergeUndone, undoing),
    "a merge of a debt undone": Dealing(MergeUndone, undoing_debts),
}
