"""The inbox: what arrived, what was read, and nobody else's letters."""

from datetime import timedelta

import pytest

from accounts.errors import NotFound
from accounts.models.consent import Channel
from analytics.models import Touch, TouchKind
from campaigns.models import Message, MessageState
from campaigns.queries import inbox, unread_count
from campaigns.reading import read, read_all
from tests.campaigns.scene import NOON, enter, hear, open_shop, owner, page_of, send_all

pytestmark = pytest.mark.django_db


pytestmark = pytest.mark.django_db


def test_the_inbox_shows_what_arrived_and_remembers_what_was_read() -> None:
    shop = open_shop()
    member, other = enter(shop, "0501234567", now=NOON), enter(shop, "0507654321", now=NOON)
    assert inbox(actor=page_of(member)).messages == []
    hear(NOON)
    assert unread_count(actor=page_of(member)) == 0  # planned is not delivered
    assert inbox(actor=page_of(member)).messages == []
    send_all(NOON)
    page = inbox(actor=page_of(member))
    assert (len(page.messages), page.unread) == (1, 1)
    with pytest.raises(NotFound):
        read(actor=page_of(other), message_id=page.messages[0].pk, now=NOON)
    with pytest.raises(NotFound):
        read(actor=owner(shop), message_id=page.messages[0].pk, now=NOON)
    for minute in (1, 2):
        shown = read(
            actor=page_of(member), message_id=page.messages[0].pk, now=NOON + timedelta(minutes=minute)
        )
    assert (shown.state, shown.read_at) == (MessageState.READ, NOON + timedelta(minutes=1))
    assert unread_count(actor=page_of(member)) == 0
    assert Touch.objects.filter(member=member, kind=TouchKind.OPENED).count() == 1
    assert read_all(actor=page_of(other), now=NOON) == 1
    assert read_all(actor=page_of(other), now=NOON) == 0


def test_an_email_is_not_in_the_inbox() -> None:
    member = enter(open_shop(), "0501234567", now=NOON)
    hear(NOON)
    message = Message.objects.get(member=member, channel=Channel.EMAIL)
    send_all(NOON)
    with pytest.raises(NotFound):
        read(actor=page_of(message.member), message_id=message.pk, now=NOON)
