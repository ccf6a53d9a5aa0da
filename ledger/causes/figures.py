"""What causes were given and paid, month by month, and the lines an accountant posts for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.languages import in_language
from accounts.models import Merchant
from accounts.money import Money, exponent_of
from ledger.liability.files import Cell, Table
from ledger.liability.journals import ACCOUNTS, REDEEMED, Account
from ledger.models import CauseEntry
from ledger.models.causes import EntryKind
from programs.models import Cause

PAYABLE, GIVEN, BANK = "payable", "given", "bank"
OWN: Final[Mapping[str, Account]] = {
    PAYABLE: Account("2420", "مستحقات الجهات الخيرية", "Payable to causes"),
    GIVEN: Account("5810", "تبرعات المتجر", "Donations by the shop"),
    BANK: Account("1010", "البنك", "Bank"),
    REDEEMED: ACCOUNTS[REDEEMED],
}


@dataclass(frozen=True, slots=True)
class CauseMonth:
    """A month of one cause, in minor units: given by points and shares, paid out, still owed after it."""

    cause: Cause
    month: date
    points_minor: int
    share_minor: int
    paid_minor: int
    owed_minor: int


@dataclass(frozen=True, slots=True)
class CauseStanding:
    """A cause with what it is owed now and was given in all."""

    cause: Cause
    owed_minor: int
    given_minor: int


def months_of(merchant: Merchant) -> list[CauseMonth]:
    """Every cause's months, the newest first. One query for the sums, one for the causes."""
    causes = {cause.pk: cause for cause in Cause.objects.filter(merchant=merchant)}
    rows = (
        CauseEntry.objects.filter(merchant=merchant)
        .annotate(month=TruncMonth("business_date"))
        .order_by("month", "cause_id")
        .values("month", "cause_id", "kind")
        .annotate(sum=Sum("amount_minor"))
    )
    sums: dict[tuple[date, int], dict[str, int]] = {}
    for row in rows:
        sums.setdefault((row["month"], row["cause_id"]), {})[row["kind"]] = row["sum"]
    owed: dict[int, int] = {}
    found = []
    for (month, cause_id), by_kind in sums.items():
        owed[cause_id] = owed.get(cause_id, 0) + sum(by_kind.values())
        given = (by_kind.get(EntryKind.POINTS, 0), by_kind.get(EntryKind.SHARE, 0))
        paid = -by_kind.get(EntryKind.PAYOUT, 0)
        found.append(CauseMonth(causes[cause_id], month, *given, paid, owed[cause_id]))
    return found[::-1]


def standings(merchant: Merchant) -> list[CauseStanding]:
    """Every cause of the shop with what it is owed."""
    months = months_of(merchant)
    return [
        CauseStanding(
            cause,
            next((row.owed_minor for row in months if row.cause == cause), 0),
            sum(row.points_minor + row.share_minor for row in months if row.cause == cause),
        )
        for cause in Cause.objects.filter(merchant=merchant).order_by("id")
    ]


def statement_tables(merchant: Merchant) -> list[Table]:
    """The statement per cause and month, and the journal that goes with it."""
    places = exponent_of(merchant.currency)
    months = months_of(merchant)
    return [
        Table(_("Causes by month"), _headers(), [_row(row, merchant) for row in months], places),
        Table(_("Journal"), _journal_headers(), _journal(months, merchant), places),
    ]


def _headers() -> Sequence[str]:
    return (
        *(_("Month"), _("Cause"), _("Licence"), _("From points"), _("From the shop's share")),
        *(_("Paid out"), _("Owed at the end"), _("Currency")),
    )


def _row(row: CauseMonth, merchant: Merchant) -> tuple[Cell, ...]:
    amounts = (row.points_minor, row.share_minor, row.paid_minor, row.owed_minor)
    return (
        *(row.month.strftime("%Y-%m"), row.cause.name, row.cause.licence),
        *(Money(amount, merchant.currency).decimal for amount in amounts),
        merchant.currency,
    )


def _journal_headers() -> Sequence[str]:
    return (
        *(_("Month"), _("Entry"), _("Account"), _("Name in Arabic"), _("Name in English")),
        *(_("Debit"), _("Credit"), _("Currency"), _("Description")),
    )


def _journal(months: Sequence[CauseMonth], merchant: Merchant) -> list[tuple[Cell, ...]]:
    """Two lines for each amount: every entry balances."""
    lines: list[tuple[Cell, ...]] = []
    entry = 0
    for row in months:
        for debit, credit, amount in (
            (REDEEMED, PAYABLE, row.points_minor),
            (GIVEN, PAYABLE, row.share_minor),
            (PAYABLE, BANK, row.paid_minor),
        ):
            if not amount:
                continue
            entry += 1
            said = f"{in_language(row.cause, 'name')}, {date_format(row.month, 'YEAR_MONTH_FORMAT')}"
            worth, nothing = Money(amount, merchant.currency).decimal, Money(0, merchant.currency).decimal
            for role, sides in ((debit, (worth, nothing)), (credit, (nothing, worth))):
                account = OWN[role]
                names = (account.code, account.name_ar, account.name_en)
                lines.append((row.month.strftime("%Y-%m"), entry, *names, *sides, merchant.currency, said))
    return lines
