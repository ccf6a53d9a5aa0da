"""Planning what a partner's voucher carries with it: who may honour it, and what that is worth. Pure."""

from accounts.errors import NotFound
from ledger.clearing.errors import ForPartner, ForSignUp, NoPartner
from ledger.drafting import Draft
from ledger.events import RedemptionClosed
from ledger.models import ClearingEntry, Redemption
from ledger.models.clearing import ClearingKind
from ledger.models.redemptions import RedemptionKind, RedemptionState
from ledger.writing.rows import new
from programs.models import PartnerOffer, Reward, RewardKind


def honoured_by(reward: Reward, offer: PartnerOffer | None) -> dict[str, object]:
    """What a voucher keeps of what was agreed with its partner. Raises ``NoPartner``."""
    if reward.kind != RewardKind.PARTNER:
        return {}
    if offer is None:
        raise NoPartner(field="reward_code")
    return {"partner_id": offer.partner_id, "partner_minor": offer.owed_minor}


def refuse_others(event: RedemptionClosed, redemption: Redemption) -> None:
    """Let only the partner a voucher is for honour it, and a partner nothing else.

    Raises ``NotFound`` to a partner whose voucher it is not, ``ForPartner`` to the shop itself, ``ForSignUp``
    for points that a place at an event holds.
    """
    if redemption.kind == RedemptionKind.PLACE and event.outcome != RedemptionState.EXPIRED:
        raise ForSignUp(field="code")
    if event.partner_id is not None and event.partner_id != redemption.partner_id:
        raise NotFound(field="code")
    is_ours = event.partner_id is None and event.outcome == RedemptionState.USED
    if is_ours and redemption.partner_id is not None:
        raise ForPartner(field="code")
    if event.partner_id is not None and event.outcome != RedemptionState.USED:
        raise NotFound(field="code")


def owe_partner(draft: Draft, event: RedemptionClosed, redemption: Redemption) -> None:
    """Enter what a use makes the shop owe, by what was agreed when the voucher was given out."""
    if event.partner_id is None:
        return
    draft.rows.append(
        new(
            ClearingEntry,
            merchant_id=event.merchant_id,
            partner_id=event.partner_id,
            kind=ClearingKind.USE,
            amount_minor=redemption.partner_minor,
            currency=redemption.currency,
            redemption=redemption,
            reward_code=redemption.reward_code,
            name_ar=redemption.name_ar,
            name_en=redemption.name_en,
            business_date=draft.day,
            recorded_at=draft.now,
            actor=event.actor,
        )
    )
