"""Merging, detaching and erasing through the API (RULES 41, 42, 46)."""

from typing import Any

import pytest

from accounts.models import Consent, Erasure, Member
from tests.api.conftest import Caller
from tests.api.selling import buy, code_for
from tests.cast import Cast, Shop

SPELLINGS = (
    "0501234567", "501234567", "+966501234567", "00966 50 123 4567", "٠٥٠١٢٣٤٥٦٧", "۰۵۰۱۲۳۴۵۶۷",
    "050-123-4567",
)  # fmt: skip


@pytest.fixture
def other(api: Caller) -> str:
    """A second record of the shop's member."""
    return str(api.post("members", {"phone": "0551234567", "given_name": "Nora"})["number"])


@pytest.mark.parametrize("typed", SPELLINGS)
def test_rule_41_every_spelling_finds_and_joins_the_same_member(api: Caller, shop: Shop, typed: str) -> None:
    assert api.get("members", phone=typed)["number"] == shop.member.number
    assert api.post("members", {"phone": typed}, 200)["number"] == shop.member.number
    assert buy(api, "5", number=shop.member.number)["points"] == 5
    body = {"phone": typed, "amount": "7", "order": f"by-phone-{typed}"}
    assert api.post("purchases", body)["member"] == shop.member.number


def test_rule_42_a_yes_of_the_other_record_is_not_carried_over_and_the_preview_says_so(
    api: Caller, shop: Shop, other: str
) -> None:
    mine = shop.member.number
    yes = {"channel": "email", "purpose": "marketing", "granted": True}
    api.post(f"members/{other}/consents", yes, 200)
    told = api.post(f"members/{mine}/merge/preview", {"absorb": other}, 200)
    assert (told["agreed_and_not_carried"], told["becomes_refused"]) == ([yes], [])
    api.post(f"members/{mine}/merge", {"absorb": other}, 200, once="m-1")
    assert not Consent.objects.filter(member=shop.member, channel="email", granted=True).exists()


def test_rule_42_a_preview_tells_what_will_change_and_writes_nothing(
    api: Caller, shop: Shop, other: str
) -> None:
    mine = shop.member.number
    buy(api, "1000", number=other)
    code = code_for(api, other, 500)
    api.post(f"members/{other}/consents", {"channel": "sms", "purpose": "marketing", "granted": False}, 200)
    api.post(f"members/{mine}/consents", {"channel": "sms", "purpose": "marketing", "granted": True}, 200)
    told = api.post(f"members/{mine}/merge/preview", {"absorb": other}, 200)
    assert (told["points"], told["available_after"], told["spend"]) == (500, 500, "1000.00")
    assert told["lots"] == [{"points": 500, "expires_on": "2027-11-15"}]
    assert told["open_codes"] == [code]
    assert told["becomes_refused"] == [{"channel": "sms", "purpose": "marketing", "granted": False}]
    differ = {row["field"]: row["stays"] for row in told["fields_that_differ"]}
    assert differ == {"phone": "+966501234567", "given_name": "نورة"}
    assert api.get(f"members/{other}")["number"] == other


def test_rule_42_a_merge_and_its_undo(api: Caller, shop: Shop, other: str) -> None:
    mine = shop.member.number
    buy(api, "300", number=other, order="A-1")
    done = api.post(f"members/{mine}/merge", {"absorb": other}, 200, once="m1")
    assert (done["points"], done["balance"]["available"], done["absorbed"]) == (300, 300, other)
    assert api.get(f"members/{other}")["number"] == mine
    assert api.get("members", phone="0551234567")["number"] == mine
    again = api.send("post", f"members/{mine}/merge", {"absorb": other}, once="m1")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (done, "true")
    undone = api.post(f"members/{mine}/merges/{done['merge']}/undo", {}, 200, once="u1")
    assert (undone["points"], undone["balance"]["available"]) == (-300, 0)
    assert api.get(f"members/{other}/balance")["available"] == 300


def test_rule_42_an_undo_too_late_is_refused_with_the_list(api: Caller, shop: Shop, other: str) -> None:
    mine = shop.member.number
    done = api.post(f"members/{mine}/merge", {"absorb": other}, 200, once="m1")
    buy(api, "40", number=mine, order="A-7")
    refused = api.post(f"members/{mine}/merges/{done['merge']}/undo", {}, 409, once="u1")
    assert refused["code"] == "merge_in_use"
    assert [(row["name"], row["points"]) for row in refused["params"]["since"]] == [("A-7", 40)]


def test_rule_42_a_refund_of_an_absorbed_order_takes_from_the_survivor(
    api: Caller, shop: Shop, other: str
) -> None:
    mine = shop.member.number
    buy(api, "300", number=other, order="A-1")
    api.post(f"members/{mine}/merge", {"absorb": other}, 200, once="m1")
    back = api.post("refunds", {"refund": "R-1", "order": "A-1", "amount": "100"})
    assert back["points"] == -100
    assert api.get(f"members/{mine}/balance")["available"] == 200


@pytest.mark.parametrize(
    ("absorb", "status", "code"), [("self", 409, "same_record"), ("M-NOBODY", 404, "not_found")]
)
def test_rule_42_itself_and_nobody_are_refused(
    api: Caller, shop: Shop, absorb: str, status: int, code: str
) -> None:
    mine = shop.member.number
    body = {"absorb": mine if absorb == "self" else absorb}
    assert api.post(f"members/{mine}/merge", body, status, once="m1")["code"] == code
    assert api.post(f"members/{mine}/merge/preview", body, status)["code"] == code


def test_rule_42_a_rivals_member_is_as_good_as_absent(api: Caller, stage: Cast) -> None:
    theirs = {"absorb": stage.rival.member.number}
    assert (
        api.post(f"members/{stage.shop.member.number}/merge", theirs, 404, once="m1")["code"] == "not_found"
    )


def test_rule_41_a_recycled_number_leads_to_its_new_owner(api: Caller, shop: Shop) -> None:
    old = shop.member.number
    buy(api, "100", number=old)
    api.post(f"members/{old}/detach", {"reason": "sold again"}, 200)
    api.get("members", 404, phone="0501234567")
    new = api.post("members", {"phone": "0501234567"})
    assert new["number"] != old
    api.post(f"members/{old}/attach", {"phone": "0501234567"}, 409)
    assert api.post(f"members/{old}/attach", {"phone": "٠٥٥٥٥٥٥٥٥٥"}, 200)["phone"] == "+966555555555"
    assert api.get("members", phone="0555555555")["number"] == old
    assert api.get(f"members/{old}/balance")["available"] == 100


def test_rule_46_a_member_is_erased_by_a_key_that_manages(api: Caller, stage: Cast) -> None:
    number = stage.shop.member.number
    for scope in ("till", "shop", "read"):
        refused = Caller(stage.shop.key(scope)).send("delete", f"members/{number}", {})
        assert refused.status_code == 403, scope
    answer = api.send("delete", f"members/{number}", {})
    assert answer.status_code == 200
    assert answer.json()["number"] == number
    assert api.get(f"members/{number}", 404)["code"] == "not_found"
    assert api.send("delete", f"members/{number}", {}).status_code == 409
    assert Erasure.objects.get().actor.startswith("key:")
    assert Member.objects.get(number=number).phone is None


def test_rule_42_only_a_key_that_manages_merges(stage: Cast, other: str) -> None:
    for scope in ("till", "shop", "read"):
        caller: Any = Caller(stage.shop.key(scope))
        answer = caller.send("post", f"members/{stage.shop.member.number}/merge", {"absorb": other}, once="m")
        assert answer.status_code == 403, scope
