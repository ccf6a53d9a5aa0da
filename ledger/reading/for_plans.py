"""What paid membership asks of a person: what they held and hold, and the fee that a refund names."""

from datetime import datetime
from typing import Any, Final

from accounts.asking import Question, Reader
from ledger.context import Context
from ledger.families import OfPerson
from ledger.models import Membership, MembershipPayment, Redemption
from ledger.reading.along import Along
from ledger.reading.params import MEMBER, MERCHANT, PURCHASE_KEY, PURCHASE_SOURCE
from programs.memberships import held_at

HELD: Final = Reader(Membership)
FEES, VOUCHERS = Reader(MembershipPayment), Reader(Redemption, path="voucher__")
MEMBERSHIPS: Final = Question(
    "memberships",
    Membership.objects.filter(OfPerson("member_id", MEMBER)).order_by("id"),
    HELD.columns,
)
FEE: Final = Question(
    "fee",
    MembershipPayment.objects.filter(
        merchant_id=MERCHANT, source=PURCHASE_SOURCE, external_id=PURCHASE_KEY, kind="fee"
    ),
    (*FEES.columns, *VOUCHERS.columns, "refunded_by__id"),
)


def memberships_of(along: Along) -> tuple[Membership, ...]:
    """Every membership of the person, the oldest first."""
    return HELD.all(along.answers.get("memberships", ()))


def plan_at(along: Along, moment: datetime, zone: str) -> str:
    """The plan held at ``moment``; nothing where nobody asked."""
    held = held_at((one.holding for one in memberships_of(along)), moment, zone)
    return held.plan if held else ""


def fee_facts(along: Along, context: Context) -> dict[str, Any]:
    """The fee that a refund names, its membership, and whether it was given back already."""
    row = next(iter(along.answers.get("fee", ())), None)
    if row is None:
        return {}
    width = len(FEES)
    fee: MembershipPayment = FEES.one(row[:width])
    voucher = VOUCHERS.one(row[width:-1]) if row[width] is not None else None
    whose = next((one for one in context.memberships if one.pk == fee.membership_id), None)
    return {
        "fee": fee,
        "fee_membership": whose,
        "fee_is_refunded": row[-1] is not None,
        "fee_voucher": voucher,
    }
