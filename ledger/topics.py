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
RECORDS_MERGED = "records.merged"
RECORDS_PARTED = "records.parted"
PURCHASES_IMPORTED = "purchases.imported"
BOOKS_PROVED = "books.proved"

ALL = frozenset(
    {POINTS_EARNED, POINTS_CLAWED_BACK, POINTS_EXPIRED, TIER_CHANGED, PURCHASES_IMPORTED, POINTS_ACTIVATED}
    | {BOOKS_PROVED, RECORDS_MERGED, RECORDS_PARTED}
    | {REDEMPTION_ISSUED, REDEMPTION_USED, REDEMPTION_CANCELLED, REDEMPTION_EXPIRED}
)
