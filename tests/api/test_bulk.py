"""Many purchases in one call: each answered in its place. That they say what one by one says: next door."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import CauseShare, Purchase
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import NOW, Shop, make_key
from tests.ledger.books import prove
from tests.ledger.given import begin_giving


def test_each_is_answered_in_its_place_and_none_holds_up_another(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    buy(api, "5", number=number, order="known")
    orders: list[Any] = [
        {"order": "good", "member": number, "amount": "10.00"},
        {"order": "known", "member": number, "amount": "5"},
        {"order": "known", "member": number, "amount": "6"},
        {"order": "good", "member": number, "amount": "10"},
        {"order": "good", "member": number, "amount": "11"},
        {"order": "bad", "member": number, "amount": "ten"},
        {"order": "bad", "member": number, "amount": "10", "currency": "USD"},
        {"order": "bad", "phone": "0501234567", "amount": "7"},
        "no order",
        {"order": "old", "member": number, "amount": "1", "occurred_at": "1970-01-01T00:00:00Z"},
        {"order": "far", "member": number, "amount": "1", "occurred_at": "2970-01-01T00:00:00Z"},
        {"order": "coded", "member": number, "amount": "1", "quote": "abc"},
        {"order": "away", "member": number, "amount": "1", "branch": "nowhere"},
    ]
    said = api.post("purchases/bulk", {"orders": orders}, 200)
    told = [
        (one["status"], one["problem"] and (one["problem"]["code"], one["problem"]["errors"][0]["field"]))
        for one in said["results"]
    ]
    assert told == [
        (201, None),
        (200, None),
        (409, ("key_conflict", "/orders/2/order")),
        (200, None),
        (409, ("key_conflict", "/orders/4/order")),
        (422, ("amount_invalid", "/orders/5/amount")),
        (422, ("wrong_currency", "/orders/6/currency")),
        (201, None),  # the number is free: what came under it before was refused
        (422, ("invalid", "/orders/8")),
        (422, ("before_time", "/orders/9/occurred_at")),
        (422, ("in_the_future", "/orders/10/occurred_at")),
        (422, ("send_alone", "/orders/11/quote")),
        (404, ("not_found", "/orders/12/branch")),
    ]
    assert (said["created"], said["repeated"], said["refused"]) == (2, 2, 9)
    assert said["results"][3]["purchase"] == said["results"][0]["purchase"]
    assert Purchase.objects.count() == 3


def test_a_name_that_stands_thrice_is_free_until_one_is_taken(api: Caller, shop: Shop) -> None:
    far, abroad = {"occurred_at": "2970-01-01T00:00:00Z"}, {"currency": "USD"}
    orders = [
        {"order": "1", "member": shop.member.number, "amount": "5"} | more
        for more in (far, abroad, abroad, {}, {})
    ]
    said = api.post("purchases/bulk", {"orders": orders}, 200)["results"]
    assert [one["status"] for one in said] == [422, 422, 422, 201, 200]
    assert [one["problem"]["code"] for one in said[:3]] == [
        "in_the_future",
        "wrong_currency",
        "wrong_currency",
    ]


def test_rule_14_what_an_offline_till_sold_counts_once_however_it_is_sent(
    api: Caller, till: Caller, shop: Shop
) -> None:
    """Late, twice, in any order, in one call or alone; its counter is the order number of its source."""
    number = shop.member.number
    sold = [
        {
            "order": str(count), "source": "till-1", "member": number, "amount": f"{count}.00",
            "occurred_at": f"2026-11-1{count % 4}T0{count % 10}:00:00+03:00",
        }
        for count in range(101, 121)
    ]  # fmt: skip
    first = till.post("purchases/bulk", {"orders": sold[10:]}, 200)
    again = till.post("purchases/bulk", {"orders": [*sold[15:], *sold[:15]]}, 200)
    assert (first["created"], again["created"], again["repeated"]) == (10, 10, 10)
    by_order = {one["purchase"]["order"]: one["purchase"] for one in again["results"]}
    for answer in first["results"]:
        assert by_order[answer["purchase"]["order"]] == answer["purchase"]
    alone = till.send("post", "purchases", sold[3])
    assert (alone.headers["Idempotency-Replayed"], alone.json()) == ("true", by_order["104"])
    back = {"refund": "7", "order": "104", "source": "api:till-1", "amount": "4.00"}
    back |= {"occurred_at": "2026-11-14T20:00:00+03:00"}
    taken = [till.post("refunds", back) for _try in range(2)]
    assert taken[0] == taken[1]
    assert taken[0]["points"] == -4
    earned = sum(one["points"] for one in by_order.values())
    assert api.get(f"members/{number}/balance")["available"] == earned - 4
    prove(shop.merchant)


def test_the_shops_share_for_a_cause_is_promised_by_many_as_by_one(api: Caller, shop: Shop) -> None:
    begin_giving(shop, NOW)
    number = shop.member.number
    api.checked(api.send("put", f"members/{number}/cause", {"cause": "orphans"}, once="c"), 200)
    buy(api, "100", number=number, order="alone")
    api.post("purchases/bulk", {"orders": [{"order": "many", "member": number, "amount": "100"}]}, 200)
    shares = CauseShare.objects.values_list("amount_minor", flat=True)
    assert len(shares) == 2
    assert len(set(shares)) == 1


def test_many_orders_ask_the_database_as_often_as_few(api: Caller, shop: Shop) -> None:
    def queries(count: int, prefix: str) -> int:
        orders = [
            {"order": f"{prefix}-{n}", "member": shop.member.number, "amount": "10", "branch": "olaya"}
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as captured:
            api.post("purchases/bulk", {"orders": orders}, 200)
        return len(captured)

    queries(5, "warm")
    assert queries(5, "few") == queries(40, "many")


def test_a_branchs_key_speaks_for_its_branch_in_many_orders_too(api: Caller, shop: Shop) -> None:
    shop.branch.__class__.objects.create(
        merchant=shop.merchant, code="nakheel", name_ar="النخيل", name_en="Nakheel"
    )
    here = Caller(make_key(shop.merchant, "till", branch=shop.branch))
    orders = [{"order": f"B-{n}", "member": shop.member.number, "amount": "5"} for n in range(2)]
    orders[1]["branch"] = "nakheel"
    said = here.post("purchases/bulk", {"orders": orders}, 200)["results"]
    assert [one["status"] for one in said] == [201, 404]
    assert api.get("purchases/B-0")["branch"] == "olaya"
