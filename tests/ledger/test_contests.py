"""Contests in the books: places are decided once, prizes given once, returns taken off until then."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Member
from ledger.contests.closing import close_contests
from ledger.contests.figures import ContestLine, contests_of
from ledger.contests.joining import join_contest
from ledger.event import LineItem
from ledger.models import Achievement, ContestClosing, ContestStanding, GoalCount
from ledger.proving.contests import places as proved
from ledger.proving.finding import Scope
from programs.queries import timeline
from tests.cast import Shop
from tests.ledger.books import Books, another, prove
from tests.ledger.collected import happen, vouchers
from tests.ledger.held import decide, open_holding_shop, places
from tests.ledger.merged import merge

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

OTHERS = ("0501110001", "0501110002", "0501110003")


def field(shop: Shop, size: int = 3) -> list[Books]:
    """Members of a shop on the first day of its contest."""
    found = [Books(shop.member), *(another(shop.merchant, phone) for phone in OTHERS[: size - 1])]
    for books in found:
        books.go_to(2026, 2, 1, hour=12)
    return found


def seen(books: Books) -> ContestLine:
    """The contest as the member sees it."""
    (line,) = contests_of(books.member, timeline(books.merchant), now=books.now)
    return line


def test_the_first_places_win_once_and_of_equals_who_got_there_first() -> None:
    shop = open_holding_shop()
    noura, sami, huda = field(shop)
    huda.buy(500_00, key="H-1")
    sami.go_to(2026, 2, 10)
    sami.buy(200_00)
    noura.go_to(2026, 2, 12)
    noura.buy(200_00)
    huda.go_to(2026, 2, 20)
    huda.refund("H-1", 400_00)  # before the places stand: it is taken off
    noura.go_to(2026, 2, 28, hour=23)
    before = noura.available
    assert decide(noura) == 3
    assert places(noura) == [
        (1, sami.member.pk, 200_00), (2, noura.member.pk, 200_00), (3, huda.member.pk, 100_00),
    ]  # fmt: skip
    assert noura.available - before == 100
    assert vouchers(noura) == vouchers(huda) == [("coffee", "reserved")]
    assert Achievement.objects.get(member=sami.member).badge == "regular"
    assert (sami.news("contest.won")[0]["place"], sami.news("badge.won")[0]["badge"]) == (1, "regular")
    assert close_contests(now=noura.now) == decide(noura) == 0
    closing = ContestClosing.objects.get()
    assert (closing.contenders, closing.done_at) == (3, closing.closed_at)
    prove(shop.merchant)


def test_what_is_returned_after_the_places_stand_changes_nothing() -> None:
    shop = open_holding_shop()
    noura, sami, _huda = field(shop)
    noura.buy(300_00, key="N-1")
    sami.buy(100_00)
    decide(noura)
    noura.refund("N-1", 300_00)
    assert places(noura) == [(1, noura.member.pk, 300_00), (2, sami.member.pk, 100_00)]
    won = Achievement.objects.get(member=noura.member)
    assert (won.revoked_at, won.points) == (None, 300)
    assert GoalCount.objects.get(member=noura.member, kind="contest").count == 0
    assert decide(sami) == 0
    prove(shop.merchant)


def test_a_member_sees_their_place_and_what_is_missing_and_nobody_else() -> None:
    shop = open_holding_shop(contests=({"minimum": 50_00},))
    noura, sami, huda = field(shop)
    assert (seen(noura).rank.place, seen(noura).rank.missing) == (None, 50_00)  # type: ignore[union-attr]
    noura.buy(60_00)
    sami.buy(100_00)
    huda.buy(60_00)
    rank = seen(noura).rank
    assert rank is not None
    assert (rank.place, rank.level, rank.members, rank.missing) == (2, 1, 3, 40_01)
    assert (seen(sami).rank.place, seen(sami).rank.missing) == (1, 0)  # type: ignore[union-attr]
    huda.buy(10_00)
    huda.go_to(2026, 3, 1)
    assert (seen(huda).is_over, seen(huda).decided) == (True, False)
    decide(noura)
    final = seen(noura)
    assert (final.decided, final.final_place, final.members, final.rank) == (True, 3, 3, None)


def test_only_who_joined_is_ranked_with_everything_since_the_first_day() -> None:
    shop = open_holding_shop(contests=({"by_joining": True},))
    noura, sami, _huda = field(shop)
    sami.buy(900_00)
    noura.buy(100_00)
    assert (seen(noura).may_join, seen(noura).rank) == (True, None)
    noura.go_to(2026, 2, 28, hour=22)
    for _time in range(2):
        join_contest(noura.member, "cup", now=noura.now)
    assert (seen(noura).has_joined, seen(noura).rank.place) == (True, 1)  # type: ignore[union-attr]
    decide(noura)
    assert places(noura) == [(1, noura.member.pk, 100_00)]
    prove(shop.merchant)


def test_records_of_one_person_stand_as_one() -> None:
    shop = open_holding_shop()
    noura, sami, huda = field(shop)
    noura.buy(100_00)
    huda.buy(150_00)
    sami.buy(200_00)
    merge(noura, huda)
    assert seen(noura).rank.place == 1  # type: ignore[union-attr]
    decide(noura)
    assert places(noura) == [(1, noura.member.pk, 250_00), (2, sami.member.pk, 200_00)]
    prove(shop.merchant)


def test_who_left_and_who_collected_too_little_are_not_ranked() -> None:
    shop = open_holding_shop(contests=({"minimum": 100_00},))
    noura, sami, huda = field(shop)
    noura.buy(99_99)
    sami.buy(500_00)
    huda.buy(100_00)
    Member.objects.filter(pk=sami.member.pk).update(detached_at=sami.now)
    decide(noura)
    assert places(noura) == [(1, huda.member.pk, 100_00)]


@pytest.mark.parametrize(
    ("counts", "more", "counted", "after_refund"),
    [
        ("points", {}, 300, 100),
        ("visit", {}, 2, 1),
        ("item", {}, 5, 2),
        ("stamp", {}, 2, 1),
        ("points", {"most_per_day": 150}, 150, 100),
    ],
)
def test_every_measure_counts_and_is_taken_back(
    counts: str, more: dict[str, Any], counted: int, after_refund: int
) -> None:
    shop = open_holding_shop(contests=({"counts": counts, **more},), cards=[{}])
    (noura,) = field(shop, 1)
    noura.buy(LineItem(100_00, quantity=2))
    noura.buy(LineItem(200_00, quantity=3), key="N-2")
    count = GoalCount.objects.get(member=noura.member, kind="contest")
    assert count.count == counted
    noura.refund("N-2", 200_00)
    count.refresh_from_db()
    assert count.count == after_refund
    prove(shop.merchant)


def test_a_contest_of_events_counts_its_own_days_only() -> None:
    shop = open_holding_shop(contests=({"counts": "event", "event": "review"},))
    (noura,) = field(shop, 1)
    happen(noura, "review")
    noura.go_to(2026, 3, 1)
    happen(noura, "review")
    decide(noura)
    assert [count for _place, _member, count in places(noura)] == [1]
    assert Achievement.objects.get(kind="contest").starts_on == date(2026, 2, 1)


def test_verify_ledger_notices_a_place_that_was_changed() -> None:
    shop = open_holding_shop()
    noura, sami, huda = field(shop)
    noura.buy(100_00)
    sami.buy(200_00)
    decide(noura)
    closing = ContestClosing.objects.get()
    ContestStanding.objects.create(
        closing=closing, member=huda.member, place=3, count=999_00, reached_at=noura.now
    )
    assert [what for what, *_rest in proved(Scope(shop.merchant.pk))] == ["contest", "contest"]
