"""Contests on the member's page: their own place, what is missing, joining, and how it ended."""

from datetime import date, timedelta

import pytest
import time_machine

from ledger.contests.closing import close_contests
from ledger.contests.joining import join_contest
from ledger.models import ContestClosing, ContestStanding, Redemption
from programs.models import Badge, Contest
from programs.queries import forget_terms
from tests.backoffice.test_pages import queries
from tests.cast import NOW, Shop
from tests.ledger.books import Books, another
from tests.ledger.held import open_holding_shop
from tests.ledger.holding import CUP
from tests.ledger.test_contests import OTHERS
from tests.portal.conftest import Visitor, words

HELD = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 20), "checked_days": 5}


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    return open_holding_shop(contests=({**HELD, "by_joining": True},))


def test_a_member_joins_and_sees_their_place_and_nobody_else(
    member: Visitor, shop: Shop, clock: time_machine.Traveller
) -> None:
    rival = another(shop.merchant, OTHERS[0], given_name="Khalid")
    books = Books(shop.member)
    rival.now = books.now = NOW
    rival.buy(300_00)
    books.buy(100_00)
    told = words(member.get())
    assert "February cup It is on First place 300 points" in told
    assert "Take part" in told
    member.post("contests/cup/join/")
    member.post("contests/cup/join/")
    told = words(member.get())
    assert "Place 1 of 1 member" in told
    assert "Take part" not in told
    join_contest(rival.member, "cup", now=NOW)
    told = words(member.get())
    assert "Place 2 of 2 members 200.01 SAR more and you stand before the next place" in told
    assert "Khalid" not in told
    assert "What is returned before 26 November 2026 is taken off" in told
    later = NOW.replace(day=27)
    clock.move_to(later)
    assert close_contests(now=later) == 2
    assert "You came in place 2 of 2 members" in words(member.get())
    assert member.post("contests/cup/join/").status_code == 404


def test_a_member_leaves_and_may_come_back(member: Visitor, shop: Shop) -> None:
    Books(shop.member, now=NOW).buy(100_00)
    assert "Leave the contest" not in words(member.get())
    member.post("contests/cup/join/")
    assert "Leave the contest" in words(member.get())
    member.post("contests/cup/leave/")
    told = words(member.get())
    assert "You have left “February cup”. You can take part again until its last day" in told
    assert "Take part" in told
    assert "Place 1" not in told
    member.post("contests/cup/leave/")
    member.post("contests/cup/join/")
    assert "Place 1 of 1 member" in words(member.get())
    assert member.post("contests/none/leave/").status_code == 404
    assert member.get("contests/cup/leave/").status_code == 405


def test_who_is_not_signed_in_leaves_nothing(shop: Shop) -> None:
    stranger = Visitor(shop)
    assert stranger.post("contests/cup/leave/").headers["location"].endswith("/sign-in/")
    assert stranger.get("contests/").headers["location"].endswith("/sign-in/")


def test_a_member_reads_how_contests_ended_and_what_they_won(
    member: Visitor, shop: Shop, clock: time_machine.Traveller
) -> None:
    assert "No contest has ended for you yet" in words(member.get("contests/"))
    rival = another(shop.merchant, OTHERS[0], given_name="Khalid")
    for books, amount in ((rival, 300_00), (Books(shop.member), 100_00)):
        books.now = NOW
        books.buy(amount)
        join_contest(books.member, "cup", now=NOW)
    later = NOW.replace(day=27)
    clock.move_to(later)
    close_contests(now=later)
    for page in ("", "contests/"):
        told = words(member.get(page))
        assert "You came in place 2 of 2 members" in told
        assert "You won 100 points, “Coffee” · your voucher is ready until" in told
        assert "Khalid" not in told
    Redemption.objects.filter(member=shop.member).update(state="used", closed_at=later)
    clock.move_to(later + timedelta(days=31))
    member.enter()
    assert "Ended contests: your places and what you won" in words(member.get())
    told = words(member.get("contests/"))
    assert "You won 100 points, “Coffee” · voucher used" in told
    assert "decided on 27 November" in told


def ended_before(shop: Shop, numbers: range) -> None:
    """Let contests of long ago have been decided, with the shop's member first in each."""
    for number in numbers:
        facts = CUP | {"code": f"cup-{number}", "starts_on": date(2025, 1, 1), "ends_on": date(2025, 1, 2)}
        Contest.objects.bulk_create([Contest(version=shop.version, **facts)])
        closing = ContestClosing.objects.create(
            merchant=shop.merchant, version=shop.version, code=f"cup-{number}", contenders=1, closed_at=NOW,
            starts_on=date(2025, 1, 1), done_at=NOW,
        )  # fmt: skip
        ContestStanding.objects.create(closing=closing, member=shop.member, place=1, count=1, reached_at=NOW)
    forget_terms()


def test_the_page_asks_no_more_of_the_database_the_more_has_ended(member: Visitor, shop: Shop) -> None:
    asked = []
    for numbers in (range(1), range(1, 7)):
        ended_before(shop, numbers)
        member.get("contests/")
        asked.append(queries(lambda: member.get("contests/")))
    assert words(member.get("contests/")).count("You came in place 1 of 1 member") == 7
    assert asked[1] == asked[0] <= 9


def test_the_page_speaks_arabic(member: Visitor, shop: Shop) -> None:
    member.post("contests/cup/join/")
    Books(shop.member, now=NOW).buy(100_00)
    shop.member.language = "ar"
    shop.member.save()
    told = words(member.get())
    assert "كأس فبراير" in told
    assert "المركز 1 من بين عضو واحد" in told
    assert "الانسحاب من المسابقة" in told


def test_a_badge_wears_its_picture(member: Visitor, shop: Shop) -> None:
    Badge.objects.filter(version=shop.version).update(picture="rewards/abc.webp", picture_alt_en="A cup")
    forget_terms()
    page = member.get().content.decode()
    assert '<img src="/pictures/abc.webp" alt="A cup"' in page
