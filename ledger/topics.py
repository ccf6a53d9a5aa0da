"""The news of the books: what the outbox carries up. A payload names the rows of its posting by id."""

POINTS_EARNED = "points.earned"
POINTS_CLAWED_BACK = "points.clawed_back"
POINTS_EXPIRED = "points.expired"
POINTS_ACTIVATED = "points.activated"
TIER_CHANGED = "tier.changed"
REDEMPTION_ISSUED = "redemption.issued"
REDEMPTION_USED = "redemption.used"
REDEMPTION_CANCELLED = "redemption.cancelled"
REDEMPTION_EXPIRED = "redemption.expired"
POINTS_DONATED = "points.donated"
PLACE_TAKEN = "place.taken"
PLACE_AWAITED = "place.awaited"
PLACE_GIVEN = "place.given"
PLACE_LEFT = "place.left"
PLACE_CALLED_OFF = "place.called_off"
RECORDS_MERGED = "records.merged"
RECORDS_PARTED = "records.parted"
REFERRAL_JOINED = "referral.joined"
REFERRAL_REWARDED = "referral.rewarded"
ORDER_REFUNDED = "order.refunded"
PURCHASES_IMPORTED = "purchases.imported"
BOOKS_PROVED = "books.proved"
CARD_FILLED = "card.filled"
CHALLENGE_REACHED = "challenge.reached"
CONTEST_WON = "contest.won"
BADGE_WON = "badge.won"
VOUCHER_GIVEN = "voucher.given"
MEMBERSHIP_STARTED = "membership.started"
MEMBERSHIP_RENEWED = "membership.renewed"
MEMBERSHIP_CANCELLED = "membership.cancelled"
MEMBERSHIP_UNPAID = "membership.unpaid"
MEMBERSHIP_ENDED = "membership.ended"

ALL = frozenset(
    {POINTS_EARNED, POINTS_CLAWED_BACK, POINTS_EXPIRED, TIER_CHANGED, PURCHASES_IMPORTED, POINTS_ACTIVATED}
    | {POINTS_DONATED, PLACE_TAKEN, PLACE_AWAITED, PLACE_GIVEN, PLACE_LEFT, PLACE_CALLED_OFF}
    | {REFERRAL_JOINED, REFERRAL_REWARDED, ORDER_REFUNDED}
    | {MEMBERSHIP_STARTED, MEMBERSHIP_RENEWED, MEMBERSHIP_CANCELLED, MEMBERSHIP_UNPAID, MEMBERSHIP_ENDED}
    | {CARD_FILLED, CHALLENGE_REACHED, CONTEST_WON, BADGE_WON, VOUCHER_GIVEN}
    | {BOOKS_PROVED, RECORDS_MERGED, RECORDS_PARTED}
    | {REDEMPTION_ISSUED, REDEMPTION_USED, REDEMPTION_CANCELLED, REDEMPTION_EXPIRED}
)
