"""The room in a real browser: nothing sideways, nothing unreadable, nothing that needs a script."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Member
from ledger.event import LineItem
from ledger.events import PurchaseMade, RedemptionIssued
from ledger.models import Movement, Redemption
from ledger.posting import post
from tests.cast import Shop, open_shop
from tests.portal import carrier

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
INSIDE = (
    "",
    "card/",
    "rewards/",
    "rewards/points/",
    "history/",
    "history/{movement}/",
    "codes/{code}/",
    "inbox/",
    "profile/",
    "friends/",
    "terms/",
)
OUTSIDE = ("sign-in/", "terms/")
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
NewPage = Callable[..., Any]


@pytest.fixture
def shop(transactional_db: None, settings: Settings) -> Shop:
    """A shop whose member has bought, and holds a code."""
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    shop = open_shop("oasis", "0501234567")
    now = timezone.now()
    for order in range(30):
        when = now - timedelta(days=order * 9)
        post(
            PurchaseMade(
                merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=when, source="till",
                key=f"o{order}", actor="test", lines=(LineItem(123_45),), branch_id=shop.branch.pk,
            ),
            now=when,
        )  # fmt: skip
    post(
        RedemptionIssued(
            merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=now, source="portal", key="r",
            actor="test", points=500,
        ),
        now=now,
    )  # fmt: skip
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


def paths() -> list[str]:
    ids = {"movement": Movement.objects.earliest("id").pk, "code": Redemption.objects.get().pk}
    return [f"/m/oasis/{path.format(**ids)}" for path in INSIDE]


SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, .pills label, .options label, .switch')]
    .filter(e => e.offsetParent && !e.closest('p') && !e.classList.contains('skip'))
    .map(e => [e.className, e.textContent.trim().slice(0, 30), e.getBoundingClientRect()])
    .filter(([, , box]) => box.width && (box.height < 43.5 || box.width < 24))
    .map(([css, text, box]) => `${css} ${text} ${box.width}×${box.height}`)"""


@pytest.mark.parametrize("language", ["ar", "en"])
def test_no_page_scrolls_sideways_and_every_target_fits_a_thumb(signed_in: NewPage, language: str) -> None:
    page = signed_in(language)
    for path in paths():
        page.goto(path)
        assert page.evaluate("document.documentElement.lang") == language
        for width in (1440, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(overflow) <= 0, (path, width)
        assert not page.evaluate(SMALL_TARGETS), path


@pytest.mark.parametrize(("language", "width"), [("ar", 390), ("en", 1440)])
def test_every_page_keeps_wcag_aa(signed_in: NewPage, new_page: NewPage, language: str, width: int) -> None:
    page = signed_in(language, width=width)
    stranger = new_page(language, width=width)
    found = []
    for browser, addresses in ((page, paths()), (stranger, [f"/m/oasis/{path}" for path in OUTSIDE])):
        for path in addresses:
            browser.goto(path)
            violations = Axe().run(browser, options=WCAG).response["violations"]
            found += [(path, v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in violations]
    assert not found, found


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_whole_way_works_without_script(shop: Shop, new_page: NewPage, language: str) -> None:
    Member.objects.filter(pk=shop.member.pk).update(language=language)
    page = new_page(language, width=390, java_script_enabled=False)
    page.goto("/m/oasis/")
    page.fill("input[name=destination]", "٠٥٠١٢٣٤٥٦٧")
    page.click("main form button")
    page.fill("input[name=code]", carrier.kept[-1][1])
    page.click("main form button.btn")
    page.click(".tabs a >> nth=1")
    page.click(".reward a.btn >> nth=0")
    page.click("main form button.btn")
    code = Redemption.objects.latest("id").code
    assert page.inner_text(".ticket-code").replace(" ", "") == code
    page.click(".ticket form button")
    assert Redemption.objects.latest("id").state == "cancelled"
    page.click(".tongue button")
    assert page.get_attribute("html", "lang") != language


def test_six_digits_are_sent_without_a_press_and_the_code_counts_down(shop: Shop, new_page: NewPage) -> None:
    page = new_page("en", width=390)
    page.goto("/m/oasis/sign-in/")
    page.fill("input[name=destination]", "0501234567")
    page.press("input[name=destination]", "Enter")
    page.wait_for_url("**/code/")
    page.locator("input[name=code]").press_sequentially(carrier.kept[-1][1])
    page.wait_for_url("**/m/oasis/")
    page.goto(f"/m/oasis/codes/{Redemption.objects.get().pk}/")
    assert re.fullmatch(r"1[0-5]:\d\d", page.inner_text("[data-until]"))


def test_the_first_page_paints_at_once_and_does_not_shift(signed_in: NewPage) -> None:
    page = signed_in("ar", width=390)
    page.goto("/m/oasis/", wait_until="networkidle")
    shift = page.evaluate(
        """() => new Promise(done => {
            let sum = 0;
            const add = entry => { sum += entry.hadRecentInput ? 0 : entry.value; };
            new PerformanceObserver(list => list.getEntries().forEach(add))
                .observe({type: 'layout-shift', buffered: true});
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift <= 0.1
