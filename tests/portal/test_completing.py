"""What a member's profile lacks, and what completing it brings: only where the programme rewards it."""

import re
from datetime import date
from typing import Any

import pytest

from accounts import outbox
from accounts.joining import change_member
from accounts.models import Member, Merchant
from ledger.models import Occurrence
from programs.models import EarnRule
from programs.queries import forget_terms
from tests.cast import NOW
from tests.ledger.collected import add_goals
from tests.portal.conftest import Visitor, words


def reward(visitor: Visitor, **rule: Any) -> None:
    """Let the terms in force reward a complete profile."""
    said: dict[str, Any] = {
        "code": "profile", "trigger": "profile-completed", "kind": "fixed", "points": 50, "factor": 1,
        "name_ar": "اكتمال الملف", "name_en": "Complete profile",
    }  # fmt: skip
    EarnRule.objects.bulk_create([EarnRule(version=visitor.shop.version, **(said | rule))])
    forget_terms()


def say(visitor: Visitor, **changes: Any) -> None:
    """Say something of oneself, and let the news go round."""
    change_member(member=Member.objects.get(pk=visitor.shop.member.pk), now=NOW, changes=changes)
    while outbox.relay(now=NOW):
        pass


def link_to(page: str, text: str) -> str:
    found = re.search(rf'href="([^"]+)">{text}<', page)
    assert found, text
    return found[1]


@pytest.fixture
def asked(member: Visitor) -> Visitor:
    """A shop that rewards it asks for four things; the member said three of them."""
    reward(member)
    return member


@pytest.mark.parametrize("path", ["", "profile/"])
def test_the_page_says_how_much_is_said_and_what_the_rest_brings(asked: Visitor, path: str) -> None:
    answer = asked.get(path)
    said = words(answer)
    assert "Complete your profile 3 of 4" in said
    assert "When it is complete you get 50 points , once." in said
    way = link_to(answer.content.decode(), "Add your birthday")
    assert way == "/m/oasis/profile/#id_birthday"
    assert 'id="id_birthday"' in asked.get("profile/").content.decode()


def test_it_goes_once_the_profile_is_complete_and_the_points_are_those_that_were_said(asked: Visitor) -> None:
    say(asked, birthday=date(1990, 3, 7))
    assert Occurrence.objects.get(name="profile-completed").points == 50
    for path in ("", "profile/"):
        assert "Complete your profile" not in words(asked.get(path))
    say(asked, birthday=None)  # taken out again: it is rewarded once
    assert "Complete your profile" not in words(asked.get("profile/"))


def test_every_field_that_a_shop_may_ask_for_has_its_words_and_its_place(asked: Visitor) -> None:
    everything = ["given_name", "family_name", "email", "birthday", "gender"]
    Merchant.objects.update(profile_asks=everything)
    Member.objects.filter(pk=asked.shop.member.pk).update(
        given_name="", family_name="", email="", birthday=None, gender=""
    )
    page = asked.get("profile/").content.decode()
    for text in ("first name", "family name", "e-mail", "birthday"):
        anchor = link_to(page, f"Add your {text}").partition("#")[2]
        assert f'id="{anchor}"' in page, anchor
    assert 'id="gender"' in page
    assert "0 of 5" in words(asked.get("profile/"))


def test_nothing_is_said_where_the_programme_gives_nothing_for_it(member: Visitor) -> None:
    for path in ("", "profile/"):
        assert "Complete your profile" not in words(member.get(path))
    reward(member, tiers=["gold"])  # for others
    assert "Complete your profile" not in words(member.get("profile/"))


def test_a_badge_is_named(member: Visitor) -> None:
    add_goals_published(member)
    reward(member, kind="badge", target="regular", points=0)
    assert "you get “Regular” , once" in words(member.get("profile/"))


def test_it_is_said_in_arabic(asked: Visitor) -> None:
    Member.objects.filter(pk=asked.shop.member.pk).update(language="ar")
    asked.client.cookies.clear()
    asked.enter()
    page = asked.client.get(asked.url("profile/"), headers={"accept-language": "ar"}).content.decode()
    assert "3 من 4" in page
    assert "Complete" not in page


def add_goals_published(visitor: Visitor) -> None:
    version = visitor.shop.version
    type(version).objects.filter(pk=version.pk).update(published_at=None)
    version.refresh_from_db()
    add_goals(version)
    type(version).objects.filter(pk=version.pk).update(published_at=NOW)
    forget_terms()
