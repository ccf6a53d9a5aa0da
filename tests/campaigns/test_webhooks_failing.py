"""When a merchant's machine fails: in order, later and later, for three days, without hurting the others."""

import socket
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.access import system_actor
from accounts.joining import join
from campaigns.errors import WebhookIsOff
from campaigns.tasks import send_webhooks
from campaigns.webhooks import backing_off, claiming, keeping, sending
from campaigns.webhooks.models import DeliveryState, OffWhy, WebhookDelivery, WebhookEndpoint
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.campaigns.machines import Machine, hear, listens, orders, tell
from tests.cast import NOW, Shop


def test_one_members_messages_wait_for_one_another(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    """The first fails once: the second comes after it, however long that takes; others are not held up."""
    api, number = Caller(shop.key()), shop.member.number
    other, _new = join(merchant=shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone="0551112222")
    listens(shop, machine, ["points.earned"])
    failing = {"A-1"}
    machine.answers = lambda said: (500, {}, b"no") if said["data"]["order"] in failing else (200, {}, b"")
    buy(api, "10", number=number, order="A-1")
    buy(api, "10", number=number, order="A-2")
    buy(api, "10", number=other.number, order="B-1")
    tell()
    assert orders(machine) == ["A-1"]  # the address failed: it is left alone for a moment
    clock.shift(timedelta(seconds=3))
    tell()
    assert orders(machine) == ["A-1"]
    failing.clear()
    clock.shift(timedelta(seconds=10))
    tell()
    assert [order for order in orders(machine) if order[0] == "A"] == ["A-1", "A-1", "A-2"]
    assert set(orders(machine)) == {"A-1", "A-2", "B-1"}
    assert machine.ids[0] in machine.ids[1:]
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.failures, endpoint.failing_since, endpoint.quiet_until) == (0, None, None)


def test_after_three_days_of_nothing_it_is_switched_off_and_the_owners_hear_of_it(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    endpoint = listens(shop, machine, ["points.earned"])
    machine.answers = lambda _said: (503, {}, b"busy")
    api = Caller(shop.key())
    for order in ("A-1", "A-2"):
        buy(api, "10", number=shop.member.number, order=order)
    tell()
    tries = until_off(endpoint, clock)
    assert timezone.now() - NOW == backing_off.FOR
    assert 20 < tries < 60
    assert set(orders(machine)) == {"A-1"}
    assert len(set(machine.ids)) == 1
    rows = WebhookDelivery.objects.order_by("pk").values_list("state", "why")
    assert list(rows) == [("failed", "refused"), ("failed", "switched_off")]
    hear()
    letters = [letter for letter in mail.outbox if "webhook" in letter.subject]
    assert [letter.to for letter in letters] == [["owner@oasis.example"]]
    assert machine.url in letters[0].body
    assert "three days" in letters[0].body
    buy(api, "10", number=shop.member.number, order="A-3")
    tell()
    assert len(machine.told) == tries


def until_off(endpoint: WebhookEndpoint, clock: time_machine.Traveller) -> int:
    """Move from one due moment to the next until nothing is due; returns how often it was tried."""
    tries = 1
    while endpoint.is_active:
        due = max(
            WebhookDelivery.objects.order_by("pk")[0].due_at,
            WebhookEndpoint.objects.get(pk=endpoint.pk).quiet_until or NOW,
        )
        assert due > timezone.now()
        clock.move_to(due)
        send_webhooks()
        tries += 1
        endpoint.refresh_from_db()
    return tries


def test_waiting_grows_to_hours_and_is_never_the_same_for_all() -> None:
    delays = [backing_off.next_try(n, since=NOW, now=NOW) - NOW for n in range(1, 20)]
    assert timedelta(seconds=3) < delays[0] < timedelta(seconds=7)
    assert timedelta(hours=3) <= delays[-1] <= timedelta(hours=5)
    assert len({backing_off.next_try(9, since=NOW, now=NOW) for _try in range(20)}) > 10
    late = NOW + timedelta(days=3) - timedelta(minutes=1)
    assert backing_off.next_try(15, since=NOW, now=late) == NOW + timedelta(days=3)


def test_one_message_that_is_always_refused_does_not_take_the_others_down(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    endpoint, api = listens(shop, machine, ["points.earned"]), Caller(shop.key())
    other, _new = join(merchant=shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone="0551112222")
    machine.answers = lambda said: (500 if said["data"]["order"] == "A-1" else 204, {}, b"")
    buy(api, "10", number=shop.member.number, order="A-1")
    buy(api, "10", number=shop.member.number, order="A-2")
    tell()
    for hour in range(0, 80, 2):
        clock.move_to(NOW + timedelta(hours=hour, minutes=1))
        buy(api, "10", number=other.number, order=f"B-{hour}")
        tell()
        clock.shift(timedelta(hours=1))
        send_webhooks()
    endpoint.refresh_from_db()
    assert endpoint.is_active
    first = WebhookDelivery.objects.order_by("pk")[0]
    assert (first.state, first.why) == ("failed", "refused")
    assert "A-2" in orders(machine)


def test_gone_is_gone_at_once(shop: Shop, machine: Machine) -> None:
    endpoint = listens(shop, machine, ["points.earned"])
    machine.answers = lambda _said: (410, {}, b"")
    buy(Caller(shop.key()), "10", number=shop.member.number)
    tell()
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.switched_off_why, endpoint.switched_off_at) == (
        False,
        OffWhy.GONE,
        NOW,
    )
    hear()
    assert len([letter for letter in mail.outbox if "webhook" in letter.subject]) == 1


def test_a_worker_that_dies_after_the_call_is_followed_by_the_same_message(
    shop: Shop, machine: Machine, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    listens(shop, machine, ["points.earned"])
    buy(Caller(shop.key()), "10", number=shop.member.number)
    hear()
    with monkeypatch.context() as dying:
        dying.setattr(sending, "_settle", lambda *_all: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            sending.send_due(clock=timezone.now)
    assert sending.send_due(clock=timezone.now) == 0
    clock.shift(claiming.LEASE)
    assert sending.send_due(clock=timezone.now) == 1
    assert len(machine.ids) == 2
    assert len(set(machine.ids)) == 1
    assert WebhookDelivery.objects.get().state == DeliveryState.DONE


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((302, {"Location": "/elsewhere"}, b""), "redirected"),
        ((307, {"Location": "/elsewhere"}, b""), "redirected"),
        ((200, {}, b"x" * 100_000), "too_much"),
        ((404, {}, b"nobody \x00 here"), "refused"),
    ],
)
def test_what_is_no_success(shop: Shop, machine: Machine, answer: Any, why: str) -> None:
    listens(shop, machine, ["points.earned"])
    machine.answers = lambda _said: answer
    buy(Caller(shop.key()), "10", number=shop.member.number)
    tell()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.why) == ("waiting", why)
    assert row.due_at > NOW
    assert machine.paths == ["/walaa"]
    assert len(row.answer) <= 300


def test_an_answer_that_drips_is_cut(shop: Shop, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    listens(shop, machine, ["points.earned"])
    machine.drips = True
    buy(Caller(shop.key()), "10", number=shop.member.number)
    tell()
    assert WebhookDelivery.objects.get().why == "unreachable"


def test_a_name_that_turns_private_is_not_called(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is looked up again at every call: it was public when it was typed."""
    leads_to = ["9.9.9.9"]

    def looked_up(_host: str, port: int, **_more: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads_to[0], port))]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    keeping.create(
        actor=system_actor(shop.merchant), url="https://shop.example/a", topics=["points.earned"], now=NOW
    )
    leads_to[0] = "169.254.169.254"
    buy(Caller(shop.key()), "10", number=shop.member.number)
    tell()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.why, row.last_status) == ("waiting", "unsafe", None)


def test_what_was_off_hears_nothing_of_what_happened_then(shop: Shop, machine: Machine) -> None:
    actor, endpoint = system_actor(shop.merchant), listens(shop, machine, ["points.earned"])
    api = Caller(shop.key())
    said: dict[str, Any] = {"actor": actor, "code": endpoint.code, "now": NOW}
    assert not keeping.change(**said, is_active=False).is_active
    buy(api, "10", number=shop.member.number, order="A-1")
    tell()
    with pytest.raises(WebhookIsOff):
        keeping.send_test(**said)
    assert keeping.change(**said, is_active=True).switched_off_at is None
    buy(api, "10", number=shop.member.number, order="A-2")
    keeping.send_test(**said)
    tell()
    assert sorted(machine.types) == ["points.earned", "test"]
    assert orders(machine) == ["A-2"]
    assert mail.outbox == []
