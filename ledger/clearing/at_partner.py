"""What a partner sees and does: a code, what it is for, what it is worth; nothing of the member."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.errors import NotFound
from accounts.guessing import Limit, guessing
from accounts.languages import in_language
from ledger.events import RedemptionClosed
from ledger.models import Redemption
from ledger.models.redemptions import RedemptionState
from ledger.posting import post
from ledger.queries import code_as_issued
from programs.models import Partner, PartnerState

GUESSES: Final = Limit("partner-codes", 20, 600)


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher as its partner may know it; ``state`` is a ``RedemptionState``."""

    code: str
    name_ar: str
    name_en: str
    shop_ar: str
    shop_en: str
    owed_minor: int
    currency: str
    state: str
    expires_at: datetime

    @property
    def name(self) -> str:
        """What it is for, in the reader's language."""
        return in_language(self, "name")

    @property
    def shop(self) -> str:
        """Whose voucher it is, in the reader's language."""
        return in_language(self, "shop")

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return self.state == RedemptionState.RESERVED


def look(partners: list[Partner], code: str, *, who: str, now: datetime) -> Voucher:
    """A voucher meant for one of these partners. Raises ``NotFound`` for others, ``TooMany``."""
    with guessing(GUESSES, who, now=now, wrong=NotFound):
        return _voucher(_found(partners, code), now)


def honour(
    partners: list[Partner], code: str, *, who: str, key: str, source: str, now: datetime
) -> tuple[Voucher, bool]:
    """Use a voucher, once; (as it stands now, whether this key had used it before).

    Raises ``NotFound``, ``TooMany``, ``CodeSpent`` and ``KeyConflict``.
    """
    with guessing(GUESSES, who, now=now, wrong=NotFound):
        found = _found(partners, code)
    event = RedemptionClosed(
        merchant_id=found.merchant_id,
        member_id=found.member_id,
        occurred_at=now,
        source=source,
        key=f"{found.partner_id}:{key}"[:64],
        actor=f"partner:{found.partner_id}",
        code=found.code,
        outcome=RedemptionState.USED,
        partner_id=found.partner_id,
    )
    receipt = post(event, now=now)
    found.refresh_from_db()
    return _voucher(found, now), receipt.repeated


def _found(partners: list[Partner], code: str) -> Redemption:
    """An agreement that ended still honours what was given out before."""
    known = [one for one in partners if one.state in (PartnerState.ACTIVE, PartnerState.ENDED)]
    rows = Redemption.objects.filter(partner__in=known, code=code_as_issued(code))
    found = rows.select_related("merchant").order_by("pk").first()
    if found is None:
        raise NotFound(field="code")
    return found


def _voucher(found: Redemption, now: datetime) -> Voucher:
    is_over = found.state == RedemptionState.RESERVED and found.expires_at <= now
    return Voucher(
        code=found.code,
        name_ar=found.name_ar,
        name_en=found.name_en,
        shop_ar=found.merchant.name_ar,
        shop_en=found.merchant.name_en,
        owed_minor=found.partner_minor,
        currency=found.currency,
        state=RedemptionState.EXPIRED if is_over else found.state,
        expires_at=found.expires_at,
    )
