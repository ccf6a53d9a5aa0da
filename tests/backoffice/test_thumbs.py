"""On a phone whatever is pressed is large enough for a thumb: every control, those of the theme too."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Branch
from tests.backoffice import desk
from tests.backoffice.test_browser import addresses, open_office
from tests.backoffice.thumbs import too_small
from tests.cast import PASSWORD, Shop

__all__ = ["open_office"]
pytestmark = pytest.mark.browser
LISTS = ("accounts_branch", "accounts_apikey", "ledger_redemption", "campaigns_message", "accounts_staff")
MENU = "#header-inner .cursor-pointer > span:last-child"


def furnish(shop: Shop) -> None:
    """A list of more than one page, and something to tick."""
    Branch.objects.bulk_create(
        Branch(merchant=shop.merchant, code=f"b-{n}", name_ar=f"فرع {n}", name_en=f"Branch {n}")
        for n in range(60)
    )


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_control_of_every_page_is_large_enough(language: str, open_office: Any, shop: Shop) -> None:
    other = desk.lay_out(shop)
    furnish(shop)
    page = open_office(language, 390)
    page.goto("/accounts/reauthenticate/")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    lists = [reverse(f"admin:{name}_changelist") for name in LISTS]
    small = {}
    for address in dict.fromkeys([*addresses(shop), *desk.addresses(shop, other), *lists]):
        page.goto(address)
        if found := too_small(page):
            small[address] = found
    assert not small


def menu(page: Any) -> None:
    page.goto("/admin/")
    page.click(MENU)


def account(page: Any) -> None:
    menu(page)
    page.click("[x-on\\:click='openUserLinks = !openUserLinks']")


def filters(page: Any) -> None:
    page.goto(reverse("admin:accounts_member_changelist"))
    page.click("[x-on\\:click*=filterOpen]")


def ticked(page: Any) -> None:
    page.goto(reverse("admin:accounts_apikey_changelist"))
    page.check("input.action-select >> nth=0")


OPENED: dict[str, Callable[[Any], None]] = {
    "#nav-sidebar": menu,
    "[x-show=openUserLinks]": account,
    "#changelist-filter": filters,
    "#changelist": ticked,
}
"""What opens, and how."""
STILL = """opened => {
  const look = getComputedStyle(document.querySelector(opened));
  const grown = ['none', 'matrix(1, 0, 0, 1, 0, 0)'].includes(look.transform);
  return look.display !== 'none' && look.opacity === '1' && grown;
}"""
"""It is there, and grows no more."""


@pytest.mark.parametrize("language", ["ar", "en"])
def test_what_opens_is_large_enough(language: str, open_office: Any, shop: Shop) -> None:
    page = open_office(language, 390)
    small = {}
    for opened, opens in OPENED.items():
        opens(page)
        page.wait_for_function(STILL, arg=opened)
        if found := too_small(page, opened):
            small[opened] = found
    assert not small
