"""Planning what a friend brings: a side's reward on top of an event, and taking it back (RULES 38). Pure.

Who brings a friend is asked first: their posting counts how many friends were rewarded lately, under the
version of their own balance, so no race gives more. The friend's own posting looks at the order once more,
under the version by which refunds of it are told.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from accounts.errors import NotFound
from ledger import topics
from ledger.context import Context, ReferralFacts
from ledger.drafting import Draft, Posting, Update
from ledger.errors import BeyondReferralCap, OrderReturned, ReferralMoved
from ledger.events import EventOccurred, ReferralUndone
from ledger.granting import grant_voucher, may_void, void_voucher
from ledger.models import Lot, Movement, Redemption
from ledger.models.movements import MovementKind
from ledger.models.redemptions import RedemptionOrigin
from ledger.models.referrals import Referral, ReferralState
from ledger.pending import open_due
from programs import reasons
from programs.reasons import Reason
from programs.referring import ReferralTerms, Side
from programs.rules import Award
from programs.terms import Terms

SOURCE: Final = "referral"
ALLOW_NEGATIVE: Final = "allow_negative"
NAME_OF: Final[dict[Side, str]] = {"bringer": "referral", "friend": "referred"}
SIDE_OF: Final[dict[str, Side]] = {name: side for side, name in NAME_OF.items()}


def promised(context: Context, referral: Referral) -> ReferralTerms:
    """What was promised when the friend joined. Raises ``NotFound``."""
    terms = context.promises.of(referral.version_id)
    if terms is None or terms.referral is None:
        raise NotFound(field="referral")
    return terms.referral


def with_reward(draft: Draft, event: EventOccurred, earned: Award) -> Award:
    """The award of the event, with what a side of its referral is given.

    Raises ``ReferralMoved``, ``BeyondReferralCap``, ``OrderReturned``, ``NotFound``.
    """
    facts = _facts(draft.context, event.referral_id)
    side, terms = SIDE_OF[event.name], promised(draft.context, facts.referral)
    _check(facts, terms, side)
    points = terms.points(side)
    if not points:
        return earned
    given = Reason(reasons.REFERRAL, {"side": side, "points": points})
    others = (reason for reason in earned.reasons if reason.code != reasons.NOTHING_EARNED)
    return replace(earned, points=earned.points + points, reasons=(given, *others))


def note_reward(draft: Draft, event: EventOccurred, movement: Movement | None) -> None:
    """Mark the side as rewarded, and tell its member."""
    facts, side = _facts(draft.context, event.referral_id), SIDE_OF[event.name]
    before = ReferralState.QUALIFIED if side == "bringer" else ReferralState.REWARDED
    given: dict[str, Any] = {f"{side}_movement_id": movement} if movement else {}
    terms = draft.context.promises.of(facts.referral.version_id)
    code = promised(draft.context, facts.referral).reward(side)
    if code and (voucher := _voucher(draft, code, terms)) is not None:
        given[f"{side}_voucher_id"] = voucher
    values = {"state": ReferralState.REWARDED, f"{side}_at": draft.now, **given}
    draft.updates.append(Update(facts.referral, values, {"state": before}))
    points = movement.points if movement else 0
    draft.tell(topics.REFERRAL_REWARDED, referral_id=facts.referral.pk, side=side, points=points)


def plan_undone(event: ReferralUndone, context: Context, *, now: datetime) -> Posting:
    """Plan taking back what a side was given. Raises ``ReferralMoved`` and ``NotFound``."""
    facts = _facts(context, event.referral_id)
    given_at, back_at = (getattr(facts.referral, f"{event.side}_{name}") for name in ("at", "back_at"))
    if given_at is None or back_at is not None:
        raise ReferralMoved(field="referral")
    draft = Draft(event, context, now)
    open_due(draft)
    draft.bury()
    if facts.voucher is not None and may_void(facts.voucher, now):
        void_voucher(draft, facts.voucher)
    back = _take_back(draft, facts, event.side)
    values = {"state": ReferralState.CLAWED_BACK, f"{event.side}_back_at": now}
    draft.updates.append(Update(facts.referral, values, {"state": facts.referral.state}))
    return draft.posting(points=-back)


def _voucher(draft: Draft, code: str, terms: Terms | None) -> Redemption | None:
    return grant_voucher(draft, reward_code=code, origin=RedemptionOrigin.REFERRAL, terms=terms)


def _facts(context: Context, referral_id: int) -> ReferralFacts:
    if context.referring is None or context.referring.referral.pk != referral_id:
        raise NotFound(field="referral")
    return context.referring


def _check(facts: ReferralFacts, terms: ReferralTerms, side: Side) -> None:
    """Refuse what another worker, a refund or the cap has overtaken."""
    referral = facts.referral
    wanted = ReferralState.QUALIFIED if side == "bringer" else ReferralState.REWARDED
    if referral.state != wanted or getattr(referral, f"{side}_at") is not None:
        raise ReferralMoved(field="referral")
    if facts.kept_minor < max(1, terms.least_minor):
        raise OrderReturned(field="referral")
    if side == "bringer" and not referral.decided_by and facts.lately >= terms.most_per_month:
        raise BeyondReferralCap(field="referral")


def _take_back(draft: Draft, facts: ReferralFacts, side: Side) -> int:
    """Take the points, those of the reward itself first; what is gone is owed, or the shop bears it."""
    wanted = facts.points[side]
    taken = draft.purse.take(wanted, first=partial(_is_own, facts)) if wanted else []
    got = sum(part.points for part in taken)
    owes = draft.terms is None or draft.terms.negative_policy == ALLOW_NEGATIVE
    points = wanted if owes else got
    if not points:
        return 0
    why = Reason(reasons.REFERRAL_BACK, {"side": side})
    draft.reasons.append(why.as_json())
    movement = draft.move(MovementKind.CLAWBACK, -points, why=[why])
    draft.named["movement_id"] = movement
    draft.use(movement, taken)
    draft.show(taken)
    if points > got:
        draft.purse.owe(movement, points - got)
    draft.tell(topics.POINTS_CLAWED_BACK, points=points)
    return points


def _is_own(facts: ReferralFacts, lot: Lot) -> bool:
    return not lot._state.adding and lot.pk in facts.lots
