"""Lists: bounded pages that shift nothing, and a number of queries that does not grow."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.selling import buy
from tests.cast import Shop


def test_a_list_is_read_page_by_page(api: Any, shop: Shop) -> None:
    for order in range(5):
        buy(api, "5", number=shop.member.number, order=f"A-{order}")
    first = api.get("purchases", limit=2)
    buy(api, "5", number=shop.member.number, order="B-new")
    second = api.get("purchases", limit=2, cursor=first["next"])
    third = api.get("purchases", limit=2, cursor=second["next"])
    orders = [row["order"] for page in (first, second, third) for row in page["results"]]
    assert orders == ["A-4", "A-3", "A-2", "A-1", "A-0"]
    assert third["next"] is None


def test_a_statement_is_read_page_by_page(api: Any, shop: Shop) -> None:
    path = f"members/{shop.member.number}/statement"
    for amount in (1, 2, 3):
        buy(api, f"{amount}", number=shop.member.number)
    first = api.get(path, limit=2)
    second = api.get(path, limit=2, cursor=first["next"])
    assert [row["points"] for page in (first, second) for row in page["results"]] == [3, 2, 1]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("purchases", 5),
        ("members/{number}", 4),
        ("members/{number}/balance", 10),
        ("members/{number}/statement", 9),
        ("members/{number}/rewards", 12),
        ("programme", 7),
    ],
)
def test_queries_do_not_grow_with_rows(api: Any, shop: Shop, path: str, most: int) -> None:
    path = path.format(number=shop.member.number)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            api.get(path)
        return len(seen)

    buy(api, "5", number=shop.member.number)
    api.get(path)
    few = queries()
    for _order in range(12):
        buy(api, number=shop.member.number, lines=[{"amount": "1"}] * 3)
    assert queries() == few
    assert few <= most, few


def test_a_purchase_costs_a_bounded_number_of_queries(api: Any, shop: Shop) -> None:
    buy(api, "5", number=shop.member.number)
    for _order in range(8):
        buy(api, "5", number=shop.member.number)
    with CaptureQueriesContext(connection) as seen:
        buy(api, "5", number=shop.member.number)
    assert len(seen) <= 22, "\n".join(query["sql"][:160] for query in seen)
