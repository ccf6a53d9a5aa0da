"""Business days, months that clamp, lots' last days and birthdays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.calendars import (
    Rounding,
    add_months,
    birthday_in,
    birthday_occurrence,
    business_date,
    end_of_day_instant,
    last_spendable_day,
    local,
    start_of_day_instant,
    trailing_start,
    week_end,
    week_start,
)

RIYADH = "Asia/Riyadh"


def test_rule_12_the_last_hour_of_the_year_in_utc_is_new_year_in_riyadh() -> None:
    assert business_date(datetime(2026, 12, 31, 22, 30, tzinfo=UTC), RIYADH) == date(2027, 1, 1)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        local(datetime(2026, 1, 1), RIYADH)


@pytest.mark.parametrize(
    ("earned", "months", "rounding", "last"),
    [
        (date(2026, 1, 25), 1, "none", date(2026, 2, 25)),
        (date(2027, 1, 31), 1, "none", date(2027, 2, 28)),
        (date(2026, 1, 25), 1, "month", date(2026, 2, 28)),
        (date(2026, 1, 25), 12, "quarter", date(2027, 3, 31)),
        (date(2026, 5, 1), 12, "half", date(2027, 6, 30)),
        (date(2026, 7, 1), 12, "half", date(2027, 12, 31)),
        (date(2026, 7, 1), 12, "year", date(2027, 12, 31)),
    ],
)
def test_rule_22_the_last_day_counts(earned: date, months: int, rounding: Rounding, last: date) -> None:
    assert last_spendable_day(earned, months, rounding) == last


def test_rule_22_the_last_day_ends_at_local_midnight() -> None:
    end = end_of_day_instant(date(2026, 2, 25), RIYADH)
    assert end == datetime(2026, 2, 25, 21, 0, tzinfo=UTC)
    assert business_date(end - timedelta(microseconds=1), RIYADH) == date(2026, 2, 25)
    assert end == start_of_day_instant(date(2026, 2, 26), RIYADH)


def test_rule_09_29_february_is_28_february_in_common_years() -> None:
    born = date(2000, 2, 29)
    assert birthday_in(born, 2027) == date(2027, 2, 28)
    assert birthday_in(born, 2028) == date(2028, 2, 29)
    assert birthday_occurrence(born, date(2027, 3, 7), 7) == 2027
    assert birthday_occurrence(born, date(2027, 3, 8), 7) is None


@pytest.mark.parametrize(
    ("birthday", "on", "year"),
    [
        (date(1990, 12, 30), date(2027, 1, 6), 2026),
        (date(1990, 12, 30), date(2027, 1, 7), None),
        (date(1990, 1, 2), date(2026, 12, 26), 2027),
        (date(1990, 1, 2), date(2026, 12, 25), None),
    ],
)
def test_rule_09_the_window_crosses_new_year(birthday: date, on: date, year: int | None) -> None:
    assert birthday_occurrence(birthday, on, 7) == year


@pytest.mark.parametrize(
    ("on", "start"),
    [
        (date(2026, 12, 31), date(2026, 1, 1)),
        (date(2027, 1, 1), date(2026, 1, 2)),
        (date(2028, 2, 29), date(2027, 3, 1)),
    ],
)
def test_twelve_months_end_with_today(on: date, start: date) -> None:
    assert trailing_start(on) == start


def test_the_week_runs_from_sunday_to_saturday() -> None:
    for day in range(5, 12):  # 5 July 2026 is a Sunday.
        assert week_start(date(2026, 7, day)) == date(2026, 7, 5)
        assert week_end(date(2026, 7, day)) == date(2026, 7, 11)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-240, 240))
def test_adding_months_lands_in_the_right_month_and_never_later_in_it(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1
