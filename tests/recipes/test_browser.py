"""Ready-made programmes and the page of terms in a real browser, on a phone and on a desk."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from programs.recipes.applying import apply_recipe, standing_draft
from programs.recipes.reading import recipe_named
from tests.backoffice.test_browser import WCAG
from tests.cast import PASSWORD, Cast, Shop

pytestmark = pytest.mark.browser
PAGES = [
    "/admin/sectors/",
    "/admin/sectors/cafe/",
    "/admin/terms-page/",
    "/m/oasis/terms/",
    "/m/oasis/terms/1/",
]


@pytest.fixture
def shop(transactional_db: None, stage: Cast) -> Shop:
    """A shop with terms in force, and a draft beside them."""
    recipe = recipe_named("gym")
    assert recipe is not None
    apply_recipe(merchant=stage.shop.merchant, recipe=recipe)
    assert standing_draft(stage.shop.merchant) is not None
    return stage.shop


@pytest.mark.parametrize(("language", "width"), [("ar", 390), ("en", 1440)])
def test_recipes_and_terms_fit_every_screen_and_keep_wcag_aa(
    shop: Shop, new_page: Any, language: str, width: int
) -> None:
    page = new_page(language, width=width, height=844)
    page.goto("/admin/")
    page.fill("input[name=login]", shop.staff["owner"].email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/admin/")
    wide, found = [], []
    for address in PAGES:
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
        found += [
            f"{address}: {one['id']} {node['html'][:120]}"
            for one in Axe().run(page, options=WCAG).response["violations"]
            for node in one["nodes"]
        ]
    assert not wide
    assert not found
