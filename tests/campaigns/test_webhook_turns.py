"""Addresses take turns: nobody's bulk stands before another's message, a slow one is waited for alone."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from accounts.access import system_actor
from accounts.joining import join
from campaigns.tasks import send_webhooks
from campaigns.webhooks import keeping, sending
from campaigns.webhooks.claiming import PER_ENDPOINT, PER_MERCHANT, claim
from campaigns.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from campaigns.webhooks.sending import LANES
from tests.campaigns.machines import Answer, Machine, hear, listening, listens
from tests.cast import NOW, Cast, Shop


def endpoint_of(shop: Shop, name: str = "a") -> WebhookEndpoint:
    url = f"https://9.9.9.9/{shop.merchant.slug}/{name}"
    return keeping.create(actor=system_actor(shop.merchant), url=url, topics=["points.earned"], now=NOW)


def waits(endpoint: WebhookEndpoint, count: int, *, members: int = 0) -> None:
    """Messages that wait: each of another member, or taking turns among a few."""
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            merchant_id=endpoint.merchant_id, endpoint=endpoint, message_id=f"{endpoint.code}-{n}",
            event_id=n, topic="points.earned", member_id=n % members if members else n, payload={"n": n},
            occurred_at=NOW, due_at=NOW,
        )
        for n in range(count)
    )  # fmt: skip


def served(taken: list[WebhookDelivery]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for row in taken:
        counts[row.merchant_id] = counts.get(row.merchant_id, 0) + 1
    return counts


def test_one_message_stands_behind_nobodys_bulk(stage: Cast) -> None:
    ours, theirs = endpoint_of(stage.shop), endpoint_of(stage.rival)
    waits(ours, 2_000)
    waits(theirs, 1)
    taken = served(claim(now=NOW, limit=LANES))
    assert taken == {ours.merchant_id: PER_ENDPOINT, theirs.merchant_id: 1}


def test_with_room_for_one_the_turn_goes_round(stage: Cast) -> None:
    """However little room there is, and however much the first of them has."""
    for shop, count in ((stage.shop, 2_000), (stage.rival, 3)):
        waits(endpoint_of(shop), count)
    turns = [claim(now=NOW + timedelta(seconds=n), limit=1)[0].merchant_id for n in range(8)]
    ours, theirs = stage.shop.merchant.pk, stage.rival.merchant.pk
    assert turns == [ours, theirs, ours, theirs, ours, theirs, ours, ours]


def test_many_addresses_of_one_merchant_are_one_merchants(stage: Cast) -> None:
    for n in range(5):
        waits(endpoint_of(stage.shop, str(n)), 20)
    theirs = endpoint_of(stage.rival)
    waits(theirs, 3)
    taken = claim(now=NOW, limit=LANES)
    assert served(taken) == {stage.shop.merchant.pk: PER_MERCHANT, theirs.merchant_id: 3}
    assert claim(now=NOW, limit=LANES, busy=taken) == []


def test_what_is_full_does_not_take_the_turn_of_what_is_not(stage: Cast) -> None:
    ours = endpoint_of(stage.shop)
    waits(ours, 20)
    busy = claim(now=NOW, limit=PER_ENDPOINT)
    waits(endpoint_of(stage.rival), 1)
    WebhookEndpoint.objects.filter(pk=ours.pk).update(served_at=None)
    assert served(claim(now=NOW, limit=1, busy=busy)) == {stage.rival.merchant.pk: 1}


def test_of_each_member_the_earliest(stage: Cast) -> None:
    ours = endpoint_of(stage.shop)
    waits(ours, 30, members=3)
    first = claim(now=NOW, limit=LANES)
    assert [row.payload["n"] for row in first] == [0, 1, 2]
    assert claim(now=NOW, limit=LANES) == [], "the next of each waits for the one before"
    WebhookDelivery.objects.filter(pk__in=[row.pk for row in first]).update(state=DeliveryState.DONE)
    assert [row.payload["n"] for row in claim(now=NOW, limit=LANES)] == [3, 4, 5]


def joined(shop: Shop, first: int, count: int) -> None:
    for n in range(first, first + count):
        join(merchant=shop.merchant, now=NOW, source="t", actor="t", phone=f"05511{n:05}")


def test_a_nudge_empties_what_waits(shop: Shop, machine: Machine) -> None:
    """Many more than one claim takes; each once."""
    listens(shop, machine, ["member.joined"])
    joined(shop, 0, 3 * LANES)
    hear()
    assert send_webhooks() == 3 * LANES
    assert len(machine.ids) == len(set(machine.ids)) == 3 * LANES
    assert not WebhookDelivery.objects.exclude(state=DeliveryState.DONE).exists()


def test_a_receiver_that_takes_its_time_holds_up_nobody(stage: Cast, machine: Machine, settings: Any) -> None:
    """Ours answers only after everything of theirs has arrived: were they one queue, neither would end."""
    arrived = threading.Event()
    with listening() as theirs:
        settings.OUTSIDE_TRUSTED = [*settings.OUTSIDE_TRUSTED, theirs.url.split("/")[2]]
        listens(stage.shop, machine, ["member.joined"])
        listens(stage.rival, theirs, ["member.joined"])
        joined(stage.shop, 0, 12)
        joined(stage.rival, 100, 12)
        hear()

        def slow(_said: dict[str, Any]) -> Answer:
            return (200, {}, b"") if arrived.wait(5) else (500, {}, b"")

        def quick(_said: dict[str, Any]) -> Answer:
            if len(theirs.told) == 12:
                arrived.set()
            return 200, {}, b""

        machine.answers, theirs.answers = slow, quick
        assert send_webhooks() == 24
    assert not WebhookDelivery.objects.exclude(state=DeliveryState.DONE).exists()
    assert not WebhookDelivery.objects.filter(attempts__gt=1).exists()


def test_an_address_that_is_down_is_asked_with_one_message(shop: Shop, machine: Machine) -> None:
    listens(shop, machine, ["member.joined"])
    machine.answers = lambda _said: (503, {}, b"")
    joined(shop, 0, 12)
    hear()
    send_webhooks()
    assert len(machine.told) == 1
    assert WebhookEndpoint.objects.get().failures == 1
    assert not WebhookDelivery.objects.filter(claim__isnull=False).exists()


def test_what_fails_side_by_side_is_one_failure(shop: Shop, machine: Machine) -> None:
    """After the first got through several are under way at once; when these fail, it is left alone once."""
    listens(shop, machine, ["member.joined"])
    together = threading.Barrier(PER_ENDPOINT - 1)

    def answers(_said: dict[str, Any]) -> Answer:
        if len(machine.told) == 1:
            return 200, {}, b""
        together.wait(5)
        return 503, {}, b""

    machine.answers = answers
    joined(shop, 0, PER_ENDPOINT)
    hear()
    send_webhooks()
    assert len(machine.told) == PER_ENDPOINT
    assert WebhookEndpoint.objects.get().failures == 1


def test_a_call_that_breaks_in_a_way_nobody_thought_of_is_one_messages(
    shop: Shop, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_all: object, **_said: object) -> None:
        raise ZeroDivisionError

    listens(shop, machine, ["member.joined"])
    joined(shop, 0, 1)
    hear()
    monkeypatch.setattr(sending, "call", breaks)
    send_webhooks()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.why, row.claim) == ("waiting", "unreachable", None)
