"""Pausing, resuming and closing a programme (RULES D 26)."""

from datetime import date, timedelta
from typing import Any

import pytest

from ledger import freezing
from ledger.bulk.sweeping import sweep
from ledger.freezing import close, resume, settle, settle_all
from ledger.models import ExpiryNotice, Lot, LotExtension
from ledger.queries import account
from programs import lifecycle
from programs.errors import WrongState
from programs.lifecycle import closed, pause
from programs.models import Programme
from programs.stops import stops_of
from tests.ledger.books import Books, prove
from tests.ledger.conftest import OpenBooks


def programme(books: Books) -> Programme:
    return Programme.objects.select_related("merchant").get(merchant=books.merchant)


def days(books: Books) -> list[date | None]:
    return list(Lot.objects.filter(member=books.member).order_by("id").values_list("expires_on", flat=True))


def test_rule_26_resuming_gives_the_lots_the_days_of_the_pause(books: Books) -> None:
    books.earn(500)
    books.go_to(2027, 1, 20)
    pause(programme=programme(books), now=books.now)
    books.go_to(2027, 3, 1)
    assert account(books.member, now=books.now).available == 500
    resume(programme=programme(books), now=books.now)
    assert days(books) == [date(2027, 3, 6)]
    moved = LotExtension.objects.get()
    assert (moved.why, moved.from_day, moved.until_day) == ("pause", date(2027, 1, 25), date(2027, 3, 6))
    assert books.earn(7).available == 507
    books.go_to(2027, 3, 7)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (500, 7)


def test_rule_26_what_was_over_before_the_pause_dies_and_is_not_prolonged(books: Books) -> None:
    books.earn(500)
    books.go_to(2027, 1, 26)
    pause(programme=programme(books), now=books.now)
    books.go_to(2027, 6, 1)
    assert account(books.member, now=books.now).available == 0
    assert sweep(merchant=books.merchant, now=books.now) == 500
    resume(programme=programme(books), now=books.now)
    assert LotExtension.objects.count() == 0


def test_rule_26_points_that_came_in_during_the_pause_get_the_days_since(books: Books) -> None:
    pause(programme=programme(books), now=books.now)
    books.wait(days=10)
    books.adjust(50)
    books.wait(days=5)
    resume(programme=programme(books), now=books.now)
    assert days(books) == [date(2027, 2, 9)]


def test_rule_26_prolonging_may_die_in_the_middle_and_be_run_again(books: Books, monkeypatch: Any) -> None:
    monkeypatch.setattr(freezing, "CHUNK", 2)
    for _lot in range(5):
        books.earn(10)
    pause(programme=programme(books), now=books.now)
    books.wait(days=10)
    chunks = iter([freezing._write, freezing._write])

    def dying(*told: Any) -> None:
        try:
            next(chunks)(*told)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(freezing, "_write", dying)
    with pytest.raises(KeyboardInterrupt):
        resume(programme=programme(books), now=books.now)
    monkeypatch.undo()
    assert LotExtension.objects.count() == 4
    assert account(books.member, now=books.now.replace(year=2027, month=1, day=30)).available == 50
    with pytest.raises(WrongState):
        close(programme=programme(books), now=books.now)
    assert [settle_all(now=books.now) for _time in range(2)] == [1, 0]
    assert set(days(books)) == {date(2027, 2, 4)}
    assert LotExtension.objects.count() == 5


def test_rule_26_two_pauses_prolong_twice(books: Books) -> None:
    books.earn(500)
    for _pause in range(2):
        pause(programme=programme(books), now=books.now)
        books.wait(days=10)
        resume(programme=programme(books), now=books.now)
        books.wait(days=1)
    assert days(books) == [date(2027, 2, 14)]


def test_rule_26_a_pause_within_a_minute_of_a_resume_is_a_pause_of_its_own(books: Books) -> None:
    books.earn(500)
    pause(programme=programme(books), now=books.now)
    books.wait(days=10)
    lifecycle.resume(programme=programme(books), now=books.now)  # the last days are still where they were
    pause(programme=programme(books), now=books.now + timedelta(seconds=20))
    assert books.buy(10_000, at=books.now + timedelta(seconds=10)).points == 100
    books.wait(days=30)
    assert account(books.member, now=books.now).available == 600
    settle_all(now=books.now)
    assert programme(books).paused_at is not None  # the second one holds on
    resume(programme=programme(books), now=books.now)
    assert days(books)[0] == date(2027, 3, 6)
    assert programme(books).paused_at is None


def test_rule_26_an_order_of_a_past_pause_earns_nothing_and_one_from_before_it_does(books: Books) -> None:
    pause(programme=programme(books), now=books.now)
    books.wait(days=2)
    during = books.now
    assert books.buy(10_000, at=during - timedelta(days=3)).points == 100  # told meanwhile
    books.wait(days=2)
    resume(programme=programme(books), now=books.now)
    late = books.buy(10_000, at=during)
    assert (late.points, late.reasons[0]["code"]) == (0, "paused")
    assert books.buy(10_000, at=during - timedelta(days=3)).points == 100
    assert books.buy(10_000).points == 100


def test_rule_26_a_closing_is_taken_back_before_its_last_day(books: Books) -> None:
    books.earn(1000)
    books.adjust(7, expires=False)
    own = days(books)
    close(programme=programme(books), now=books.now, by="staff:1")
    books.wait(days=1)
    books.adjust(40)
    assert len(set(days(books))) == 1
    closing_day = books.now
    books.wait(days=1)
    shop = freezing.reopen(programme=programme(books), now=books.now, by="staff:2")
    assert (shop.state, shop.closes_on, shop.closing_at, shop.resuming_at) == ("live", None, None, None)
    [stop] = stops_of(shop.stops)
    assert (stop.state, stop.by, stop.until, stop.until_by) == ("closing", "staff:1", books.now, "staff:2")
    assert days(books) == [*own, date(2027, 1, 26)]
    assert books.buy(10_000).points == 100
    assert books.buy(10_000, at=closing_day).points == 0  # nobody was promised points that day
    prove(books.merchant)
    again = close(programme=programme(books), now=books.now)
    assert set(days(books)) == {again.closes_on}
    books.go_to(2026, 4, 27)
    assert again.closes_on == date(2026, 4, 27)
    with pytest.raises(WrongState):
        freezing.reopen(programme=programme(books), now=books.now)


def as_the_first_release_left_it(books: Books) -> None:
    """Stops were not remembered on the programme's row then."""
    Programme.objects.filter(merchant=books.merchant).update(stops=[])


def test_rule_26_a_pause_older_than_the_memory_of_stops_ends_and_counts_its_days(books: Books) -> None:
    books.earn(500)
    pause(programme=programme(books), now=books.now)
    as_the_first_release_left_it(books)
    before = books.now - timedelta(days=1)
    books.wait(days=10)
    assert books.buy(10_000, at=before).points == 100
    assert books.buy(10_000).points == 0
    shop = resume(programme=programme(books), now=books.now, by="staff:2")
    [stop] = shop.known_stops
    assert (shop.state, shop.paused_at, stop.until_by) == ("live", None, "staff:2")
    assert days(books) == [date(2027, 2, 4), date(2027, 1, 24)]


def test_rule_26_going_on_that_the_first_release_began_is_finished(books: Books) -> None:
    books.earn(500)
    pause(programme=programme(books), now=books.now)
    books.wait(days=10)
    lifecycle.resume(programme=programme(books), now=books.now)
    as_the_first_release_left_it(books)
    assert (settle_all(now=books.now), days(books)) == (1, [date(2027, 2, 4)])
    assert programme(books).paused_at is None


def test_rule_26_a_closing_older_than_the_memory_of_stops_is_carried_out_and_taken_back(books: Books) -> None:
    books.earn(1000)
    own = days(books)
    lifecycle.close(programme=programme(books), now=books.now)
    as_the_first_release_left_it(books)
    settle_all(now=books.now)
    assert days(books) == [programme(books).closes_on]
    shop = freezing.reopen(programme=programme(books), now=books.now)
    assert (shop.state, days(books)) == ("live", own)


def test_rule_26_a_code_returned_after_the_pause_finds_its_lot_prolonged(books: Books) -> None:
    books.earn(500)
    code = books.issue(500, minutes=60 * 24 * 60).code
    pause(programme=programme(books), now=books.now)
    books.wait(days=10)
    resume(programme=programme(books), now=books.now)
    books.close(code, "cancelled")
    assert (books.lots(), days(books)) == ([(500, 500)], [date(2027, 2, 4)])


def test_rule_26_closing_gives_notice_to_spend_and_earns_nothing(books: Books) -> None:
    books.earn(1000)
    shop = close(programme=programme(books), now=books.now)
    assert (shop.state, shop.closes_on) == ("closing", date(2026, 4, 25))
    assert days(books) == [date(2026, 4, 25)]
    got = books.buy(10000)
    assert (got.points, got.reasons[0]["code"]) == (0, "closing")
    assert books.issue(500).available == 500
    assert books.adjust(40).lots == [{"points": 40, "expires_on": "2026-04-25"}]
    books.go_to(2026, 4, 25, hour=23)
    assert account(books.member, now=books.now).available == 540
    with pytest.raises(WrongState):
        closed(programme=shop, today=date(2026, 4, 25))
    books.go_to(2026, 4, 26, hour=0, minute=10)
    assert (sweep(merchant=books.merchant, now=books.now), books.available) == (540, 0)
    settle_all(now=books.now)
    assert programme(books).state == "closed"
    assert books.buy(10000).points == 0


def test_rule_27_a_grace_given_while_the_programme_closes_is_not_cut_short(books: Books) -> None:
    books.earn(500)
    books.go_to(2026, 11, 15)
    closing = close(programme=programme(books), now=books.now)
    assert closing.closes_on == date(2027, 2, 13)
    told = {"points": 500, "deliverable": False, "at": books.now}
    ExpiryNotice.objects.create(member=books.member, expires_on=date(2027, 1, 25), **told)
    books.go_to(2027, 1, 26)
    books.pass_time()
    for month, day, state in ((1, 27, "closing"), (2, 24, "closed")):
        books.go_to(2027, month, day)
        settle_all(now=books.now)
        sweep(merchant=books.merchant, now=books.now)
        assert (programme(books).state, books.available, days(books)) == (state, 500, [date(2027, 2, 24)])
    books.go_to(2027, 2, 25)
    assert sweep(merchant=books.merchant, now=books.now) == 500
    prove(books.merchant)


def test_rule_26_points_that_never_die_die_with_the_programme(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=None, closing_days=30)
    books.earn(500)
    close(programme=programme(books), now=books.now)
    assert days(books) == [date(2026, 2, 24)]
    assert settle(programme=programme(books), now=books.now) == 0


def test_rule_26_switching_expiry_on_or_shortening_it_touches_new_lots_only(open_books: OpenBooks) -> None:
    from programs.publishing import draft_of, publish

    books = open_books(expiry_months=None)
    books.earn(10)
    for months in (12, 1):
        draft = draft_of(programme=programme(books))
        draft.expiry_months = months
        draft.save()
        books.wait(days=1)
        publish(version=draft, actor="test", effective_from=books.now, now=books.now)
        books.earn(10)
    assert days(books) == [None, date(2027, 1, 26), date(2026, 2, 27)]
