"""Friends and events through the API (RULES 38): joining by a code, how far they came, what happened."""

from typing import Any

import pytest
import time_machine

from accounts import outbox
from accounts.models import Member
from ledger.bulk.befriending import reward_friends
from ledger.models import Occurrence
from programs.models import EarnRule, Programme, ReferralOffer
from programs.publishing import draft_of, publish
from tests.cast import NOW, Cast, Shop

OFFER: dict[str, Any] = {"bringer_points": 100, "friend_points": 50, "least_minor": 50_00, "window_days": 14}


def hear(at: Any) -> None:
    while outbox.relay(now=at):
        pass


@pytest.fixture
def befriended(shop: Shop) -> Shop:
    """Our shop gives something for a friend, and for a review."""
    draft = draft_of(programme=Programme.objects.get(merchant=shop.merchant))
    ReferralOffer.objects.create(version=draft, **OFFER)
    EarnRule.objects.create(
        version=draft, code="review", name_ar="تقييم", name_en="Review", kind="fixed", points=20,
        trigger="review",
    )  # fmt: skip
    publish(version=draft, actor="test", effective_from=NOW, now=NOW)
    return shop


def test_rule_38_from_joining_by_a_code_to_both_rewards(
    befriended: Shop, api: Any, clock: time_machine.Traveller
) -> None:
    mine = befriended.member.number
    code = api.get(f"members/{mine}")["referral_code"]
    friend = api.post("members", {"phone": "0551112222", "given_name": "سارة", "referral_code": code.lower()})
    hear(NOW)
    api.post("purchases", {"order": "F-1", "member": friend["number"], "amount": "80"})
    reward_friends(merchant=befriended.merchant, now=NOW)
    said = api.get(f"members/{mine}/referrals")
    assert said["promise"] == {
        "member": {"points": 100, "reward": ""},
        "friend": {"points": 50, "reward": ""},
        "least": "50.00",
        "days": 14,
    }
    (shown,) = said["friends"]
    assert (said["joined"], said["rewarded"], said["referral_code"]) == (1, 0, code)
    assert (shown["initial"], shown["state"], shown["rewarded_from"]) == ("س", "qualified", "2026-11-30")
    clock.move_to("2026-11-30T09:00:00Z")
    reward_friends(merchant=befriended.merchant, now=NOW.replace(day=30))
    assert api.get(f"members/{mine}/referrals")["rewarded"] == 1
    assert api.get(f"members/{mine}/balance")["available"] == 100
    assert api.get(f"members/{friend['number']}/balance")["available"] == 130
    texts = [row["reasons"][0]["text"] for row in api.get(f"members/{mine}/statement")["results"]]
    assert texts == ["A friend joined through you"]


def test_a_code_nobody_hands_out_is_refused_and_nobody_joins(befriended: Shop, api: Any) -> None:
    said = api.post("members", {"phone": "0551112222", "referral_code": "ZZZZZZZ"}, 422)
    assert [error["field"] for error in said["errors"]] == ["/referral_code"]
    assert not Member.objects.filter(phone="+966551112222").exists()


def test_a_rivals_code_is_nobodys(befriended: Shop, api: Any, stage: Cast) -> None:
    code = stage.rival.member.referral_code
    api.post("members", {"phone": "0551112222", "referral_code": code}, 422)
    api.get(f"members/{stage.rival.member.number}/referrals", 404)


def test_without_an_offer_there_is_a_code_and_no_promise(api: Any, shop: Shop) -> None:
    said = api.get(f"members/{shop.member.number}/referrals")
    assert (said["promise"], said["joined"], said["friends"]) == (None, 0, [])


def test_an_event_is_recorded_once_and_earns_by_its_rule(befriended: Shop, api: Any) -> None:
    body = {"event": "review", "id": "REV-1", "member": befriended.member.number}
    first = api.post("events", body)
    assert (first["points"], first["balance"]["available"]) == (20, 20)
    assert first["reasons"][0]["text"] == "Review: 20 points for each “Review”"
    assert api.post("events", body) == first
    assert api.post("events", body | {"event": "survey"}, 409)["code"] == "key_conflict"
    assert Occurrence.objects.count() == 1


def test_an_event_no_rule_knows_is_recorded(befriended: Shop, api: Any) -> None:
    said = api.post("events", {"event": "car-wash", "id": "W-1", "phone": "0501234567"})
    assert (said["points"], Occurrence.objects.get().name) == (0, "car-wash")


@pytest.mark.parametrize("name", ["birthday", "anniversary", "referral", "referred", "purchase", "Car wash"])
def test_what_only_we_tell_and_what_is_no_word_is_refused(befriended: Shop, api: Any, name: str) -> None:
    said = api.post("events", {"event": name, "id": "E-1", "member": befriended.member.number}, 422)
    assert [error["field"] for error in said["errors"]] == ["/event"]
    assert not Occurrence.objects.exists()
