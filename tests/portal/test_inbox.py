"""Messages: read when the member says so, and only their own."""

from datetime import datetime, timedelta

import pytest

from campaigns.models import Message, MessageState, Recipe, TemplateVersion
from tests.cast import NOW, Shop
from tests.portal.conftest import Visitor, words


@pytest.fixture
def letters(member: Visitor) -> list[Message]:
    return [_letter(member.shop, "New level", NOW), _letter(member.shop, "Welcome", NOW - timedelta(days=3))]


def _letter(shop: Shop, subject: str, at: datetime) -> Message:
    recipe, _new = Recipe.objects.get_or_create(merchant=shop.merchant, kind="welcome")
    template, _new = TemplateVersion.objects.get_or_create(
        recipe=recipe, number=1, defaults={"created_at": at, "subject_en": "s", "body_en": "b"}
    )
    return Message.objects.create(
        merchant=shop.merchant,
        member=shop.member,
        recipe=recipe,
        occasion=subject,
        channel="inbox",
        language="en",
        template=template,
        subject=subject,
        body="Hello <b>you</b>\n\nSecond.",
        state=MessageState.DELIVERED,
        planned_at=at,
        due_at=at,
        not_after=at,
        sent_at=at,
    )


def unread(visitor: Visitor) -> int:
    return Message.objects.filter(member=visitor.shop.member, read_at=None).count()


def test_an_empty_inbox_says_what_will_come(member: Visitor) -> None:
    assert "No messages yet" in words(member.get("inbox/"))


def test_looking_reads_nothing_and_the_newest_stands_first(member: Visitor, letters: list[Message]) -> None:
    page = member.get("inbox/")
    said = words(page)
    assert said.index("New level") < said.index("Welcome")
    assert "<b>you</b>" not in page.content.decode()
    assert "2 unread" in words(member.get())
    assert unread(member) == 2


def test_a_press_reads_one_and_another_reads_all(member: Visitor, letters: list[Message]) -> None:
    for _press in range(2):
        assert member.post(f"inbox/{letters[0].pk}/read/").status_code == 302
    assert unread(member) == 1
    member.post("inbox/read/")
    assert unread(member) == 0
    assert "unread" not in words(member.get())


def test_anothers_message_is_not_here(member: Visitor, letters: list[Message], rival: Shop) -> None:
    thief = Visitor(rival)
    thief.enter("0507654321")
    for pk in (letters[0].pk, 10**9):
        assert thief.post(f"inbox/{pk}/read/").status_code == 404
    assert unread(member) == 2
