"""Purchases as visit-days: the one shape every pure module of this floor reads.

A visit-day is everything one member bought on one local day. Members are held as codes 0…n−1 in the
order of ``members``; rows are sorted by member, then day, so that sums by member are single passes.
Days are whole days since 1970-01-01 in the merchant's zone; a cut-off ``c`` means 00:00 of day ``c``.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints: TypeAlias = npt.NDArray[np.int32]
Floats: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class History:
    """Visit-days of all members, sorted by (member, day). Amounts are minor units."""

    members: Labels
    member: Ints
    day: Ints
    amount: Floats
    purchases: Ints

    def before(self, cutoff: int) -> "History":
        """What was known at 00:00 of ``cutoff``: earlier days only. Members keep their codes."""
        return self._where(self.day < cutoff)

    def of_every(self, nth: int) -> "History":
        """A fixed sample of the members, one in ``nth``; the same rows whenever it is asked."""
        return self._where(self.member % nth == 0) if nth > 1 else self

    def bought_between(self, start: int, end: int) -> npt.NDArray[np.bool_]:
        """By member code: was there a purchase on a day in [start, end)?"""
        bought = np.zeros(len(self.members), dtype=np.bool_)
        bought[self.member[(self.day >= start) & (self.day < end)]] = True
        return bought

    def spent_between(self, start: int, end: int) -> Floats:
        """By member code: the amount of the days in [start, end), in minor units."""
        inside = (self.day >= start) & (self.day < end)
        return sums(self.member[inside], self.amount[inside], len(self.members))

    @property
    def first_day(self) -> int:
        """The oldest day on record; 0 when there is none."""
        return int(self.day.min()) if len(self.day) else 0

    def _where(self, rows: npt.NDArray[np.bool_]) -> "History":
        return History(
            self.members, self.member[rows], self.day[rows], self.amount[rows], self.purchases[rows]
        )


@dataclass(frozen=True, slots=True)
class Lives:
    """By member code, before one cut-off: visit-days, first and last day, spend (minor units).

    ``first`` and ``last`` mean nothing where ``visits`` is 0.
    """

    visits: Ints
    first: Ints
    last: Ints
    spend: Floats


def history_of(purchases: pd.DataFrame) -> History:
    """The visit-days of a frame with the columns ``member``, ``day`` (int) and ``amount_minor``."""
    members, codes = np.unique(purchases["member"].to_numpy(), return_inverse=True)
    day = purchases["day"].to_numpy(np.int64)
    amount = purchases["amount_minor"].to_numpy(np.float64)
    if not len(day):
        nothing = np.zeros(0, np.int32)
        return History(members, nothing, nothing, np.zeros(0), nothing)
    order = np.lexsort((day, codes))
    codes, day, amount = codes[order], day[order], amount[order]
    starts = np.flatnonzero(np.r_[True, (np.diff(codes) != 0) | (np.diff(day) != 0)])
    return History(
        members,
        codes[starts].astype(np.int32),
        day[starts].astype(np.int32),
        np.add.reduceat(amount, starts),
        np.diff(np.r_[starts, len(day)]).astype(np.int32),
    )


def lives(known: History) -> Lives:
    """Each member's life so far."""
    size = len(known.members)
    first, last = np.zeros(size, np.int32), np.zeros(size, np.int32)
    last[known.member] = known.day  # rows are sorted by day: the last write wins
    first[known.member[::-1]] = known.day[::-1]
    visits = np.bincount(known.member, minlength=size).astype(np.int32)
    return Lives(visits, first, last, sums(known.member, known.amount, size))


def sums(owner: Ints, values: npt.NDArray[Any], size: int) -> Floats:
    """``values`` summed by owner, for the owners 0…size−1."""
    return np.bincount(owner, values, size).astype(np.float64, copy=False)
