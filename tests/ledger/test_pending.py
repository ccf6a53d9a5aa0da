"""Points that wait (RULES A 11)."""

from datetime import date

import pytest

from accounts.errors import Invalid, NotFound
from ledger import topics
from ledger.bulk.activating import activate
from ledger.errors import BeforePurchase, KeyConflict, NotEnoughPoints
from ledger.events import AwardsOpened
from ledger.models import Lot, PendingAward, Refund
from ledger.posting import post
from ledger.queries import account
from ledger.receipt import Receipt
from programs.publishing import draft_of, publish
from tests.ledger.books import Books
from tests.ledger.conftest import OpenBooks


@pytest.fixture
def held(open_books: OpenBooks) -> Books:
    """A shop whose points wait 14 days."""
    return open_books(hold="days", hold_days=14)


@pytest.fixture
def awaited(open_books: OpenBooks) -> Books:
    """A shop whose points wait until the order was delivered."""
    return open_books(hold="event", hold_event="delivered")


def happened(books: Books, order: str, awaits: str = "delivered", *, key: str | None = None) -> Receipt:
    event = AwardsOpened(
        **books.said("open", key, None), purchase_source="till", purchase_key=order, awaits=awaits
    )
    return post(event, now=books.now)


def test_rule_11_points_wait_apart_and_cannot_be_spent(held: Books) -> None:
    got = held.earn(500)
    assert (got.points, got.available, got.pending) == (500, 0, 500)
    assert got.waiting == {"points": 500, "opens_on": "2026-02-08"}
    found = account(held.member, now=held.now)
    assert (found.available, found.pending, found.waiting[0].opens_on) == (0, 500, date(2026, 2, 8))
    assert (held.moves(), held.lots(), held.balance.earned_ever) == ([], [], 0)
    with pytest.raises(NotEnoughPoints):
        held.issue(500)
    assert held.news(topics.POINTS_EARNED)[0]["pending"] == 500


def test_rule_11_a_quote_says_what_the_award_says(held: Books) -> None:
    told, got = held.quote(50000), held.buy(50000)
    assert (told.points, told.available, told.pending, told.waiting) == (
        *(got.points, got.available, got.pending),
        got.waiting,
    )


def test_rule_11_they_open_at_local_midnight_with_one_notice_and_live_from_there(held: Books) -> None:
    held.earn(300)
    held.wait(hours=1)
    held.earn(200)
    held.go_to(2026, 2, 7, hour=23, minute=59)
    assert activate(merchant=held.merchant, now=held.now) == 0
    held.go_to(2026, 2, 8, hour=0, minute=0)
    assert [activate(merchant=held.merchant, now=held.now) for _time in range(2)] == [500, 0]
    assert (held.available, held.balance.pending, held.balance.earned_ever) == (500, 0, 500)
    assert [news["points"] for news in held.news(topics.POINTS_ACTIVATED)] == [500]
    assert set(Lot.objects.values_list("expires_on", flat=True)) == {date(2027, 2, 8)}
    assert [move.business_date for move in held.member.movements.all()] == [date(2026, 2, 8)] * 2


def test_rule_11_nobody_waits_for_the_sweep(held: Books) -> None:
    held.earn(500)
    held.go_to(2026, 2, 8, hour=0, minute=0)
    assert account(held.member, now=held.now).available == 500
    assert account(held.member, now=held.now).pending == 0
    assert held.issue(500).available == 0
    assert activate(merchant=held.merchant, now=held.now) == 0
    assert len(held.news(topics.POINTS_ACTIVATED)) == 1


def test_rule_11_two_openings_on_one_day_are_one_notice(awaited: Books) -> None:
    awaited.buy(10000, key="A-1")
    awaited.buy(20000, key="A-2")
    awaited.wait(days=1)
    assert happened(awaited, "A-1").points == 100
    assert happened(awaited, "A-2").points == 200
    assert len(awaited.news(topics.POINTS_ACTIVATED)) == 1
    awaited.buy(10000, key="A-3")
    awaited.wait(days=1)
    happened(awaited, "A-3")
    assert len(awaited.news(topics.POINTS_ACTIVATED)) == 2


def test_rule_11_an_event_opens_its_own_purchase_once(awaited: Books) -> None:
    got = awaited.buy(10000, key="A-1")
    awaited.buy(20000, key="A-2")
    assert got.waiting == {"points": 100, "awaits": "delivered"}
    awaited.wait(days=40)
    opened = happened(awaited, "A-1", key="D-1")
    assert (opened.points, opened.available, opened.pending, opened.purchase_id) == (
        *(100, 100, 200),
        got.purchase_id,
    )
    assert happened(awaited, "A-1", key="D-1").repeated
    assert happened(awaited, "A-1", key="D-2").points == 0
    with pytest.raises(KeyConflict):
        happened(awaited, "A-2", key="D-1")
    assert Lot.objects.get().expires_on == date(2027, 3, 6)


def test_rule_11_another_event_and_no_event_open_nothing(awaited: Books) -> None:
    awaited.buy(10000, key="A-1")
    assert happened(awaited, "A-1", "picked_up").points == 0
    assert awaited.balance.pending == 100
    with pytest.raises(NotFound):
        happened(awaited, "A-9")
    with pytest.raises(Invalid):
        happened(awaited, "A-1", "")
    awaited.wait(days=-1)
    with pytest.raises(BeforePurchase):
        happened(awaited, "A-1")


def test_rule_11_a_delivery_told_after_a_refund_opens_nothing(awaited: Books) -> None:
    awaited.buy(10000, key="A-1")
    awaited.refund("A-1", 10000)
    assert happened(awaited, "A-1").points == 0
    assert (awaited.available, awaited.balance.pending, awaited.moves()) == (0, 0, [])


def test_rule_11_a_refund_meanwhile_cancels_without_touching_what_is_there(held: Books) -> None:
    held.adjust(50)
    held.buy(9999, key="A-1")
    got = held.refund("A-1", 3333)
    assert (got.points, got.available, got.pending) == (-33, 50, 66)
    assert (held.moves(), Refund.objects.get().pending_points) == ([("adjust", 50)], 33)
    held.refund("A-1", 3333)
    held.refund("A-1", 3333)
    assert (held.available, held.balance.pending, held.balance.owed) == (50, 0, 0)
    assert PendingAward.objects.get().state == "cancelled"


def test_rule_11_what_is_left_after_a_partial_refund_opens(held: Books) -> None:
    held.buy(9999, key="A-1")
    held.refund("A-1", 3333)
    held.go_to(2026, 2, 8)
    assert activate(merchant=held.merchant, now=held.now) == 66
    held.refund("A-1", 6666)
    assert (held.available, held.balance.owed) == (0, 0)
    assert held.moves() == [("earn", 66), ("clawback", -66)]


def test_rule_11_ten_buy_and_refund_loops_leave_nothing_waiting(held: Books) -> None:
    for loop in range(10):
        held.buy(9999, key=f"A-{loop}")
        held.refund(f"A-{loop}", 9999)
    assert (held.available, held.balance.pending, held.balance.owed) == (0, 0, 0)


def test_rule_11_a_new_version_loses_nothing(held: Books) -> None:
    held.earn(100)
    draft = draft_of(programme=held.merchant.programme)
    draft.hold, draft.expiry_months = "none", 1
    draft.save()
    held.wait(days=1)
    publish(version=draft, actor="test", effective_from=held.now, now=held.now)
    assert (held.earn(7).available, held.balance.pending) == (7, 100)
    held.go_to(2026, 2, 8)
    activate(merchant=held.merchant, now=held.now)
    assert Lot.objects.get(points=100).expires_on == date(2027, 2, 8)


def test_rule_11_an_opening_pays_what_is_owed_first(held: Books) -> None:
    held.adjust(500)
    held.issue(500)
    held.buy(2000, key="A-1", award=False)
    held.buy(5000, key="A-2")
    held.go_to(2026, 2, 8)
    held.refund("A-2", 5000)
    held.go_to(2026, 2, 9)
    assert (held.available, held.balance.owed) == (0, 0)


def test_rule_11_a_late_purchase_whose_day_has_come_waits_for_nothing(held: Books) -> None:
    held.go_to(2026, 2, 20)
    got = held.buy(10000, at=held.now.replace(day=1))
    assert (got.available, got.pending, got.waiting) == (100, 0, {})
    assert Lot.objects.get().expires_on == date(2027, 2, 15)
