"""The month's journal of the points: debit and credit lines an accountant can post (RULES 45). Pure.

Deferral, as IFRS 15 (B39-B43) asks of customer options: points granted defer part of the sale, what is
redeemed or lapses releases it, and what the estimate changes is shown by itself. Every entry balances, and
the account of the points moves exactly from the liability that opened the month to the one that closes it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ledger.liability.figures import Liability

LIABILITY, GRANTED, REDEEMED, LAPSED, ESTIMATE = "liability", "granted", "redeemed", "lapsed", "estimate"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the merchant's books."""

    code: str
    name_ar: str
    name_en: str


ACCOUNTS: Final[Mapping[str, Account]] = {
    LIABILITY: Account("2410", "التزامات عقود – نقاط الولاء", "Contract liability – loyalty points"),
    GRANTED: Account("4810", "مبيعات مؤجَّلة مقابل نقاط الولاء", "Sales deferred for loyalty points"),
    REDEEMED: Account("4820", "إيراد النقاط المستبدلة", "Revenue from points redeemed"),
    LAPSED: Account("4830", "إيراد النقاط المنتهية", "Revenue from points expired"),
    ESTIMATE: Account("4840", "أثر تغيّر تقدير نقاط الولاء", "Remeasurement of loyalty points"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal: an amount on one side; ``entry`` joins the two lines of an entry.

    ``why`` is what the entry is for, a key of ``ACCOUNTS``; ``points`` are what it values, 0 where none.
    """

    entry: int
    why: str
    account: str
    debit_minor: int
    credit_minor: int
    points: int


def accounts_of(chosen: Mapping[str, Mapping[str, str]]) -> dict[str, Account]:
    """The merchant's accounts; what was not chosen keeps its default."""
    return {
        role: Account(**{
            name: chosen.get(role, {}).get(name) or getattr(default, name)
            for name in ("code", "name_ar", "name_en")
        })
        for role, default in ACCOUNTS.items()
    }  # fmt: skip


def journal(closing: Liability, *, opening_minor: int) -> tuple[Line, ...]:
    """The entries of the closing report's last month; ``opening_minor`` is the liability it opened with.

    Granted, taken back and lapsed points weigh what is expected of them, redeemed points all they are worth.
    """
    flows, share = closing.period.flows, closing.use.share
    granted = flows.earned + flows.brought_in + flows.by_hand + flows.taken_back + flows.transferred
    moved = (
        (GRANTED, granted, share),
        (REDEEMED, flows.redeemed, Fraction(1)),
        (LAPSED, flows.lapsed, share),
    )
    changes = [(why, points, closing.value(points, weight)) for why, points, weight in moved]
    left = closing.expected_minor - opening_minor - sum(amount for _why, _points, amount in changes)
    booked = [change for change in [*changes, (ESTIMATE, 0, left)] if change[2]]
    return tuple(line for entry, change in enumerate(booked, start=1) for line in _entry(entry, *change))


def _entry(entry: int, why: str, points: int, change_minor: int) -> Iterator[Line]:
    """Two lines: what the liability grew by stands on its credit side, what it shrank by on its debit."""
    grown, amount = change_minor > 0, abs(change_minor)
    other = Line(entry, why, why, amount if grown else 0, 0 if grown else amount, points)
    liability = Line(entry, why, LIABILITY, 0 if grown else amount, amount if grown else 0, points)
    yield from (other, liability) if grown else (liability, other)
