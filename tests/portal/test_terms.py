"""The page of terms: drafted from the programme, kept word for word, agreed to by its number."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.access import staff_actor
from accounts.joining import join
from accounts.models import Member, Staff
from programs.editions import (
    agree_on_joining,
    agreements,
    edition_at,
    say_additions,
    write_editions,
    write_missing,
)
from programs.models import ProgrammeVersion, TermsAnswer, TermsEdition
from programs.publishing import draft_of, publish
from tests.cast import FOUNDED, NOW, Shop
from tests.portal.conftest import Visitor, words

pytestmark = pytest.mark.postgres


def next_terms(shop: Shop, at: datetime, **changes: Any) -> ProgrammeVersion:
    """Publish the same terms with ``changes`` from ``at`` on."""
    draft = draft_of(programme=shop.version.programme)
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.save()
    return publish(version=draft, actor="test", effective_from=at, now=NOW)


def worse(shop: Shop) -> ProgrammeVersion:
    """Make 500 points worth 20 instead of 25, after the notice."""
    return next_terms(shop, NOW + timedelta(days=31), block_value_minor=2000)


def edition(shop: Shop, number: int = 1) -> TermsEdition:
    return TermsEdition.objects.get(merchant=shop.merchant, number=number)


def test_publishing_keeps_the_page_in_both_languages(visitor: Visitor) -> None:
    """The page says what the programme promises, in the reader's language, with its number and its day."""
    kept = edition(visitor.shop)
    assert kept.effective_from == FOUNDED
    assert len(kept.digest) == 64
    said = words(visitor.get("terms/"))
    assert "Version 1, in force from" in said
    assert "500 points = 25.00 SAR" in said
    assert "You are told 30 days before points are worth less." in said
    arabic = Client(headers={"accept-language": "ar"}).get(visitor.url("terms/")).content.decode()
    assert "25.00 ر.س" in arabic
    assert "500 points" not in arabic
    with pytest.raises(ValidationError):
        kept.save()
    with pytest.raises(ValidationError):
        kept.delete()


def test_what_was_promised_stays_though_the_wording_of_today_changes(visitor: Visitor) -> None:
    """An edition is read back, not drafted again; writing twice writes nothing."""
    TermsEdition.objects.update(text={"en": [{"key": "a", "title": "Old", "lines": [["b", "As it was"]]}]})
    assert write_editions(visitor.shop.merchant, now=NOW) == []
    assert "As it was" in words(visitor.get("terms/1/"))


def test_a_shop_that_published_before_there_were_editions_gets_them(visitor: Visitor) -> None:
    TermsEdition.objects.all()._raw_delete("default")
    assert "Our programme is on its way" in words(visitor.get("terms/"))
    assert (write_missing(now=NOW), write_missing(now=NOW)) == (1, 0)
    assert "Version 1" in words(visitor.get("terms/"))


def test_every_edition_has_an_address_and_tells_what_it_changed(visitor: Visitor) -> None:
    """The next terms are read before they begin; those of today say until when they hold."""
    worse(visitor.shop)
    today, coming = words(visitor.get("terms/")), words(visitor.get("terms/2/"))
    assert "Version 1" in today
    assert "It holds until 16 December 2026." in today
    assert "These terms have not begun yet" in coming
    assert "Changed: “500 points = 25.00 SAR” is now “500 points = 20.00 SAR”." in coming
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        assert "Version 2" in words(visitor.get("terms/"))
        assert "These terms are over." in words(visitor.get("terms/1/"))
    assert visitor.get("terms/3/").status_code == 404
    assert visitor.get("terms/99999999999999999999/").status_code == 404


def test_whoever_joins_agrees_to_the_edition_they_were_shown(visitor: Visitor) -> None:
    visitor.ask("0551112223")
    visitor.enter("0551112223")
    form = visitor.get("join/").content.decode()
    assert 'name="terms" value="1"' in form
    assert "/terms/1/" in form
    visitor.post("join/", given_name="Lama", language="en", terms="1")
    (said,) = TermsAnswer.objects.all()
    assert (said.member_id, said.edition.number, said.agreed) == (visitor.member_id, 1, True)
    assert (said.source, said.language) == ("portal", "en")
    assert "I agree" not in words(visitor.get())
    data = json.loads(visitor.get("profile/walaa.json").content)
    assert [(row["edition"], row["agreed"]) for row in data["terms"]] == [(1, True)]
    with pytest.raises(ValidationError):
        said.delete()


def test_terms_that_take_something_are_asked_about_once(member: Visitor) -> None:
    """The member reads what changes and until when the old ones hold; "not now" is an answer too."""
    agree_on_joining(member=member.shop.member, source="till", actor="staff:1", now=NOW)
    assert "I agree" not in words(member.get())
    worse(member.shop)
    asked = words(member.get())
    assert "Our terms change" in asked
    assert "From 16 December 2026 something is different. Until then the terms you know hold." in asked
    member.post("terms/2/answer/", answer="no")
    assert "Our terms change" not in words(member.get())
    member.post("terms/2/answer/", answer="yes")
    member.post("terms/2/answer/", answer="yes")
    answers = (
        TermsAnswer.objects.filter(member=member.shop.member)
        .order_by("id")
        .values_list("edition__number", "agreed")
    )
    assert list(answers) == [(1, True), (2, False), (2, True)], "what was answered stays, and once is enough"


def test_better_terms_ask_nobody(member: Visitor) -> None:
    agree_on_joining(member=member.shop.member, source="till", actor="staff:1", now=NOW)
    next_terms(member.shop, NOW, block_value_minor=3000)
    assert "I agree" not in words(member.get())


@pytest.mark.parametrize(
    ("change", "is_worse"),
    [({"expiry_months": 6}, True), ({"expiry_months": None}, False), ({"code_minutes": 30}, False)],
)
def test_what_counts_as_worse(visitor: Visitor, change: dict[str, Any], is_worse: bool) -> None:
    next_terms(visitor.shop, NOW, **change)
    assert edition(visitor.shop, 2).is_worse is is_worse


def test_who_was_never_asked_is_asked_once(member: Visitor) -> None:
    """Somebody a file brought in reads the terms at their first visit."""
    assert "Please read how the programme works" in words(member.get())
    member.post("terms/1/answer/", answer="yes")
    assert "Please read how the programme works" not in words(member.get())


def test_answers_are_the_members_own(visitor: Visitor, rival: Shop) -> None:
    """A stranger is led to the door; another shop's edition is nowhere."""
    answer = visitor.post("terms/1/answer/", answer="yes")
    assert answer.headers["location"] == visitor.url("sign-in/")
    worse(rival)
    visitor.ask("0501234567")
    visitor.enter()
    assert visitor.post("terms/2/answer/", answer="yes").status_code == 404
    assert not TermsAnswer.objects.exists()


def test_what_the_shop_adds_makes_an_edition(visitor: Visitor) -> None:
    """At once, or after the notice where it takes something from members, beside any coming version."""
    shop = visitor.shop
    owner = staff_actor(Staff.objects.get(merchant=shop.merchant, role="owner"))
    say_additions(
        actor=owner, texts={"registration": "1010123456", "contact_en": "hello@oasis.example"},
        is_worse=False, now=NOW,
    )  # fmt: skip
    said = words(visitor.get("terms/"))
    assert "Version 2" in said
    assert "Commercial registration: 1010123456" in said
    assert "New: Contact: hello@oasis.example" in said
    worse(shop)
    say_additions(actor=owner, texts={"more_en": "Points need a receipt."}, is_worse=True, now=NOW)
    begins = {one.number: one.effective_from for one in TermsEdition.objects.filter(merchant=shop.merchant)}
    assert begins[3] == NOW + timedelta(days=31), "the worse version"
    assert begins[4] == datetime.fromisoformat("2026-12-15T00:00:00+03:00"), "after thirty days' notice"
    with time_machine.travel(NOW + timedelta(days=32), tick=False):
        standing = edition_at(shop.merchant, NOW + timedelta(days=32))
        assert standing is not None
        assert (standing.number, standing.version.block_value_minor) == (5, 2000)
        assert "Points need a receipt." in words(visitor.get("terms/"))


def test_how_many_agreed_to_which(visitor: Visitor) -> None:
    shop = visitor.shop
    agree_on_joining(member=shop.member, source="till", actor="staff:1", now=NOW)
    join(merchant=shop.merchant, now=NOW, source="test", actor="test", quiet=True, phone="0559998887")
    assert agreements(shop.merchant) == {1: 1, 0: 1}
    assert Member.objects.for_merchant(shop.merchant).count() == 2
