"""The desk's pages ask the database a bounded number of questions, however much lies on it."""

from typing import Any

from django.test import Client

from tests.backoffice import desk
from tests.backoffice.test_pages import queries
from tests.cast import PASSWORD, Shop

BUDGET = 45
"""The proof of a balance and the liability ask most; the rest stay far below."""


def asked(client: Client, pages: list[str]) -> dict[str, int]:
    """How many questions each page asks."""

    def opened(page: str) -> Any:
        return lambda: client.get(page)

    return {page: queries(opened(page)) for page in pages}


def test_the_desks_questions_do_not_grow_with_what_lies_on_it(owner: Client, shop: Shop) -> None:
    other = desk.lay_out(shop, 2)
    pages = desk.addresses(shop, other)
    owner.post("/accounts/reauthenticate/", {"password": PASSWORD})  # exports ask for it
    few = asked(owner, pages)
    desk.lay_out(shop, 6, start=10)
    many = asked(owner, pages)
    assert not {page: (few[page], many[page]) for page in pages if many[page] > few[page]}
    assert max(many.values()) < BUDGET, many
