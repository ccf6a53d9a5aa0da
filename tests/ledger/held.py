"""Shops that hold contests."""

from typing import Any

from ledger.contests.closing import close_contests
from ledger.models import ContestStanding
from tests.cast import Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.capped import add_rule
from tests.ledger.collected import add_goals, put_in_force
from tests.ledger.holding import PRIZES, hold


def open_holding_shop(
    *,
    contests: tuple[dict[str, Any], ...] = ({},),
    prizes: tuple[dict[str, Any], ...] = PRIZES,
    cards: list[dict[str, Any]] | None = None,
    challenges: list[dict[str, Any]] | None = None,
    rules: tuple[dict[str, Any], ...] = (),
    slug: str = "oasis",
    phone: str = "0501234567",
    **terms: Any,
) -> Shop:
    """A shop with these contests; every prize is of the first one unless it says otherwise."""
    shop = open_shop(slug, phone, live=False, **terms)
    add_goals(shop.version, cards=cards, challenges=challenges)
    hold(shop.version, contests, prizes)
    for rule in rules:
        add_rule(shop.version, **rule)
    put_in_force(shop.version)
    return shop


def decide(books: Books) -> int:
    """Let the day come on which places stand; how many prizes were given."""
    books.go_to(2026, 3, 15, hour=1)
    return close_contests(now=books.now)


def places(shop_or_books: Any) -> list[tuple[int, int, int]]:
    """Place, member and count of every place, in order."""
    rows = ContestStanding.objects.filter(closing__merchant=shop_or_books.merchant).order_by("place")
    return list(rows.values_list("place", "member_id", "count"))
