"""Who hears which news: one dictionary, topic → handlers, checked for completeness when it is imported.

A topic nobody needs yet is listed with no handler, so that "nobody" is a decision and not an oversight.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.core.exceptions import ImproperlyConfigured

import accounts.topics
import analytics.topics
import campaigns.topics
import ledger.topics
from accounts.outbox import Handler, Sieve
from analytics.handlers import forget_old_scores, forget_scores, learn_from_import
from campaigns import handlers
from campaigns.webhooks import switching, telling
from ledger.forgetting import forget_in_books
from ledger.joining import reward_joining, reward_profile
from ledger.places.filling import fill_after
from ledger.referrals import note_referral, reconsider_order, reconsider_person
from ledger.seals.head_letters import tell_owners
from ledger.shops.claiming import claim_orders
from loyalty_site.forgetting import forget_on_disk

WIRING: Final[Mapping[str, Sequence[Handler]]] = {
    accounts.topics.MEMBER_JOINED: [
        reward_joining,
        reward_profile,
        note_referral,
        claim_orders,
        handlers.welcome,
        telling.tell,
    ],
    accounts.topics.MEMBER_CHANGED: [reward_profile],
    accounts.topics.MEMBER_ERASED: [
        forget_in_books,
        forget_scores,
        handlers.forget_messages,
        telling.tell_erasure,
        forget_on_disk,
    ],
    ledger.topics.POINTS_EARNED: [telling.tell],
    ledger.topics.POINTS_CLAWED_BACK: [],
    ledger.topics.POINTS_EXPIRED: [telling.tell],
    ledger.topics.POINTS_ACTIVATED: [handlers.tell_opening, telling.tell],
    ledger.topics.TIER_CHANGED: [handlers.congratulate, telling.tell],
    ledger.topics.REDEMPTION_ISSUED: [telling.tell],
    ledger.topics.REDEMPTION_USED: [telling.tell],
    ledger.topics.REDEMPTION_CANCELLED: [telling.tell],
    ledger.topics.REDEMPTION_EXPIRED: [],
    ledger.topics.POINTS_DONATED: [handlers.thank],
    ledger.topics.PLACE_TAKEN: [],
    ledger.topics.PLACE_AWAITED: [handlers.tell_waiting],
    ledger.topics.PLACE_GIVEN: [handlers.tell_place],
    ledger.topics.PLACE_LEFT: [fill_after],
    ledger.topics.PLACE_CALLED_OFF: [handlers.tell_called_off],
    ledger.topics.RECORDS_MERGED: [forget_old_scores, reconsider_person],
    ledger.topics.RECORDS_PARTED: [forget_old_scores],
    ledger.topics.REFERRAL_JOINED: [handlers.tell_of_friend],
    ledger.topics.REFERRAL_REWARDED: [handlers.tell_of_reward],
    ledger.topics.ORDER_REFUNDED: [reconsider_order],
    ledger.topics.PURCHASES_IMPORTED: [learn_from_import],
    ledger.topics.BOOKS_PROVED: [tell_owners],
    ledger.topics.CARD_FILLED: [handlers.tell_prizes],
    ledger.topics.CHALLENGE_REACHED: [handlers.tell_prizes],
    ledger.topics.CONTEST_WON: [handlers.tell_prizes],
    ledger.topics.BADGE_WON: [handlers.tell_prizes],
    ledger.topics.VOUCHER_GIVEN: [handlers.tell_prizes, telling.tell],
    ledger.topics.MEMBERSHIP_STARTED: [handlers.tell_start],
    ledger.topics.MEMBERSHIP_RENEWED: [handlers.tell_renewal],
    ledger.topics.MEMBERSHIP_CANCELLED: [handlers.tell_cancelling],
    ledger.topics.MEMBERSHIP_UNPAID: [handlers.tell_unpaid],
    ledger.topics.MEMBERSHIP_ENDED: [handlers.tell_end],
    analytics.topics.RISK_RAISED: [telling.tell],
    campaigns.topics.POINTS_EXPIRING: [telling.tell],
    campaigns.topics.WEBHOOK_SWITCHED_OFF: [switching.tell_owners],
}
SIEVES: Final[Mapping[Handler, Sieve]] = {telling.tell: telling.heeded}
"""Who hears only some news: most merchants have no machine that is told."""
TOPICS: Final = accounts.topics.ALL | ledger.topics.ALL | analytics.topics.ALL | campaigns.topics.ALL
"""Everything any floor may tell."""


def check(wiring: Iterable[str], topics: Iterable[str]) -> None:
    """Refuse a wiring that forgets a topic or names one that no floor tells."""
    forgotten, unknown = sorted(set(topics) - set(wiring)), sorted(set(wiring) - set(topics))
    if forgotten or unknown:
        raise ImproperlyConfigured(f"wiring: topics forgotten {forgotten}, unknown {unknown}")


check(WIRING, TOPICS)
