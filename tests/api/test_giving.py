"""Giving and events through the API (RULES 40)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.presence import token_of
from ledger.models import CauseEntry, Place
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import NOW, Shop
from tests.ledger.given import invite, open_giving_shop

pytestmark = pytest.mark.postgres


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    """A shop that gives."""
    return open_giving_shop()


def test_rule_40_points_are_given_once_with_a_receipt_number(api: Caller, shop: Shop) -> None:
    number = shop.member.number
    buy(api, "1000", number=number)
    found = api.get("causes")["results"]
    assert [one["code"] for one in found] == ["orphans", "water"]
    assert found[0]["licence"] == "NCNP-1001"
    said = {"points": 250, "cause": "orphans"}
    first = api.post(f"members/{number}/donations", said, once="g-1")
    assert (first["points"], first["value"], first["cause"]) == (250, "12.50", "orphans")
    again = api.send("post", f"members/{number}/donations", said, once="g-1")
    assert (again.status_code, again.json()["number"]) == (201, first["number"])
    assert again.headers["Idempotency-Replayed"] == "true"
    refused = api.post(f"members/{number}/donations", said | {"points": 300}, 409, once="g-1")
    assert refused["code"] == "key_conflict"
    assert CauseEntry.objects.count() == 1
    assert api.get(f"members/{number}/balance")["available"] == 750


@pytest.mark.parametrize(
    ("said", "status", "code", "pointer"),
    [
        ({"points": 99, "cause": "orphans"}, 422, "gift_too_small", "/points"),
        ({"points": 5000, "cause": "orphans"}, 409, "not_enough_points", "/points"),
        ({"points": 100, "cause": "nobody"}, 422, "cause_unavailable", "/cause"),
        ({"points": 0, "cause": "orphans"}, 422, "min_value", "/points"),
        ({"points": 100}, 422, "required", "/cause"),
    ],
)
def test_what_cannot_be_given_is_named(
    api: Caller, shop: Shop, said: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    buy(api, "1000", number=shop.member.number)
    answer = api.post(f"members/{shop.member.number}/donations", said, status, once="g")
    errors = answer.get("errors") or [answer]
    assert code in str(answer)
    assert pointer in str(errors)
    assert not CauseEntry.objects.exists()


def test_rule_19_a_till_gives_only_for_who_is_there(till: Caller, api: Caller, shop: Shop) -> None:
    number = shop.member.number
    buy(api, "1000", number=number)
    other = api.post("members", {"phone": "0551234567"})["number"]
    said = {"points": 100, "cause": "orphans"}
    assert till.post(f"members/{number}/donations", said, 403, once="g-1")["code"] == "not_shown"
    shown = {"shown": token_of(shop.member, now=NOW)}
    assert till.post(f"members/{other}/donations", said | shown, 403, once="g-2")["code"] == "not_shown"
    assert till.post(f"members/{number}/donations", said | shown, once="g-3")["points"] == 100


def test_the_members_choice_is_read_and_changed(api: Caller, till: Caller, shop: Shop) -> None:
    path = f"members/{shop.member.number}/cause"
    assert api.get(path)["cause"] is None
    assert api.checked(api.send("put", path, {"cause": "water"}), 200)["cause"]["code"] == "water"
    assert till.get(path)["cause"]["code"] == "water"
    assert till.send("put", path, {"cause": None}).status_code == 403
    assert api.checked(api.send("put", path, {"cause": None}), 200)["cause"] is None
    assert api.checked(api.send("put", path, {"cause": "nobody"}), 422)["code"] == "cause_unavailable"


def test_signing_up_waiting_moving_up_and_being_there(
    api: Caller, till: Caller, shop: Shop, clock: time_machine.Traveller
) -> None:
    event = invite(shop, NOW, places=1)
    first, second = shop.member.number, api.post("members", {"phone": "0551234567"})["number"]
    (told,) = api.get("member-events")["results"]
    assert (told["code"], told["free"], told["waiting"]) == ("tasting", 1, 0)
    assert api.post("member-events/tasting/places", {"member": first}, once="s-1")["state"] == "going"
    assert api.post("member-events/tasting/places", {"member": second}, once="s-2")["state"] == "waiting"
    twice = api.post("member-events/tasting/places", {"member": first}, 409, once="s-3")
    assert twice["code"] == "signed_up_already"
    assert till.post(f"member-events/tasting/places/{second}/attended", {}, 404)["code"] == "not_found"
    left = api.post(f"member-events/tasting/places/{first}/cancel", {}, 200, once="c-1")
    assert left["state"] == "left"
    assert api.post(f"member-events/tasting/places/{first}/cancel", {}, 200, once="c-1")["state"] == "left"
    assert Place.objects.get(state="going").member.number == second
    clock.move_to(event.starts_at + timedelta(minutes=1))
    came = till.post(f"member-events/tasting/places/{second}/attended", {}, 200)
    assert came == {"event": "tasting", "member": second, "points": 0}
    assert till.post(f"member-events/tasting/places/{second}/attended", {}, 200) == came
    assert api.post("member-events/nothing/places", {"member": first}, 404, once="s-9")["code"] == "not_found"
    closed = api.post("member-events/tasting/places", {"member": first}, 422, once="s-8")
    assert closed["code"] == "event_unavailable"
