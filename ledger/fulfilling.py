"""What using a reward's code begins by itself: a gift card, an upgrade for some days, a place. Pure.

Everything else is handed over at the counter, and its code is only used up.
"""

from datetime import timedelta

from ledger.drafting import Draft
from ledger.gift_cards import add_card
from ledger.models import Redemption, Upgrade
from ledger.models.gift_cards import GiftCardWhy
from ledger.places.taking import take_by_voucher
from ledger.writing.rows import new
from programs.models import RewardKind

SELF_SERVED = frozenset({RewardKind.GIFT_CARD, RewardKind.UPGRADE})


def is_self_served(redemption: Redemption) -> bool:
    """Whether nobody has to hand it over: members use the code themselves. A place has to name its event."""
    is_place = redemption.reward_kind == RewardKind.EVENT_PLACE and bool(redemption.feature)
    return is_place or redemption.reward_kind in SELF_SERVED


def fulfil(draft: Draft, redemption: Redemption) -> None:
    """Begin what a code that is used promised."""
    if redemption.reward_kind == RewardKind.GIFT_CARD:
        days = redemption.lasts_days
        last_day = draft.today + timedelta(days=days) if days else None
        add_card(
            draft,
            value_minor=redemption.value_minor,
            why=GiftCardWhy.REWARD,
            expires_on=last_day,
            redemption=redemption,
        )
    elif redemption.reward_kind == RewardKind.EVENT_PLACE and redemption.feature:
        take_by_voucher(draft, redemption)
    elif redemption.reward_kind == RewardKind.UPGRADE:
        draft.rows.append(
            new(
                Upgrade,
                merchant_id=draft.event.merchant_id,
                member_id=draft.event.member_id,
                redemption=redemption,
                feature=redemption.feature,
                starts_at=draft.now,
                until=draft.now + timedelta(days=redemption.lasts_days or 1),
            )
        )
