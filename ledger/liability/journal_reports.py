"""A month's journal of the points, with the two reports between which it leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.models import Merchant
from ledger.liability.figures import Liability, liability
from ledger.liability.journals import Account, Line, accounts_of, journal
from ledger.second_person import settings_of


@dataclass(frozen=True, slots=True)
class Journal:
    """A month's lines in the merchant's accounts, and the two reports between which they lead."""

    opening: Liability
    closing: Liability
    lines: tuple[Line, ...]
    accounts: Mapping[str, Account]

    @property
    def debit_minor(self) -> int:
        """The sum of one side; the other is the same."""
        return sum(line.debit_minor for line in self.lines)


def journal_of(
    merchant: Merchant, *, as_of: date, now: datetime, closing: Liability | None = None
) -> Journal:
    """The journal of ``as_of``'s month up to that day; ``closing`` may be given when it is at hand.

    Raises ``InTheFuture``.
    """
    closing = closing or liability(merchant, as_of=as_of, now=now)
    day_before = as_of.replace(day=1) - timedelta(days=1)
    opening = liability(merchant, as_of=day_before, now=now, months=1)
    lines = journal(closing, opening_minor=opening.expected_minor)
    return Journal(opening, closing, lines, accounts_of(settings_of(merchant).accounts))
