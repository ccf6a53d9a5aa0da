"""Many purchases in one call: the same books and the same answers as one by one in the order of time."""

from datetime import timedelta
from random import Random
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import CauseShare, Lot, Purchase
from programs.models import EarnCap, EarnRule, RuleKind
from programs.publishing import publish
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import FOUNDED, NOW, Shop, make_key, open_shop
from tests.ledger.books import prove
from tests.ledger.given import begin_giving

Order = dict[str, Any]


def a_shop(slug: str, phone: str) -> tuple[Caller, Shop]:
    """A shop with tiers, a birthday bonus, a cap of each member's day and a budget all share."""
    shop = open_shop(slug, phone, live=False)
    friday = {"name_ar": "الجمعة", "name_en": "Friday", "kind": RuleKind.MULTIPLIER, "factor": 3}
    EarnRule.objects.create(version=shop.version, code="friday", days_of_week=[4], **friday)
    EarnCap.objects.create(version=shop.version, scope="member", rule="", period="day", points=3_000)
    EarnCap.objects.create(version=shop.version, scope="all", rule="friday", period="month", points=4_000)
    publish(version=shop.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    api = Caller(shop.key())
    for number in range(1, 4):
        api.post("members", {"external_id": f"E-{number}", "birthday": f"1990-11-{10 + number}"})
    return api, shop


def one_by_one(api: Caller, orders: list[Order]) -> dict[str, Any]:
    """Send orders alone in the order of their own time; what each earned, by number."""
    return {
        order["order"]: api.send("post", "purchases", order).json()
        for order in sorted(orders, key=lambda order: order["occurred_at"])
    }


def figures(said: Any) -> Any:
    """What an answer says of points, or why it was refused."""
    if "points" not in said:
        return said["code"]
    return [said[name] for name in ("order", "points", "balance", "tier", "reasons", "receipt_lines")]


def told(shop: Shop) -> list[Any]:
    """What the books of a shop say of its orders and its lots."""
    bought = Purchase.objects.filter(merchant=shop.merchant).order_by("external_id")
    lots = Lot.objects.filter(merchant=shop.merchant).order_by("earned_at")
    return [
        *bought.values_list("external_id", "occurred_at", "points", "tier_code", "spend_minor", "reasons"),
        *lots.values_list("points", "remaining", "earned_at", "expires_on"),
    ]


def some_orders(draw: Random, round_: int) -> list[Order]:
    """Orders of the last six weeks, a few of strangers; no two at one instant."""
    return [
        {
            "order": f"{round_}-{number}",
            "external_id": draw.choice(["E-1", "E-2", "E-3", "E-9"]),
            "amount": f"{draw.randrange(1, 300_000) / 100:.2f}",
            "occurred_at": (NOW - timedelta(minutes=draw.randrange(1, 60_000), seconds=number)).isoformat(),
        }
        for number in range(20)
    ]


def test_many_at_once_are_answered_as_one_by_one(db: None, clock: Any) -> None:
    """Late ones, tiers reached on the way, caps, a shared budget, strangers: in any order."""
    (alone, one), (together, many) = a_shop("oasis", "0501234567"), a_shop("mirage", "0507654321")
    draw, seen = Random(2026), set[str]()
    for round_ in range(3):
        orders = some_orders(draw, round_)
        first = one_by_one(alone, orders)
        mixed = draw.sample(orders, len(orders))
        answers = together.post("purchases/bulk", {"orders": mixed}, 200)["results"]
        assert [answer["index"] for answer in answers] == list(range(len(mixed)))
        for order, answer in zip(mixed, answers, strict=True):
            assert figures(answer["purchase"] or answer["problem"]) == figures(first[order["order"]])
            seen |= {reason["code"] for reason in (answer["purchase"] or {}).get("reasons", ())}
        assert [told(shop) for shop in (one, many)] == [told(one)] * 2
    assert {"outside_window", "capped"} <= seen, seen
    for shop in (one, many):
        prove(shop.merchant)


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
