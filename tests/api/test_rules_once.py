"""RULES B through the API: once and only once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from ledger.models import Movement, PostingKey, Purchase
from tests.api.conftest import Caller
from tests.api.selling import balance, buy
from tests.cast import Shop, open_shop


def test_rule_14_the_same_order_again_is_the_same_answer(api: Any, till: Any, shop: Shop) -> None:
    body = {"member": shop.member.number, "order": "A-1", "amount": "99.99"}
    first = api.send("post", "purchases", body)
    again = till.send("post", "purchases", body | {"amount": "99.99"})
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Purchase.objects.count() == Movement.objects.count() == 1


def test_rule_14_a_retry_reads_the_same_however_it_is_spelled(api: Any, shop: Shop, clock: Any) -> None:
    first = api.post("purchases", {"phone": "0501234567", "order": "A-1", "amount": "10.0"})
    clock.shift(3600)
    buy(api, "2000", number=shop.member.number)
    again = api.post("purchases", {"phone": "٠٥٠ ١٢٣ ٤٥٦٧", "order": "A-١", "amount": "١٠٫٠٠"})
    assert again == first


def test_rule_14_an_offline_till_sends_its_own_time_twice(api: Any, shop: Shop) -> None:
    sale: dict[str, Any] = {
        "order": "off-1",
        "occurred_at": "2026-11-14T20:00:00+03:00",
        "number": shop.member.number,
    }
    first = buy(api, "50", **sale)
    assert buy(api, "50", **sale | {"occurred_at": "2026-11-14T17:00:00Z"}) == first
    assert balance(api, shop.member.number)["available"] == 50


@pytest.mark.django_db(transaction=True)
def test_rule_14_fifty_at_once_are_one() -> None:
    shop = open_shop("oasis", "0501234567")
    key, body = shop.key("till"), {"member": shop.member.number, "order": "A-1", "amount": "100"}

    def send(_try: int) -> tuple[int, bytes]:
        try:
            answer = Caller(key).send("post", "purchases", body)
            return answer.status_code, answer.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(50)))
    assert {status for status, _body in answers} == {201}
    assert len({said for _status, said in answers}) == 1
    assert (Purchase.objects.count(), Movement.objects.count(), PostingKey.objects.count()) == (1, 1, 1)
    assert balance(Caller(shop.key()), shop.member.number)["available"] == 100


@pytest.mark.parametrize(
    "other", [{"amount": "100.01"}, {"occurred_at": "2026-11-14T20:00:00+03:00"}, {"channel": "app"}]
)
def test_rule_15_the_same_number_with_another_body_is_a_conflict(
    api: Any, shop: Shop, other: dict[str, str]
) -> None:
    body = {"member": shop.member.number, "order": "A-1", "amount": "100.00"}
    api.post("purchases", body)
    refused = api.post("purchases", body | other, 409)
    assert refused["code"] == "key_conflict"
    assert Purchase.objects.count() == Movement.objects.count() == 1


def test_rule_15_another_member_under_the_same_number_is_a_conflict(api: Any, shop: Shop) -> None:
    other = api.post("members", {"phone": "0551112222"})["number"]
    buy(api, "100", number=shop.member.number, order="A-1")
    assert buy(api, "100", number=other, order="A-1", status=409)["code"] == "key_conflict"
    assert balance(api, other)["available"] == 0


def test_writes_without_a_number_of_their_own_need_a_key(api: Any, shop: Shop) -> None:
    number = shop.member.number
    for path, body in (
        ("redemptions", {"member": number, "points": 500}),
        (f"members/{number}/adjustments", {"points": 5, "reason": "gift"}),
    ):
        refused = api.post(path, body, 422)
        assert refused["code"] == "idempotency_key"
        assert refused["errors"][0]["field"] == "/Idempotency-Key"


def test_an_adjustment_sent_twice_counts_once(api: Any, shop: Shop) -> None:
    path, body = f"members/{shop.member.number}/adjustments", {"points": 600, "reason": "تعويض"}
    first = api.post(path, body, once="k-1")
    assert api.post(path, body, once="k-1") == first
    assert api.post(path, body | {"points": 601}, 409, once="k-1")["code"] == "key_conflict"
    assert balance(api, shop.member.number)["available"] == 600


def test_a_code_issued_twice_under_one_key_is_one_code(api: Any, shop: Shop) -> None:
    buy(api, "1000", number=shop.member.number)
    body = {"member": shop.member.number, "points": 500}
    first = api.post("redemptions", body, once="k-1")
    assert api.post("redemptions", body, once="k-1") == first
    assert balance(api, shop.member.number)["available"] == 500


def test_rule_14_two_tills_with_numbers_of_their_own_are_two_orders(
    api: Caller, till: Caller, shop: Shop
) -> None:
    """The source names who numbers, not the key: a key that is replaced makes no order new."""
    mine = shop.member.number
    body = {"member": mine, "order": "17", "amount": "40.00"}
    first = api.post("purchases", body | {"source": "till-1"})
    second = till.post("purchases", body | {"source": "till-2", "amount": "60.00"})
    assert (first["source"], second["source"]) == ("api:till-1", "api:till-2")
    again = till.send("post", "purchases", body | {"source": "till-1"})
    assert (again.headers["Idempotency-Replayed"], again.json()["points"]) == ("true", 40)
    assert (
        till.post("purchases", body | {"source": "till-1", "amount": "41.00"}, 409)["code"] == "key_conflict"
    )
    assert api.get("purchases/17", source="api:till-2")["points"] == 60
    assert api.get("purchases/17", 404)
    back = {"refund": "R-1", "order": "17"}
    assert api.post("refunds", back | {"source": "api:till-1", "amount": "40.00"})["points"] == -40
    assert api.post("refunds", back | {"source": "api:till-2", "amount": "60.00"})["points"] == -60
    for wrong in ("", "Till 1", "a" * 17, "صندوق"):
        assert api.send("post", "purchases", body | {"source": wrong}).status_code == 422
