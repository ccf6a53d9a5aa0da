"""What is owed to a partner, month by month, and what settled it: the same figures for both sides."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import get_language

from accounts.access import Actor
from accounts.errors import Forbidden, Invalid, NotFound
from accounts.money import Money
from ledger.clearing.errors import MoreThanDue
from ledger.models import ClearingEntry
from ledger.models.clearing import ClearingKind
from ledger.second_person import one_at_a_time
from ledger.validating import LONGEST_KEY, check_amount
from programs.calendars import business_date
from programs.models import Partner


@dataclass(frozen=True, slots=True)
class ClearingMonth:
    """A month of one partner: ``uses`` worth ``owed_minor``, what was settled, what is left after it."""

    month: date
    uses: int
    owed_minor: int
    settled_minor: int
    left_minor: int


def due_minor(partner: Partner) -> int:
    """What the partner is owed, in minor units."""
    return int(ClearingEntry.objects.filter(partner=partner).aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def statement(partner: Partner) -> list[ClearingMonth]:
    """Month by month, the newest first."""
    rows = (
        ClearingEntry.objects.filter(partner=partner)
        .annotate(month=TruncMonth("business_date"))
        .order_by("month")
        .values_list("month", "kind", "amount_minor")
    )
    months: dict[date, list[int]] = {}
    for month, kind, amount_minor in rows.iterator():
        uses = months.setdefault(month, [0, 0, 0])
        if kind == ClearingKind.USE:
            uses[0], uses[1] = uses[0] + 1, uses[1] + amount_minor
        else:
            uses[2] -= amount_minor
    left, found = 0, []
    for month, (uses_, owed, settled) in months.items():
        left += owed - settled
        found.append(ClearingMonth(month, uses_, owed, settled, left))
    return found[::-1]


def settle(
    *, actor: Actor, partner: Partner, amount_minor: int, reference: str, now: datetime
) -> ClearingEntry:
    """Record that the partner was paid: the reference names the payment, so the same one is recorded once.

    Raises ``Forbidden``, ``NotFound``, ``Invalid`` and ``MoreThanDue``.
    """
    if not actor.may("change", "facts"):
        raise Forbidden
    if partner.merchant_id != actor.merchant.pk:
        raise NotFound
    check_amount(amount_minor, "amount")
    reference = reference.strip()
    if not reference or len(reference) > LONGEST_KEY or "\x00" in reference:
        raise Invalid(field="reference")
    with one_at_a_time(Partner.objects.filter(pk=partner.pk)):
        settled = ClearingEntry.objects.filter(partner=partner, kind=ClearingKind.SETTLED)
        known = settled.filter(reference=reference, amount_minor=-amount_minor).first()
        if known is not None:
            return known
        due = due_minor(partner)
        if amount_minor > due:
            said = Money(due, actor.merchant.currency).format(get_language() or "ar")
            raise MoreThanDue(field="amount", owed=said)
        return ClearingEntry.objects.create(
            merchant=actor.merchant, partner=partner, kind=ClearingKind.SETTLED, amount_minor=-amount_minor,
            currency=actor.merchant.currency, reference=reference,
            business_date=business_date(now, actor.merchant.zone), recorded_at=now, actor=actor.label,
        )  # fmt: skip
