"""The launch plan, the pilot and the kit in a real browser, on a phone and on a desk."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from programs.models import AudienceMember
from programs.publishing import publish
from tests.backoffice.test_browser import WCAG
from tests.backoffice.test_launch import bring
from tests.cast import NOW, PASSWORD, Cast, Shop, open_shop

pytestmark = pytest.mark.browser
PAGES = ["/admin/launch/", "/admin/launch/pilot/", "/admin/launch/review/", "/admin/kit/"]


@pytest.fixture
def dunes(transactional_db: None, stage: Cast) -> Shop:
    """A shop in the middle of its pilot."""
    shop = open_shop("dunes", "0501112233", live=False)
    for member in bring(shop, 3):
        AudienceMember.objects.create(merchant=shop.merchant, audience="pilot", member=member, since=NOW)
    publish(version=shop.version, actor="t", effective_from=NOW, now=NOW, pilot=True)
    return shop


@pytest.fixture
def enter(dunes: Shop, new_page: Any) -> Any:
    """Sign its owner in: `enter("ar", 390)`."""

    def entered(language: str, width: int) -> Any:
        page = new_page(language, width=width, height=844)
        page.goto("/admin/")
        page.fill("input[name=login]", dunes.staff["owner"].email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button[type=submit]")
        page.wait_for_url("**/admin/")
        return page

    return entered


@pytest.mark.parametrize(("language", "width"), [("ar", 390), ("en", 1440)])
def test_the_launch_fits_every_screen_and_keeps_wcag_aa(enter: Any, language: str, width: int) -> None:
    page = enter(language, width)
    wide, found = [], []
    for address in PAGES:
        page.goto(address)
        page.locator("img.bo-kit-sheet").evaluate_all("all => all.map(one => { one.loading = 'eager' })")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
        found += [
            f"{address}: {one['id']} {node['html'][:120]}"
            for one in Axe().run(page, options=WCAG).response["violations"]
            for node in one["nodes"]
        ]
    assert not wide
    assert not found


def test_a_group_is_counted_and_chosen_by_hand(enter: Any, dunes: Shop) -> None:
    bring(dunes, 40)  # so many that a lot of half of them is never nobody
    page = enter("en", 1440)
    page.goto("/admin/launch/pilot/")
    page.fill("input[name=percent]", "50")
    page.click("button[name=count]")
    assert "would take part" in page.text_content("body")
    page.click("button[name=confirm]")
    page.wait_for_url("**/admin/launch/")
    assert "from now on" in page.text_content("body")


def test_a_text_is_copied_by_its_button(enter: Any, dunes: Shop) -> None:
    page = enter("en", 1440)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/admin/kit/")
    button = page.locator("button[data-copy=kit-announcement]")
    button.click()
    page.wait_for_function("document.querySelector('[data-copy=kit-announcement]').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.input_value("#kit-announcement")
    assert "/m/dunes/" in copied
