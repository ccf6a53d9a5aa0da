"""An event that is called off: what a code that took a place there is worth again. Pure.

A code that was had for points returns them to their own lots (RULES 19). One that was a gift comes back as a
voucher like it, valid as long, or for one grace where its time is over. It names no event any more, for the
one it named will not be held: the shop honours it at the counter.
"""

from datetime import datetime, timedelta
from typing import Final

from accounts.joining import readable_code
from ledger import topics
from ledger.context import Context
from ledger.drafting import Draft, Update
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionKind, RedemptionOrigin, RedemptionState
from ledger.redeeming import CODE_LENGTH, return_points
from ledger.stock import put_back
from ledger.writing.rows import new
from programs.calendars import end_of_day_instant

GRACE_DAYS: Final = 30
"""How long a voucher lives again where no terms say it."""


def make_good(draft: Draft, context: Context, event_code: str) -> int:
    """Give back what the place's used code was worth; how many points. Who left the shop gets no voucher."""
    for code in context.redemptions:
        if code.kind != RedemptionKind.REWARD or code.state != RedemptionState.USED:
            continue
        if code.points:
            _undo(draft, code)
            return code.points
        if not (context.member.detached_at or context.member.erased_at):
            _give_again(draft, code, event_code)
    return 0


def _undo(draft: Draft, code: Redemption) -> None:
    values = {
        "state": RedemptionState.CANCELLED,
        "closed_at": draft.now,
        "closed_by": draft.event.actor,
    }
    draft.updates.append(Update(code, values, {"state": RedemptionState.USED}))
    draft.named["redemption_id"] = code
    return_points(draft, code)
    put_back(draft, code)
    draft.tell(topics.REDEMPTION_CANCELLED, code=code.code, points=code.points)


def _give_again(draft: Draft, used: Redemption, event_code: str) -> None:
    voucher = new(
        Redemption,
        merchant_id=draft.event.merchant_id,
        member_id=draft.event.member_id,
        kind=used.kind,
        origin=RedemptionOrigin.EVENT,
        code=readable_code(CODE_LENGTH),
        points=0,
        currency=used.currency,
        version_id=used.version_id,
        source=draft.event.source,
        issued_at=draft.now,
        expires_at=_lives_until(draft, used),
        reward_code=used.reward_code,
        reward_kind=used.reward_kind,
        value_minor=used.value_minor,
        lasts_days=used.lasts_days,
        name_ar=used.name_ar,
        name_en=used.name_en,
    )
    draft.rows.append(voucher)
    said = {"reward": used.reward_code, "origin": RedemptionOrigin.EVENT.value, "because": event_code}
    draft.tell(topics.VOUCHER_GIVEN, **said)


def _lives_until(draft: Draft, used: Redemption) -> datetime:
    if used.expires_at > draft.now:
        return used.expires_at
    days = draft.terms.grace_days if draft.terms else GRACE_DAYS
    return end_of_day_instant(draft.today + timedelta(days=days), draft.zone)
