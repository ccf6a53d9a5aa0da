"""Occasions of the year: as the calendar has them, and as a shop sets them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from programs.occasions import KNOWN, Days, Set, calendar_days, coming, days_between, days_in_force

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "year", "first", "last"),
    [
        ("ramadan", 1447, date(2026, 2, 18), date(2026, 3, 19)),
        ("ramadan", 1448, date(2027, 2, 8), date(2027, 3, 8)),
        ("eid-al-fitr", 1448, date(2027, 3, 9), date(2027, 3, 12)),
        ("eid-al-adha", 1448, date(2027, 5, 16), date(2027, 5, 19)),
        ("national-day", 2026, date(2026, 9, 23), date(2026, 9, 23)),
        ("founding-day", 2027, date(2027, 2, 22), date(2027, 2, 22)),
        ("white-friday", 2026, date(2026, 11, 27), date(2026, 11, 29)),
        ("white-friday", 2024, date(2024, 11, 29), date(2024, 12, 1)),
    ],
)
def test_the_days_of_the_calendar(code: str, year: int, first: date, last: date) -> None:
    assert calendar_days(code, year) == Days(code, year, first, last)


def test_a_year_with_two_ramadans_has_both() -> None:
    starts = [
        days.first
        for days in days_in_force({"ramadan"}, date(2030, 7, 1), [], NOW)
        if days.first.year == 2030
    ]
    assert starts == [date(2030, 1, 5), date(2030, 12, 26)]


def test_what_was_set_stands_from_then_on_and_only_for_its_year() -> None:
    moved = Days("ramadan", 1448, date(2027, 2, 9), date(2027, 3, 9))
    others = [Set(moved, NOW)]
    before = days_in_force({"ramadan"}, date(2027, 2, 9), others, NOW - timedelta(seconds=1))
    after = days_in_force({"ramadan"}, date(2027, 2, 9), others, NOW)
    assert calendar_days("ramadan", 1448) in before
    assert moved not in before
    assert moved in after
    assert calendar_days("ramadan", 1448) not in after
    assert calendar_days("ramadan", 1449) in after


def test_the_newest_that_was_set_stands() -> None:
    first, second = (Days("ramadan", 1448, date(2027, 2, day), date(2027, 3, day)) for day in (9, 10))
    others = [Set(second, NOW), Set(first, NOW - timedelta(days=1))]
    assert second in days_in_force({"ramadan"}, date(2027, 2, 9), others, NOW)


def test_an_occasion_of_the_shops_own_has_the_days_it_was_given() -> None:
    own = Days("our-birthday", 2027, date(2027, 4, 1), date(2027, 4, 3))
    assert days_in_force({"our-birthday"}, date(2027, 4, 2), [Set(own, NOW)], NOW) == [own]
    assert days_in_force({"our-birthday"}, date(2027, 4, 2), [], NOW) == []


def test_what_comes_next_is_told_nearest_first() -> None:
    found = coming(set(KNOWN), date(2027, 2, 10), [], NOW)
    assert [days.code for days in found[:3]] == ["ramadan", "founding-day", "eid-al-fitr"]
    assert len(found) == len(KNOWN)


def test_every_day_of_an_occasion_between_two_days() -> None:
    found = set(days_between({"eid-al-fitr"}, date(2027, 3, 11), date(2028, 2, 26), [], NOW))
    assert found == {date(2027, 3, 11), date(2027, 3, 12), date(2028, 2, 26)}


def test_beyond_the_tables_there_are_no_hijri_days() -> None:
    assert days_in_force({"ramadan"}, date(2150, 1, 1), [], NOW) == []
    assert days_in_force({"national-day"}, date(2150, 1, 1), [], NOW)
