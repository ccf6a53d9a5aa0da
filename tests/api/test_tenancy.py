"""Another merchant's key, and another merchant's ids, on every endpoint: one answer, and nothing written."""

from typing import Any

import pytest
from django.apps import apps
from django.urls import get_resolver

from loyalty_site.api.urls import ADDRESSES
from tests.api.conftest import Caller
from tests.api.selling import buy, code_for
from tests.cast import NOW, Cast
from tests.ledger.books import Books
from tests.ledger.given import begin_giving, sign_up
from tests.ledger.holding import hold_from_now

FLOORS = ("accounts", "programs", "ledger", "analytics", "campaigns")


def footprint() -> dict[str, int]:
    """Count the rows of every table of ours."""
    return {
        model.__name__: model._default_manager.count()
        for floor in FLOORS
        for model in apps.get_app_config(floor).get_models()
    }


@pytest.fixture
def names(stage: Cast) -> dict[str, str]:
    """What exists at our shop and is asked for by the rival."""
    ours = Caller(stage.shop.key())
    number = stage.shop.member.number
    begin_giving(stage.shop, NOW)
    hold_from_now(stage.shop, NOW)
    buy(ours, "1000", number=number, order="A-1")
    sign_up(Books(stage.shop.member, now=NOW), "evening")
    said = {"member": number, "amount": "50", "why": "sold", "order": "A-1"}
    card = ours.post("gift-cards", said, once="card")["code"]
    code = code_for(ours, number, 500)
    hook = ours.post("webhooks", {"url": "https://9.9.9.9/a", "topics": ["points.earned"]})["id"]
    message = ours.post(f"webhooks/{hook}/test", {}, 202)["id"]
    receipt = ours.post("receipts", {"order": "N-1", "amount": "20"})["order"]
    told = {"hook": hook, "message": message, "receipt": receipt}
    return {"number": number, "order": "A-1", "code": code, "branch": "olaya", "card": card} | told


BARE = {
    *("programme", "terms", "tiers", "causes", "member-events", "purchases/bulk", "webhooks", "receipts"),
    "practice/reset",
}
"""Addresses that name nothing: whoever asks hears of their own shop."""


def calls(names: dict[str, str]) -> list[tuple[str, str, Any]]:
    """Every call that names a thing, with a body that would work at home."""
    number, order, code = names["number"], names["order"], names["code"]
    member, refund = {"member": number}, {"refund": "R-1", "order": order, "amount": "1"}
    points = {"tenders": [{"type": "points", "code": code}]}
    hook = names["hook"]
    return [
        ("get", f"webhooks/{hook}", None),
        ("patch", f"webhooks/{hook}", {"active": False}),
        ("delete", f"webhooks/{hook}", {}),
        ("post", f"webhooks/{hook}/rotate", {}),
        ("post", f"webhooks/{hook}/test", {}),
        ("get", f"webhooks/{hook}/deliveries", None),
        ("post", f"webhooks/{hook}/deliveries/{names['message']}/replay", {}),
        ("get", f"members?number={number}", None),
        ("get", "members?phone=0501234567", None),
        ("get", "members?email=noura@oasis.example", None),
        ("get", f"members/{number}", None),
        ("patch", f"members/{number}", {"language": "en"}),
        ("post", f"members/{number}/consents", {"channel": "sms", "purpose": "marketing", "granted": True}),
        ("post", f"members/{number}/merge", {"absorb": number}),
        ("post", f"members/{number}/merge/preview", {"absorb": number}),
        ("post", f"members/{number}/merges/1/undo", {}),
        ("post", f"members/{number}/detach", {}),
        ("post", f"members/{number}/attach", {"phone": "0559999999"}),
        ("delete", f"members/{number}", {}),
        ("get", f"members/{number}/memberships", None),
        ("post", f"members/{number}/memberships", {"plan": "plus"}),
        ("post", f"members/{number}/memberships/payments", {"plan": "plus", "payment": "F", "amount": "29"}),
        ("post", f"members/{number}/memberships/refunds", {"refund": "R", "payment": "F"}),
        ("post", f"members/{number}/memberships/cancel", {}),
        ("get", f"members/{number}/balance", None),
        ("get", f"members/{number}/statement", None),
        ("get", f"members/{number}/tier", None),
        ("get", f"members/{number}/insight", None),
        ("get", f"members/{number}/redemptions", None),
        ("get", f"members/{number}/refunds", None),
        ("get", f"members/{number}/adjustments", None),
        ("get", f"members/{number}/points", None),
        ("get", f"members/{number}/rewards", None),
        ("get", f"members/{number}/upgrades", None),
        ("get", f"members/{number}/gift-cards", None),
        ("post", "gift-cards", member | {"amount": "5", "why": "sold", "order": order}),
        ("get", f"gift-cards/{names['card']}", None),
        ("get", f"receipts/{names['receipt']}", None),
        ("post", f"receipts/{names['receipt']}/cancel", {}),
        ("post", f"gift-cards/{names['card']}/cancel", {}),
        ("get", f"members/{number}/cards", None),
        ("post", f"members/{number}/contests/cup/join", {}),
        ("post", f"members/{number}/contests/cup/leave", {}),
        ("get", f"members/{number}/referrals", None),
        ("post", "events", member | {"event": "review", "id": "E-1"}),
        ("post", f"members/{number}/adjustments", {"points": 5, "reason": "gift"}),
        ("get", f"purchases?member={number}", None),
        ("get", f"purchases/{order}", None),
        ("post", "purchases/quote", member | {"amount": "5"}),
        ("post", "purchases", member | {"amount": "5", "order": "B-1"}),
        ("post", f"purchases/{order}/delivered", {}),
        ("post", "refunds", refund),
        ("post", f"members/{number}/one-time-codes", {}),
        ("get", f"members/{number}/cause", None),
        ("put", f"members/{number}/cause", {"cause": "orphans"}),
        ("post", f"members/{number}/donations", {"points": 100, "cause": "orphans"}),
        ("post", "member-events/evening/places", member),
        ("post", f"member-events/evening/places/{number}/cancel", {}),
        ("post", f"member-events/evening/places/{number}/attended", {}),
        ("post", "redemptions", member | {"points": 500}),
        ("get", f"redemptions/{code}", None),
        ("post", f"redemptions/{code}/use", {}),
        ("post", f"redemptions/{code}/cancel", {}),
        ("post", "purchases", {"phone": "0507654321", "amount": "500", "order": "B-2"} | points),
        ("post", "purchases/quote", {"phone": "0507654321", "amount": "500"} | points),
    ]


def ask(caller: Caller, method: str, path: str, body: Any) -> Any:
    """Make one call, with a key for writes that want one."""
    if method == "get":
        return caller.client.get(f"/api/v1/{path}")
    return caller.send(method, path, body, once="once-1")


def test_the_walk_passes_every_address(names: dict[str, str]) -> None:
    walked = {
        get_resolver().resolve(f"/api/v1/{path.partition('?')[0]}").route for _m, path, _b in calls(names)
    }
    assert walked == {f"api/v1/{address}" for address in ADDRESSES if address not in BARE}


def test_absent_and_anothers_look_the_same(stage: Cast, names: dict[str, str]) -> None:
    rival = Caller(stage.rival.key())
    absent = {
        "number": "M-ZZZZZZZ", "order": "Z-9", "code": "ZZZZZZZZ", "branch": "nowhere", "card": "ZZZZZZZZ",
        "hook": "wh_0", "message": "msg_0", "receipt": "N-0",
    }  # fmt: skip
    before = footprint()
    for theirs, nobodys in zip(calls(names), calls(absent), strict=True):
        asked, unknown = ask(rival, *theirs), ask(rival, *nobodys)
        if "phone" in theirs[1] or "email" in theirs[1]:
            unknown = ask(
                rival, "get", theirs[1].replace("0501234567", "0509999999").replace("noura", "nobody"), None
            )
        assert asked.status_code == 404, theirs
        assert asked.content == unknown.content, theirs
    assert footprint() == before


@pytest.mark.parametrize("header", [{}, {"authorization": "Api-Key"}, {"authorization": "Bearer abc"}])
def test_without_a_key_nothing_is_answered(
    stage: Cast, names: dict[str, str], header: dict[str, str]
) -> None:
    caller = Caller("x")
    caller.client.defaults = {f"HTTP_{name.upper()}": value for name, value in header.items()}
    before = footprint()
    for call in [*calls(names), ("get", "programme", None), ("get", "purchases", None)]:
        answer = ask(caller, *call)
        assert answer.status_code == 401, call
        assert answer.headers["WWW-Authenticate"] == "Api-Key"
        assert answer.json()["code"] == "key_missing"
    assert footprint() == before


def test_many_orders_of_anothers_are_refused_one_by_one(stage: Cast, names: dict[str, str]) -> None:
    """The same answer as of nobody's, for each way to name somebody; and nothing is written."""
    rival, before = Caller(stage.rival.key()), footprint()
    theirs = ({"member": names["number"]}, {"phone": "0501234567"}, {"external_id": "E-1"})
    absent = ({"member": "M-ZZZZZZZ"}, {"phone": "0509999999"}, {"external_id": "Z-1"})
    said = [
        {"orders": [who | {"order": f"B-{n}", "amount": "5"} for n, who in enumerate(people)]}
        for people in (theirs, absent)
    ]
    asked, unknown = (rival.post("purchases/bulk", body, 200) for body in said)
    assert asked == unknown
    assert [one["status"] for one in asked["results"]] == [404, 404, 404]
    assert footprint() == before


def test_a_list_shows_only_ones_own(stage: Cast, names: dict[str, str]) -> None:
    assert Caller(stage.rival.key()).get("purchases")["results"] == []
    assert len(Caller(stage.shop.key()).get("purchases")["results"]) == 1


def test_one_phone_is_two_members_at_two_shops(stage: Cast) -> None:
    theirs = Caller(stage.rival.key()).post("members", {"phone": "0501234567"})
    assert theirs["number"] != stage.shop.member.number
    assert theirs["given_name"] == ""


def test_an_order_number_belongs_to_its_merchant(stage: Cast, names: dict[str, str]) -> None:
    answer = buy(Caller(stage.rival.key()), "7", number=stage.rival.member.number, order="A-1")
    assert answer["points"] == 7


def test_a_branch_of_another_shop_is_not_found(stage: Cast) -> None:
    stage.shop.branch.__class__.objects.create(
        merchant=stage.rival.merchant, code="theirs", name_ar="ف", name_en="B"
    )
    refused = buy(Caller(stage.shop.key()), "7", number=stage.shop.member.number, branch="theirs", status=404)
    assert refused["errors"][0]["field"] == "/branch"
