"""RULES 8 in a real browser: the guard follows what is typed, fits every screen and keeps WCAG AA."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from programs.models import ProgrammeVersion
from programs.publishing import draft_of
from tests.backoffice.test_browser import WCAG
from tests.backoffice.test_publishing import said
from tests.cast import PASSWORD, Cast, Shop

pytestmark = pytest.mark.browser
PANEL = "#margin-guard"
MULTIPLIED = {"ar": "فوق سقفك", "en": "Above your ceiling"}


@pytest.fixture
def draft(transactional_db: None, stage: Cast, shop: Shop) -> ProgrammeVersion:
    said(shop)
    return draft_of(programme=shop.version.programme)


@pytest.mark.parametrize(("language", "width"), [("ar", 390), ("en", 1440)])
def test_rule_08_the_guard_follows_what_is_typed(
    language: str, width: int, draft: ProgrammeVersion, shop: Shop, new_page: Any
) -> None:
    page = new_page(language, width=width, height=844)
    page.goto("/admin/")
    page.fill("input[name=login]", shop.staff["owner"].email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/admin/")
    page.goto(reverse("admin:programs_programmeversion_change", args=[draft.pk]))
    assert page.locator(f"{PANEL}.bo-guard--success").count() == 1
    page.locator("[name=stacking]").evaluate(
        "field => { field.value = 'multiply'; field.dispatchEvent(new Event('change', {bubbles: true})) }"
    )
    page.wait_for_selector(f"{PANEL}.bo-guard--warning")
    assert MULTIPLIED[language] in page.inner_text(PANEL)
    assert "15%" in page.inner_text("#margin-guard-bar")
    assert "17.25%" in page.inner_text("#margin-guard-table")
    page.fill("[name=block_points]", "")
    page.wait_for_selector(f"{PANEL}.bo-guard--default")
    page.fill("[name=block_points]", "100")
    page.wait_for_selector(f"{PANEL}.bo-guard--danger")  # five times as dear: 86 % without VAT
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options=WCAG).response["violations"]
    assert not [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]
    draft.refresh_from_db()
    assert (draft.stacking, draft.block_points) == ("best_of", 500)
