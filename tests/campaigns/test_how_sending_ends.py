"""How sending ends: delivered, refused, given up, or unclear, and what a person then says of it."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts.access import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import Merchant
from analytics.models import Touch, TouchKind
from campaigns.errors import NotUnclear
from campaigns.models import Message, MessageState, Reason
from campaigns.queries import counts_by_state, reconcile
from campaigns.reconciling import settle_unclear
from campaigns.sending import CLAIM, MAX_ATTEMPTS, claim, release_lapsed
from tests.campaigns import gateways
from tests.campaigns.scene import NOON, open_shop, owner, send_all, welcomed

pytestmark = pytest.mark.django_db
GATEWAYS = "tests.campaigns.gateways"


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (gateways.REFUSED, MessageState.FAILED, Reason.BAD_ADDRESS),
        (gateways.SPAM, MessageState.FAILED, Reason.PROVIDER),
        (gateways.GREYLISTED, MessageState.PLANNED, Reason.PROVIDER),
        (gateways.HUNG_UP, MessageState.UNKNOWN, Reason.NOT_CONFIRMED),
        (gateways.SILENCE, MessageState.UNKNOWN, Reason.NOT_CONFIRMED),
    ],
)
def test_what_the_gateway_answers_decides_how_it_ends(
    settings: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: str,
    reason: str,
) -> None:
    settings.EMAIL_BACKEND = f"{GATEWAYS}.Answers"  # type: ignore[attr-defined]
    monkeypatch.setattr(gateways.Answers, "error", error, raising=False)
    message = welcomed(open_shop())
    send_all(NOON)
    message.refresh_from_db()
    assert (message.state, message.reason, message.attempts) == (state, reason, 1)


def test_an_unreachable_gateway_is_tried_again_later_and_at_last_given_up(
    settings: pytest.FixtureRequest,
) -> None:
    settings.EMAIL_BACKEND = f"{GATEWAYS}.Unreachable"  # type: ignore[attr-defined]
    message = welcomed(open_shop())
    waits = []
    now = NOON
    while message.state == MessageState.PLANNED:
        send_all(now)
        message.refresh_from_db()
        waits.append((message.due_at - now) // timedelta(minutes=1))
        now = message.due_at
    assert message.attempts == len(waits) == MAX_ATTEMPTS
    assert waits[:-1] == [1, 2, 4, 8]
    assert (message.state, message.reason) == (MessageState.FAILED, Reason.PROVIDER)
    assert not Touch.objects.filter(source_id=message.pk).exists()


def test_it_arrives_when_the_gateway_is_back(settings: pytest.FixtureRequest) -> None:
    before = settings.EMAIL_BACKEND  # type: ignore[attr-defined]
    settings.EMAIL_BACKEND = f"{GATEWAYS}.Unreachable"  # type: ignore[attr-defined]
    message = welcomed(open_shop())
    send_all(NOON)
    settings.EMAIL_BACKEND = before  # type: ignore[attr-defined]
    send_all(NOON + timedelta(minutes=1))
    message.refresh_from_db()
    assert (message.state, message.reason, len(mail.outbox)) == (MessageState.SENT, "", 1)


def unclear(shop: Merchant, settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Message:
    """An e-mail whose gateway fell silent."""
    settings.EMAIL_BACKEND, before = f"{GATEWAYS}.Answers", settings.EMAIL_BACKEND  # type: ignore[attr-defined]
    monkeypatch.setattr(gateways.Answers, "error", gateways.SILENCE, raising=False)
    message = welcomed(shop)
    send_all(NOON)
    settings.EMAIL_BACKEND = before  # type: ignore[attr-defined]
    message.refresh_from_db()
    assert message.state == MessageState.UNKNOWN
    return message


def test_what_is_unclear_is_never_sent_again_by_itself(
    settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop()
    message = unclear(shop, settings, monkeypatch)
    for hours in (1, 24, 48):
        send_all(NOON + timedelta(hours=hours))
    message.refresh_from_db()
    assert message.state == MessageState.UNKNOWN
    assert not mail.outbox
    assert reconcile(Message.objects.filter(merchant=shop)).unclear == 1
    assert counts_by_state(shop)[MessageState.UNKNOWN] == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_a_person_settles_what_is_unclear(
    settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    shop, rival = open_shop(), open_shop("rival")
    message = unclear(shop, settings, monkeypatch)
    with pytest.raises(NotFound):
        settle_unclear(message=message, arrived=arrived, actor=owner(rival), now=NOON)
    with pytest.raises(Forbidden):
        settle_unclear(message=message, arrived=arrived, actor=Actor(shop, "x", {}), now=NOON)
    settle_unclear(message=message, arrived=arrived, actor=owner(shop), now=NOON)
    send_all(NOON)
    message.refresh_from_db()
    assert message.state == MessageState.SENT
    assert len(mail.outbox) == (0 if arrived else 1)
    assert Touch.objects.filter(source_id=message.pk, kind=TouchKind.SENT).count() == 1
    with pytest.raises(NotUnclear):
        settle_unclear(message=message, arrived=arrived, actor=owner(shop), now=NOON)


def test_a_claim_that_lapsed_before_handing_over_goes_back_to_be_sent() -> None:
    message = welcomed(open_shop())
    assert len(claim(now=NOON, limit=10)) == 2
    send_all(NOON + CLAIM)
    message.refresh_from_db()
    assert message.state == MessageState.CLAIMED  # still the other worker's
    send_all(NOON + CLAIM + timedelta(seconds=1))
    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_a_worker_that_was_only_slow_still_says_how_it_ended() -> None:
    message = welcomed(open_shop())
    held = next(row for row in claim(now=NOON, limit=10) if row.pk == message.pk)
    Message.objects.filter(pk=held.pk).update(handed_over_at=NOON)
    release_lapsed(now=NOON + CLAIM + timedelta(seconds=1))
    message.refresh_from_db()
    assert message.state == MessageState.UNKNOWN
    from campaigns.channels import Outcome
    from campaigns.sending import _settle

    _settle(held, Outcome(MessageState.SENT), NOON + timedelta(minutes=6))
    message.refresh_from_db()
    assert (message.state, message.reason) == (MessageState.SENT, "")
