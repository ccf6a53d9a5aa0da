"""Contests on the member's pages in a real browser: they fit a phone, read well, and are joined and left."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Member
from ledger.contests.closing import close_contests
from ledger.models import Contender
from tests.cast import Shop
from tests.ledger.books import Books
from tests.ledger.held import open_holding_shop
from tests.ledger.holding import PRIZES
from tests.portal.test_browser import WCAG, NewPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(transactional_db: None, settings: Settings) -> Shop:
    """A shop with a contest that runs and is joined, and one that its member has won."""
    now = timezone.now()
    days = {"starts_on": (now - timedelta(days=5)).date(), "ends_on": (now + timedelta(days=5)).date()}
    past = {"starts_on": (now - timedelta(days=40)).date(), "ends_on": (now - timedelta(days=30)).date()}
    shop = open_holding_shop(
        contests=({**days, "by_joining": True}, {"code": "past", **past, "checked_days": 3}),
        prizes=(*PRIZES, *({"contest": "past"} | prize for prize in PRIZES)),
    )
    books = Books(shop.member)
    for when in (35, 2):
        books.now = now - timedelta(days=when)
        books.buy(100_00)
    close_contests(now=now)
    return shop


@pytest.fixture
def signed_in(shop: Shop, new_page: NewPage) -> NewPage:
    """Open pages as the shop's member, in the member's language."""

    def open_page(language: str, **options: Any) -> Any:
        Member.objects.filter(pk=shop.member.pk).update(language=language)
        session = SessionStore()
        session[f"member:{shop.merchant.pk}"] = shop.member.pk
        session.create()
        page = new_page(language, **options)
        cookie = {"name": "sessionid", "value": session.session_key}
        page.context.add_cookies([cookie | {"domain": "localhost", "path": "/"}])
        return page

    return open_page


@pytest.mark.parametrize(("language", "width"), [("ar", 390), ("en", 390), ("ar", 1440)])
def test_contests_fit_the_screen_and_keep_wcag_aa(
    shop: Shop, signed_in: NewPage, language: str, width: int
) -> None:
    page, wrong = signed_in(language, width=width, height=844), {}
    for path in ("", "contests/"):
        page.goto(f"/m/{shop.merchant.slug}/{path}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong[path] = "too wide"
        found = Axe().run(page, options={"runOnly": WCAG["runOnly"]}).response["violations"]
        if found:
            wrong[path] = str([(one["id"], one["nodes"][0]["html"]) for one in found])
    assert not wrong


def test_a_contest_is_joined_and_left_with_a_thumb(shop: Shop, signed_in: NewPage) -> None:
    page = signed_in("en", width=390, height=844)
    page.goto(f"/m/{shop.merchant.slug}/")
    page.get_by_role("button", name="Take part").click()
    page.get_by_text("The terms").first.click()
    leave = page.get_by_role("button", name="Leave the contest")
    assert leave.bounding_box()["height"] >= 44
    leave.click()
    page.get_by_role("button", name="Take part").wait_for()
    assert Contender.objects.get().left_at is not None
