"""The back office in a real browser: no sideways scroll, nothing the policy refuses, all in reading order."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from campaigns.models import Recipe, Run
from tests.backoffice import desk
from tests.backoffice.test_pages import crowd, learn
from tests.cast import PASSWORD, Cast, Shop

pytestmark = pytest.mark.browser
LANGUAGES = [("ar", "rtl"), ("en", "ltr")]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def open_office(transactional_db: None, stage: Cast, shop: Shop, new_page: Any) -> Any:
    """Fill the shop and sign its owner in: `open_office("ar", 390)`."""
    crowd(shop, 5)
    learn(shop)

    def opened(language: str, width: int) -> Any:
        page = new_page(language, width=width, height=844)
        page.goto("/admin/")
        page.fill("input[name=login]", shop.staff["owner"].email)
        page.fill("input[name=password]", PASSWORD)
        page.click("main form button[type=submit]")
        page.wait_for_url("**/admin/")
        return page

    return opened


def addresses(shop: Shop) -> list[str]:
    """Return the pages that were too wide in the theme's own build, and the ones with the most on them."""
    member, run = shop.member, Run.objects.get(merchant=shop.merchant)
    recipe = Recipe.objects.get(merchant=shop.merchant, kind="welcome")
    names: list[tuple[str, list[int]]] = [
        ("index", []), ("at_risk", []), ("approvals", []), ("approval", [run.pk]), ("import_upload", []),
        ("accounts_member_changelist", []), ("accounts_member_change", [member.pk]),
        ("accounts_member_import", []), ("accounts_member_export", []), ("accounts_staff_add", []),
        ("ledger_purchase_changelist", []), ("ledger_movement_changelist", []),
        ("campaigns_recipe_change", [recipe.pk]), ("programs_programmeversion_change", [shop.version.pk]),
        ("accounts_merchant_change", [shop.merchant.pk]), ("accounts_apikey_add", []),
    ]  # fmt: skip
    return [reverse(f"admin:{name}", args=args) for name, args in names]


@pytest.mark.parametrize(("language", "direction"), LANGUAGES)
def test_no_page_scrolls_sideways_on_a_phone(
    language: str, direction: str, open_office: Any, shop: Shop
) -> None:
    page = open_office(language, 390)
    wide = {}
    for address in addresses(shop):
        page.goto(address)
        assert page.evaluate("document.documentElement.dir") == direction
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[address] = width
    assert not wide


@pytest.mark.parametrize(("language", "width"), [("ar", 390), ("en", 1440)])
def test_the_desk_fits_every_screen_and_keeps_wcag_aa(
    language: str, width: int, open_office: Any, shop: Shop
) -> None:
    """Every page by which staff answer "where did my points go?" and "prove it"."""
    other = desk.lay_out(shop)
    page = open_office(language, 1280)
    page.goto("/accounts/reauthenticate/")  # exports ask for the password once more
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    wide, found = [], []
    for address in desk.addresses(shop, other):
        page.goto(address)
        for size in (1830 - width, width):  # the other screen first, then the one axe looks at
            page.set_viewport_size({"width": size, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth") > size:
                wide.append((address, size))
        violations = Axe().run(page, options=WCAG).response["violations"]
        found += [(address, v["id"], [node["html"][:160] for node in v["nodes"]][:3]) for v in violations]
    assert not wide
    assert not found, found


@pytest.mark.parametrize(("language", "direction"), LANGUAGES)
def test_arrows_point_the_reading_way(language: str, direction: str, open_office: Any, shop: Shop) -> None:
    page = open_office(language, 1280)
    page.goto(reverse("admin:accounts_member_change", args=[shop.member.pk]))
    flipped = page.eval_on_selector_all(
        ".material-symbols-outlined",
        "icons => icons.filter(i => ['chevron_right', 'arrow_back'].includes(i.textContent.trim()))"
        ".map(i => getComputedStyle(i).transform.startsWith('matrix(-1'))",
    )
    assert flipped
    assert set(flipped) == {direction == "rtl"}


@pytest.mark.parametrize(("language", "direction"), LANGUAGES)
def test_the_calendar_opens_inside_the_page(
    language: str, direction: str, open_office: Any, shop: Shop
) -> None:
    """Its box stands in the middle, and the arrow to the next month stands where reading goes on."""
    page = open_office(language, 390)
    page.goto(reverse("admin:accounts_member_add"))
    page.click("[id^=calendarlink]")
    box = page.locator(".calendarbox").first.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    previous = page.locator(".calendarnav-previous").first.bounding_box()
    following = page.locator(".calendarnav-next").first.bounding_box()
    assert (previous["x"] > following["x"]) is (direction == "rtl")


def test_the_chart_is_drawn(open_office: Any, shop: Shop) -> None:
    page = open_office("ar", 1280)
    page.wait_for_function("Chart.getChart(document.querySelector('canvas.chart'))")
    chart = "Chart.getChart(document.querySelector('canvas.chart'))"
    assert page.evaluate(f"{chart}.options.scales.x.reverse") is True
    assert page.evaluate(f"{chart}.options.locale") == "ar-u-nu-latn"
    assert page.evaluate(f"{chart}.data.datasets[0].data.at(-1)") == 1200


def test_a_person_approves_what_is_sent(open_office: Any, shop: Shop) -> None:
    page = open_office("ar", 390)
    page.click(f"a[href='{reverse('admin:approval', args=[Run.objects.get().pk])}']")
    page.click("button[name=approve]")
    page.wait_for_load_state()
    assert Run.objects.get().state == "approved"
