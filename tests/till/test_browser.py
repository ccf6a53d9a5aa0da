"""The till in a browser, in both languages: find, sell, use a code; nothing overflows a phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from ledger.events import RedemptionIssued
from ledger.posting import post
from tests.cast import PASSWORD, Shop, open_shop

WORDS = {"ar": ("اعرض النقاط", "تأكيد البيع"), "en": ("Show the points", "Confirm the sale")}


@pytest.fixture
def open_till(transactional_db: None, new_page: Any) -> Any:
    """Sign the cashier in, on a phone; returns the page and the shop."""

    def opened(language: str) -> tuple[Any, Shop]:
        shop = open_shop("oasis", "0501234567")
        shop.staff["cashier"].language = language
        shop.staff["cashier"].save()
        page = new_page(language, width=390, height=844)
        page.goto("/till/")
        page.fill("input[name=login]", "cashier@oasis.example")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/till/")
        return page, shop

    return opened


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_sale_paid_in_part_with_a_code(open_till: Any, language: str) -> None:
    page, shop = open_till(language)
    show, confirm = WORDS[language]
    page.fill("input[name=q]", "٠٥٠١٢٣٤٥٦٧")
    page.press("input[name=q]", "Enter")
    page.fill("input[name=amount]", "٦٠٠")
    fits(page)
    page.get_by_role("button", name=show).click()
    assert page.locator(".earned").inner_text().split()[0] == "+600"
    fits(page)
    page.get_by_role("button", name=confirm).click()
    page.wait_for_url("**/till/sales/**")
    fits(page)

    page.goto("/till/")
    page.fill("input[name=q]", issue_now(shop))
    page.press("input[name=q]", "Enter")
    fits(page)
    page.locator(".ticket a.btn").click()
    page.fill("input[name=amount]", "100")
    page.get_by_role("button", name=show).click()
    page.get_by_role("button", name=confirm).dblclick()
    page.wait_for_url("**/till/sales/**")
    assert page.locator(".earned").inner_text().split()[0] == "+75"
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")


def issue_now(shop: Shop) -> str:
    """Let the member make a code right now."""
    now = timezone.now()
    event = RedemptionIssued(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=now, source="portal", key="k",
        actor="member", points=500,
    )  # fmt: skip
    return post(event, now=now).code


def fits(page: Any) -> None:
    """Insist that nothing reaches beyond the screen, and that the page is accessible."""
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert beyond <= 0
    found = Axe().run(page)
    assert not found.response["violations"], found.generate_report()
