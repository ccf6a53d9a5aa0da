"""Contests on the member's page: their own place, what is missing, joining, and how it ended."""

from datetime import date

import pytest
import time_machine

from ledger.contests.closing import close_contests
from ledger.contests.joining import join_contest
from programs.models import Badge
from programs.queries import forget_terms
from tests.cast import NOW, Shop
from tests.ledger.books import Books, another
from tests.ledger.held import open_holding_shop
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
    assert "February cup First place: 300 points" in told
    assert "Take part" in told
    member.post("contests/cup/join/")
    member.post("contests/cup/join/")
    told = words(member.get())
    assert "Place 1 of 1 member" in told
    assert "Take part" not in told
    join_contest(rival.member, "cup", now=NOW)
    told = words(member.get())
    assert "Place 2 of 2 members · 200.01 SAR more and you stand before the next place" in told
    assert "Khalid" not in told
    assert "what is returned before 26 November 2026 is taken off" in told
    later = NOW.replace(day=27)
    clock.move_to(later)
    assert close_contests(now=later) == 2
    assert "You came in place 2 of 2 members" in words(member.get())
    assert member.post("contests/cup/join/").status_code == 404


def test_the_page_speaks_arabic(member: Visitor, shop: Shop) -> None:
    member.post("contests/cup/join/")
    Books(shop.member, now=NOW).buy(100_00)
    shop.member.language = "ar"
    shop.member.save()
    told = words(member.get())
    assert "كأس فبراير" in told
    assert "المركز 1 من بين عضو واحد" in told


def test_a_badge_wears_its_picture(member: Visitor, shop: Shop) -> None:
    Badge.objects.filter(version=shop.version).update(picture="rewards/abc.webp", picture_alt_en="A cup")
    forget_terms()
    page = member.get().content.decode()
    assert '<img src="/pictures/abc.webp" alt="A cup"' in page
