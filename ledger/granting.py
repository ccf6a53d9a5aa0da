"""Giving a reward free: a voucher in the same posting as what earned it (RULES 36). Pure.

A voucher is a redemption that took no points: it has a code, is used once or runs out, and returns nothing.
"""

from datetime import datetime, timedelta

from accounts.joining import readable_code
from ledger import topics
from ledger.drafting import Draft, Update
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionKind, RedemptionOrigin, RedemptionState
from ledger.stock import promised_by, put_back, take_stock
from ledger.writing.rows import new
from programs.calendars import end_of_day_instant
from programs.goal_terms import RewardTerms
from programs.terms import Terms

CODE_LENGTH = 8


def grant_voucher(
    draft: Draft,
    *,
    reward_code: str,
    origin: RedemptionOrigin,
    terms: Terms | None = None,
    days: int | None = None,
    until: datetime | None = None,
    because: str = "",
) -> Redemption | None:
    """Give the draft's member the reward called ``reward_code``, and say so on the receipt.

    ``terms`` are those that promised it (None: those in force), ``days`` how many it lives (today included
    none), ``until`` the first instant at which it is over; neither: the reward's own time. ``because`` is the
    code of the card, rule or plan, for the news. None where the terms know no such reward: nothing is given,
    and whatever earned it stands.
    """
    terms = terms or draft.context.terms_at(draft.now) or draft.terms
    reward = terms.reward(reward_code) if terms else None
    if reward is None or terms is None:
        return None
    voucher = new(
        Redemption,
        merchant_id=draft.event.merchant_id,
        member_id=draft.event.member_id,
        kind=RedemptionKind.REWARD,
        origin=origin,
        code=readable_code(CODE_LENGTH),
        points=0,
        currency=terms.currency,
        version_id=terms.version_id,
        source=draft.event.source,
        issued_at=draft.now,
        expires_at=_over_at(draft, reward, days, until),
        is_stocked=take_stock(draft, reward, earned=True),
        **promised_by(reward),
    )
    draft.rows.append(voucher)
    draft.vouchers.append(_told(voucher, because))
    draft.tell(topics.VOUCHER_GIVEN, reward=reward.code, origin=origin.value, because=because)
    return voucher


def void_voucher(draft: Draft, voucher: Redemption) -> None:
    """Make an unused voucher void, because what earned it came back. It returns no points: it took none."""
    values = {
        "state": RedemptionState.CANCELLED,
        "closed_at": draft.now,
        "closed_by": draft.event.actor,
    }
    draft.updates.append(Update(voucher, values, {"state": RedemptionState.RESERVED}))
    put_back(draft, voucher)
    draft.tell(topics.REDEMPTION_CANCELLED, code=voucher.code, points=0)


def may_void(voucher: Redemption | None, now: datetime) -> bool:
    """Whether a voucher can still be taken back: it was not used, and its time is not over."""
    return voucher is None or (voucher.state == RedemptionState.RESERVED and now < voucher.expires_at)


def _over_at(draft: Draft, reward: RewardTerms, days: int | None, until: datetime | None) -> datetime:
    if until is not None:
        return until
    if days is not None:
        return end_of_day_instant(draft.today + timedelta(days=days), draft.zone)
    return draft.now + timedelta(minutes=reward.code_minutes)


def _told(voucher: Redemption, because: str) -> dict[str, str]:
    """The voucher as the receipt shows it."""
    return {
        "code": voucher.code,
        "reward": voucher.reward_code,
        "name_ar": voucher.name_ar,
        "name_en": voucher.name_en,
        "expires_at": voucher.expires_at.isoformat(),
        "because": because,
    }
