"""Bringing a friend from the member's own page, and checking in at a branch."""

import re

import pytest

from accounts import outbox
from accounts.models import Member
from ledger.models import Occurrence, Referral
from ledger.visiting import place_token
from programs.models import EarnRule, Programme, ReferralOffer
from programs.publishing import draft_of, publish
from tests.cast import NOW, Shop
from tests.portal import carrier
from tests.portal.conftest import Visitor, words


@pytest.fixture
def befriended(shop: Shop) -> Shop:
    """The shop gives 100 points for a friend, 50 to the friend and 10 for a check-in."""
    draft = draft_of(programme=Programme.objects.get(merchant=shop.merchant))
    ReferralOffer.objects.create(version=draft, bringer_points=100, friend_points=50, least_minor=50_00)
    EarnRule.objects.create(
        version=draft, code="here", name_ar="حضور", name_en="Visit", kind="fixed", points=10,
        trigger="check-in",
    )  # fmt: skip
    publish(version=draft, actor="test", effective_from=NOW, now=NOW)
    speak_english(shop)
    return shop


def speak_english(shop: Shop) -> None:
    Member.objects.filter(pk=shop.member.pk).update(language="en")


def invitation(visitor: Visitor) -> str:
    """The link on the member's page."""
    page = visitor.get("friends/").content.decode()
    found = re.search(r'id="invitation"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_page_says_what_both_get_and_shows_link_code_and_qr(befriended: Shop, visitor: Visitor) -> None:
    visitor.enter()
    page = visitor.get("friends/")
    said = words(page)
    for text in ("You get", "100 points", "Your friend gets", "50 points", "at least 50 SAR", "14 days"):
        assert text in said, text
    assert befriended.member.referral_code in said
    assert "<svg" in page.content.decode()
    assert "Nobody yet" in said


def test_a_friend_joins_through_the_link_and_stands_there_by_a_letter(
    befriended: Shop, visitor: Visitor
) -> None:
    visitor.enter()
    link = invitation(visitor)
    assert link.endswith(f"/join/?ref={befriended.member.referral_code}")
    friend = Visitor(befriended)
    door = friend.get("join/", ref=befriended.member.referral_code)
    assert door.status_code == 302
    assert door.headers["location"].endswith(f"/sign-in/?ref={befriended.member.referral_code}")
    friend.ask("0551112223", referral=befriended.member.referral_code)
    friend.post("code/", code=carrier.kept[-1][1])
    friend.post("join/", given_name="Sara", language="ar", referral=befriended.member.referral_code)
    assert Member.objects.get(given_name="Sara").referred_by == befriended.member
    while outbox.relay(now=NOW):
        pass
    said = words(visitor.get("friends/"))
    assert "1 friend joined through you." in said
    assert "S•••" in said
    assert "No order yet" in said
    assert "Sara" not in said


def test_without_an_offer_the_link_is_there_and_nothing_is_promised(shop: Shop, visitor: Visitor) -> None:
    speak_english(shop)
    visitor.enter()
    said = words(visitor.get("friends/"))
    assert "You get" not in said
    assert "is remembered as your guest" in said


def test_a_stranger_is_led_to_the_door(befriended: Shop, visitor: Visitor) -> None:
    token = place_token(befriended.branch)
    for path in ("friends/", f"here/{token}/"):
        assert visitor.get(path).headers["location"].endswith("/sign-in/")


def test_a_check_in_is_asked_first_and_counts_once_a_day(befriended: Shop, visitor: Visitor) -> None:
    visitor.enter()
    path = f"here/{place_token(befriended.branch)}/"
    assert "I am here" in words(visitor.get(path))
    assert not Occurrence.objects.exists()
    assert visitor.post(path).status_code == 302
    assert "Welcome! You got 10 points." in words(visitor.get())
    visitor.post(path)
    assert "You have checked in here today already." in words(visitor.get())
    assert Occurrence.objects.get().points == 10


def test_a_code_that_is_old_or_anothers_is_no_page(befriended: Shop, rival: Shop, visitor: Visitor) -> None:
    visitor.enter()
    old = place_token(befriended.branch, now=NOW.replace(hour=1))
    for token in (old, place_token(rival.branch), "nonsense"):
        assert visitor.get(f"here/{token}/").status_code == visitor.post(f"here/{token}/").status_code == 404
    assert not Referral.objects.exists()
