"""Paid membership on plain values: days, the year, and the meter."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.memberships import Holding, Meter, held_at, membership_year, meter, paid_through

ZONE = "Asia/Riyadh"
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))
PLUS = Holding("plus", datetime(2027, 1, 10, 9, tzinfo=UTC), date(2027, 2, 10), fees=1, grace_days=7)


@given(anchor=DAYS, fees=st.integers(0, 60))
def test_every_fee_reaches_further_and_never_drifts(anchor: date, fees: int) -> None:
    days = [paid_through(anchor, "month", number) for number in range(fees + 2)]
    assert all(27 < (later - earlier).days < 32 for earlier, later in pairwise(days))
    assert all(day.day == anchor.day or (day.day < anchor.day and _is_last(day)) for day in days)
    assert paid_through(anchor, "month", 12 * fees) == paid_through(anchor, "year", fees)


def _is_last(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


@given(began=DAYS, later=st.integers(0, 4000))
def test_every_day_lies_in_one_year_of_membership(began: date, later: int) -> None:
    today = began + timedelta(days=later)
    year = membership_year(began, today)
    assert year.first <= today <= year.last
    assert membership_year(began, year.last) == year
    assert membership_year(began, year.last + timedelta(days=1)).first == year.last + timedelta(days=1)


@pytest.mark.parametrize(
    ("local", "state"),
    [
        ("2027-01-10T11:59", "ended"), ("2027-01-10T12:00", "active"), ("2027-02-10T23:59", "active"),
        ("2027-02-11T00:00", "grace"), ("2027-02-17T23:59", "grace"), ("2027-02-18T00:00", "ended"),
    ],
)  # fmt: skip
def test_where_it_stands_by_the_merchants_clock(local: str, state: str) -> None:
    moment = datetime.fromisoformat(f"{local}+03:00")
    assert PLUS.state_at(moment, ZONE) == state


def test_of_two_the_one_paid_longer_counts() -> None:
    longer = Holding("gold", PLUS.started_at, date(2027, 5, 1), fees=3)
    assert held_at([PLUS, longer], datetime(2027, 2, 1, tzinfo=UTC), ZONE) == longer
    assert held_at([PLUS], datetime(2027, 6, 1, tzinfo=UTC), ZONE) is None


def test_the_meter_of_the_rules_programme() -> None:
    """29 SAR a month for two months, one given back; 500 points = 25 SAR.

    Extra 100 points of an award of 200, of which a refund took 50: its half, 25, is gone. Extra 40 whole.
    """
    found = meter(
        fees_minor=[2900, 2900, -2900],
        gains=[(100, 200, 50), (40, 80, 0)],
        vouchers_minor=[1500],
        perks_minor=[2500],
        block_points=500,
        block_value_minor=2500,
    )
    assert found == Meter(
        paid_minor=2900, points=115, points_minor=575, vouchers_minor=1500, perks_minor=2500
    )
    assert (found.saved_minor, found.ahead_minor) == (4575, 1675)
