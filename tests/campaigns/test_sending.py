"""What is looked at before a message leaves, and how it looks. How sending ends: next door."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.errors import NotFound
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from accounts.queries import consents_of
from campaigns.models import Message, MessageState, Reason, RecipeKind
from campaigns.planning import plan
from campaigns.recipes import default_texts, revise, switch
from campaigns.sending import send_due
from campaigns.unsubscribing import subscription_of, unsubscribe
from tests.campaigns.scene import (
    NOON,
    agree,
    buy,
    enter,
    hear,
    open_shop,
    owner,
    recipe,
    send_all,
    sent_to,
    welcomed,
)

pytestmark = pytest.mark.django_db
INBOX, EMAIL = Channel.INBOX, Channel.EMAIL
MARKETING, SERVICE = Purpose.MARKETING, Purpose.SERVICE


def near_gold(shop: Merchant, phone: str = "0501234567", **fields: Any) -> Member:
    """A member who agreed to offers by e-mail and is close to the next tier."""
    member = enter(shop, phone, **fields)
    agree(member, EMAIL, MARKETING)
    buy(member, 140_000, NOON - timedelta(days=1))
    return member


def last_mail() -> EmailMultiAlternatives:
    """Return the newest e-mail."""
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return message


@pytest.mark.parametrize(
    ("answers", "mail_ends", "inbox_ends"),
    [
        ([], Reason.NO_CONSENT, MessageState.DELIVERED),
        ([(EMAIL, MARKETING, True)], MessageState.SENT, MessageState.DELIVERED),
        ([(EMAIL, MARKETING, True), (EMAIL, MARKETING, False)], Reason.OPTED_OUT, MessageState.DELIVERED),
        ([(EMAIL, MARKETING, True), (INBOX, MARKETING, False)], MessageState.SENT, Reason.OPTED_OUT),
        ([(EMAIL, SERVICE, True)], Reason.NO_CONSENT, MessageState.DELIVERED),
    ],
)
def test_offers_need_an_agreement_for_their_channel(
    answers: list[tuple[Channel, Purpose, bool]], mail_ends: str, inbox_ends: str
) -> None:
    shop = open_shop()
    member = enter(shop, "0501234567")
    for channel, purpose, granted in answers:
        agree(member, channel, purpose, granted=granted)
    buy(member, 140_000, NOON - timedelta(days=1))
    plan(recipe=recipe(shop, RecipeKind.NEAR_TIER), now=NOON)
    send_all(NOON)
    ended = {message.channel: message.reason or message.state for message in Message.objects.all()}
    assert ended == {EMAIL: mail_ends, INBOX: inbox_ends}


def test_service_messages_go_unless_withdrawn_and_always_to_the_inbox() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567", now=NOON)
    agree(member, EMAIL, SERVICE, granted=False)
    agree(member, INBOX, SERVICE, granted=False)
    hear(NOON)
    send_all(NOON)
    assert len(sent_to(member, INBOX)) == 1
    assert Message.objects.get(channel=EMAIL).reason == Reason.OPTED_OUT
    assert not mail.outbox


def test_an_agreement_withdrawn_after_planning_is_honoured() -> None:
    shop = open_shop()
    member = near_gold(shop)
    plan(recipe=recipe(shop, RecipeKind.NEAR_TIER), now=NOON)
    agree(member, EMAIL, MARKETING, granted=False)
    send_all(NOON)
    assert Message.objects.get(channel=EMAIL).reason == Reason.OPTED_OUT
    assert not mail.outbox


def test_offers_wait_for_the_merchants_morning_and_service_does_not() -> None:
    shop = open_shop()
    near_gold(shop)
    evening = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # 20:00 in Riyadh
    enter(shop, "0507654321", now=evening)
    hear(evening)
    plan(recipe=recipe(shop, RecipeKind.NEAR_TIER), now=evening)
    send_all(evening)
    assert [message.subject for message in mail.outbox] == ["أهلًا بك في مقهى الديوان"]
    waiting = Message.objects.get(state=MessageState.PLANNED)
    assert (waiting.channel, waiting.reason) == (EMAIL, Reason.QUIET_HOURS)
    assert waiting.due_at == datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    send_all(waiting.due_at - timedelta(seconds=1))
    assert len(mail.outbox) == 1
    send_all(waiting.due_at)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == (MessageState.SENT, "")


def test_news_that_is_too_old_is_not_sent() -> None:
    message = welcomed(open_shop())
    send_all(message.not_after + timedelta(seconds=1))
    assert set(Message.objects.values_list("state", "reason")) == {(MessageState.SUPPRESSED, Reason.LATE)}


def test_what_a_recipe_planned_waits_while_it_is_off() -> None:
    shop = open_shop()
    message = welcomed(shop)
    welcome = recipe(shop, RecipeKind.WELCOME)
    switch(actor=owner(shop), recipe=welcome, enabled=False, now=NOON)
    assert send_due(now=NOON) == 0
    switch(actor=owner(shop), recipe=welcome, enabled=True, now=NOON)
    send_all(NOON)
    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_a_missing_value_stops_the_message_and_its_reason_is_kept() -> None:
    shop = open_shop()
    welcome = recipe(shop, RecipeKind.WELCOME)
    texts = default_texts()[RecipeKind.WELCOME] | {"body_ar": "أهلًا {name}"}
    revise(actor=owner(shop), recipe=welcome, texts=texts, now=NOON)
    enter(shop, "0501234567", now=NOON, given_name="")
    hear(NOON)
    send_all(NOON)
    assert set(Message.objects.values_list("reason", flat=True)) == {Reason.MISSING_VARIABLE}


def test_a_message_keeps_the_words_it_was_planned_with() -> None:
    shop = open_shop()
    message = welcomed(shop)
    texts = default_texts()[RecipeKind.WELCOME] | {"subject_ar": "عنوان جديد"}
    revise(actor=owner(shop), recipe=recipe(shop, RecipeKind.WELCOME), texts=texts, now=NOON)
    send_all(NOON)
    message.refresh_from_db()
    assert message.subject == "أهلًا بك في مقهى الديوان"


@pytest.mark.parametrize(
    ("gender", "said"), [("f", "اذكري رقم جوالك"), ("m", "اذكر رقم جوالك"), ("", "يكفي ذكر رقم جوالك")]
)
def test_an_arabic_letter_addresses_its_reader(gender: str, said: str) -> None:
    welcomed(open_shop(), gender=gender, given_name="نور")
    send_all(NOON)
    assert said in last_mail().body
    html = str(last_mail().alternatives[0][0])
    assert '<html lang="ar" dir="rtl">' in html
    assert said in html


def test_an_english_letter_reads_from_the_left_and_shows_names_as_text() -> None:
    welcomed(open_shop(), language="en", given_name="<b>Sara</b>\nBcc: x@x.example")
    send_all(NOON)
    html = str(last_mail().alternatives[0][0])
    assert '<html lang="en" dir="ltr">' in html
    assert "&lt;b&gt;Sara&lt;/b&gt; Bcc" in html
    assert last_mail().subject == "Welcome to Diwan Café"


def test_a_member_whose_language_the_shop_does_not_speak_reads_the_shops() -> None:
    shop = open_shop()
    shop.languages = ["ar"]
    shop.save()
    message = welcomed(shop, language="en")
    assert message.language == "ar"


def test_an_offer_can_be_left_with_one_click_and_a_service_letter_carries_no_such_link(
    client: Client,
) -> None:
    shop, rival = open_shop(), open_shop("rival")
    member = near_gold(shop, "0507654321", language="en")
    message = welcomed(shop)
    plan(recipe=recipe(shop, RecipeKind.NEAR_TIER), now=NOON)
    send_all(NOON)
    letters = {letter.extra_headers["Message-ID"]: letter for letter in mail.outbox}
    service = letters.pop(f"<message-{message.pk}@cafe.example>")
    assert "List-Unsubscribe" not in service.extra_headers
    [offer] = letters.values()
    assert "hello@cafe.example" in offer.from_email
    assert offer.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = offer.extra_headers["List-Unsubscribe"].strip("<>")
    assert address in offer.body
    token = address.rstrip("/").rpartition("/")[2]
    for forged in ("x", token[:-1], token + "x"):
        with pytest.raises(NotFound):
            unsubscribe(merchant=shop, token=forged, now=NOON)
    with pytest.raises(NotFound):
        subscription_of(merchant=rival, token=token)
    assert subscription_of(merchant=shop, token=token).member == member
    assert consents_of([member.pk])[member.pk, EMAIL, MARKETING] is True  # looking changes nothing
    path = urlsplit(address).path
    assert client.get(path).status_code == 200
    assert client.get(path.replace("/m/cafe/", "/m/rival/")).status_code == 404
    assert consents_of([member.pk])[member.pk, EMAIL, MARKETING] is True  # nor does opening the page
    mail_program = Client(enforce_csrf_checks=True)
    for _twice in range(2):
        answer = mail_program.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "Done: no more offers by e-mail" in answer.content.decode()
    assert consents_of([member.pk])[member.pk, EMAIL, MARKETING] is False
    assert member.consents.count() == 2
