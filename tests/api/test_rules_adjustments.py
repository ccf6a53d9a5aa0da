"""RULES 44 and the proof of a balance, through the API."""

from typing import Any

import pytest

from accounts.access import staff_actor
from accounts.models import Member, Staff
from ledger.gift_deciding import approve_gift_card, decline_gift_card
from ledger.models import AdjustmentRequest, GiftCard, GiftCardRequest, Movement
from ledger.second_person import approve, decline
from tests.api.selling import balance, buy, code_for
from tests.cast import NOW, Shop


@pytest.fixture
def number(shop: Shop) -> str:
    return shop.member.number


def decided(shop: Shop, verb: Any) -> None:
    """An owner decides the one request there is."""
    owner = staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["owner"]))
    verb(actor=owner, request_id=AdjustmentRequest.objects.get().pk, now=NOW)


def test_rule_44_above_the_limit_the_answer_is_that_it_waits(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    path, body = f"members/{number}/adjustments", {"points": 1_001, "reason": "تعويض"}
    said = api.post(path, body, 202, once="a")
    request = AdjustmentRequest.objects.get()
    assert said == {
        "member": number, "points": 1_001, "reason": "تعويض", "state": "waiting", "request": request.pk,
        "asked_at": "2026-11-15T09:00:00Z",
    }  # fmt: skip
    assert not Movement.objects.exists()
    assert api.post(path, body, 202, once="a") == said
    assert api.post(path, body | {"points": 1_002}, 409, once="a")["code"] == "key_conflict"
    decided(shop, approve)
    posted = api.post(path, body, 201, once="a")
    assert (posted["points"], posted["available"]) == (1_001, 1_001)
    (entry,) = api.get(f"members/{number}/statement")["results"]
    (why,) = posted["reasons"]
    assert why == entry["reasons"][0]
    assert why["text"].endswith("تعويض")
    assert AdjustmentRequest.objects.count() == Movement.objects.count() == 1


def test_rule_44_what_was_refused_is_told(api: Any, shop: Shop, number: str) -> None:
    path, body = f"members/{number}/adjustments", {"points": -5_000, "reason": "x"}
    api.post(path, body, 202, once="a")
    decided(shop, decline)
    assert api.post(path, body, 409, once="a")["code"] == "adjustment_refused"
    assert not Movement.objects.exists()


def test_rule_44_many_small_ones_by_one_key_are_one_large_one(api: Any, number: str) -> None:
    path = f"members/{number}/adjustments"
    for place in range(2):
        api.post(path, {"points": 500, "reason": "x"}, once=f"k{place}")
    api.post(path, {"points": 1, "reason": "x"}, 202, once="k2")
    assert balance(api, number)["available"] == 1_000


def test_rule_44_a_key_credits_no_card_of_the_staff(api: Any, shop: Shop, number: str) -> None:
    Member.objects.filter(pk=shop.member.pk).update(email=shop.staff["cashier"].email)
    refused = api.post(f"members/{number}/adjustments", {"points": 5, "reason": "x"}, 403, once="a")
    assert refused["code"] == "own_card"
    api.post(f"members/{number}/adjustments", {"points": 5, "reason": "x"}, 403, once="a")
    assert not Movement.objects.exists()


def test_a_balance_opens_into_its_lots_and_movements(api: Any, number: str) -> None:
    buy(api, "700", number=number, order="A-1")
    buy(api, "300", number=number, order="A-2")
    code_for(api, number, 500)
    found = api.get(f"members/{number}/points")
    assert found["sums"] == [{"kind": "earn", "points": 1_000}, {"kind": "redeem", "points": -500}]
    assert sum(line["points"] for line in found["sums"]) == found["available"] - found["owed"] == 500
    first, second = found["lots"]
    assert (first["points"], first["remaining"], first["made_by"]["order"]) == (700, 200, "A-1")
    assert first["made_by"]["reasons"][0]["text"] == "1 point per 1.00 SAR"
    (use,) = first["uses"]
    assert (use["points"], use["pays_owed"], use["by"]["kind"]) == (500, False, "redeem")
    assert use["by"]["reasons"][0]["text"] == "Redeemed for 25.00 SAR off"
    assert (second["remaining"], second["uses"]) == (300, [])
    assert (found["more_lots"], found["more_points"], found["debts"], found["waiting"]) == (0, 0, [], [])
    lots = {lot["lot"]: lot["remaining"] for lot in balance(api, number)["lots"]}
    assert lots == {lot["lot"]: lot["remaining"] for lot in found["lots"]}


def decided_on_the_card(shop: Shop, verb: Any) -> None:
    """An owner decides the newest gift card that waits."""
    owner = staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["owner"]))
    verb(actor=owner, request_id=GiftCardRequest.objects.latest("pk").pk, now=NOW)


def test_rule_44_a_gift_card_above_the_limit_waits_and_its_key_tells_how_it_stands(
    api: Any, shop: Shop, number: str, clock: Any
) -> None:
    body = {"member": number, "amount": "99.50", "why": "given", "last_day": "2027-01-31"}
    said = api.post("gift-cards", body, 202, once="a")
    assert said == {
        "member": number, "amount": "99.50", "why": "given", "last_day": "2027-01-31", "state": "waiting",
        "request": GiftCardRequest.objects.get().pk, "asked_at": "2026-11-15T09:00:00Z",
    }  # fmt: skip
    assert not GiftCard.objects.exists()
    assert api.post("gift-cards", body, 202, once="a") == said
    assert api.post("gift-cards", body | {"amount": "99"}, 409, once="a")["code"] == "key_conflict"
    decided_on_the_card(shop, approve_gift_card)
    card = api.post("gift-cards", body, 201, once="a")
    assert (card["balance"], GiftCard.objects.get().code) == ("99.50", card["code"])
    api.post("gift-cards", body, 202, once="b")
    decided_on_the_card(shop, decline_gift_card)
    assert api.post("gift-cards", body, 409, once="b")["code"] == "gift_card_refused"
