"""Leaving a contest: nobody is ranked who left, what was counted stays, and there is a way back."""

import pytest

from accounts.errors import NotFound
from ledger.contests.figures import ContestLine, contests_of
from ledger.contests.joining import join_contest, leave_contest
from ledger.models import Contender, GoalCount
from programs.queries import timeline
from tests.ledger.books import Books, prove
from tests.ledger.held import decide, open_holding_shop, places
from tests.ledger.merged import merge
from tests.ledger.test_contests import field

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def joined(*people: Books) -> None:
    """Let everybody take part."""
    for books in people:
        join_contest(books.member, "cup", now=books.now)


def seen(books: Books) -> ContestLine:
    """The contest as the member sees it."""
    (line,) = contests_of(books.member, timeline(books.merchant), now=books.now)
    return line


def test_who_left_is_out_of_the_ranking_and_keeps_what_was_counted() -> None:
    shop = open_holding_shop(contests=({"by_joining": True},))
    noura, sami, _huda = field(shop)
    joined(noura, sami)
    sami.buy(300_00)
    noura.buy(100_00)
    for _time in range(2):
        leave_contest(sami.member, "cup", now=sami.now)
    assert (seen(sami).has_joined, seen(sami).may_join, seen(sami).may_leave) == (False, True, False)
    assert (seen(sami).rank, seen(noura).rank.place, seen(noura).rank.members) == (None, 1, 1)  # type: ignore[union-attr]
    assert GoalCount.objects.get(member=sami.member, kind="contest").count == 300_00
    assert decide(noura) == 1
    assert places(noura) == [(1, noura.member.pk, 100_00)]
    prove(shop.merchant)


def test_who_joins_again_has_everything_since_the_first_day() -> None:
    shop = open_holding_shop(contests=({"by_joining": True},))
    noura, sami, _huda = field(shop)
    joined(noura, sami)
    sami.buy(300_00)
    leave_contest(sami.member, "cup", now=sami.now)
    sami.buy(50_00)  # counted all the same: joining ranks, it does not count
    noura.buy(100_00)
    joined(sami, sami)
    assert Contender.objects.filter(member=sami.member).count() == 1
    decide(noura)
    assert places(noura) == [(1, sami.member.pk, 350_00), (2, noura.member.pk, 100_00)]


def test_a_person_leaves_with_every_record() -> None:
    shop = open_holding_shop(contests=({"by_joining": True},))
    noura, sami, huda = field(shop)
    joined(noura, sami, huda)
    huda.buy(10_00)
    merge(noura, sami)
    noura.buy(100_00)
    leave_contest(noura.member, "cup", now=noura.now)
    assert not seen(noura).has_joined
    decide(noura)
    assert places(noura) == [(1, huda.member.pk, 10_00)]


def test_leaving_what_was_never_joined_changes_nothing() -> None:
    shop = open_holding_shop(contests=({"by_joining": True},))
    noura, _sami, _huda = field(shop)
    leave_contest(noura.member, "cup", now=noura.now)
    assert not Contender.objects.exists()


@pytest.mark.parametrize(("by_joining", "day"), [(False, (2026, 2, 5)), (True, (2026, 3, 1))])
def test_what_needs_no_joining_and_what_is_over_is_not_left(
    by_joining: bool, day: tuple[int, int, int]
) -> None:
    shop = open_holding_shop(contests=({"by_joining": by_joining},))
    (noura,) = field(shop, 1)
    if by_joining:
        joined(noura)
    noura.go_to(*day)
    with pytest.raises(NotFound):
        leave_contest(noura.member, "cup", now=noura.now)
    assert seen(noura).may_leave is False
