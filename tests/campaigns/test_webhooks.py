"""What happens is told to a merchant's machines: signed, once, to nobody else, and of nobody erased."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts import outbox
from accounts.access import staff_actor, system_actor
from accounts.erasing import erase
from accounts.errors import Forbidden
from accounts.joining import join
from accounts.models import Staff
from campaigns.errors import AddressRefused, NotReplayable, TooManyWebhooks, WebhookKnown
from campaigns.webhooks import keeping, sending
from campaigns.webhooks.claiming import claim
from campaigns.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.campaigns.machines import Machine, hear, listens, orders, tell
from tests.cast import NOW, Cast, Shop


def test_a_purchase_is_told_signed_with_names_that_the_api_knows(shop: Shop, machine: Machine) -> None:
    api = Caller(shop.key())
    listens(shop, machine, ["points.earned"])
    api.patch(f"members/{shop.member.number}", {"external_id": "crm-7"})
    buy(api, "120", number=shop.member.number, order="A-1")
    tell()
    assert machine.told == [
        {
            "type": "points.earned",
            "timestamp": "2026-11-15T09:00:00Z",
            "data": {
                "member": {"number": shop.member.number, "external_id": "crm-7"},
                "points": 120,
                "pending_points": 0,
                "event": None,
                "order": "A-1",
                "source": "api",
                "amount": "120.00",
                "currency": "SAR",
            },
        }
    ]
    tell()
    assert len(machine.told) == 1
    row = WebhookDelivery.objects.get()
    assert (row.state, row.last_status, row.answer, row.attempts) == ("done", 200, "thanks", 1)
    assert machine.ids == [row.message_id]


def test_rewards_tiers_and_people_are_told(shop: Shop, machine: Machine) -> None:
    api, number = Caller(shop.key()), shop.member.number
    listens(shop, machine)
    buy(api, "9000", number=number, order="A-1")
    codes = [
        api.post("redemptions", {"member": number, "points": 500}, once=f"i{place}")["code"]
        for place in range(2)
    ]
    api.post(f"redemptions/{codes[0]}/use", {"order": "A-2"}, 200, once="u")
    api.post(f"redemptions/{codes[1]}/cancel", {}, 200, once="c")
    other, _new = join(merchant=shop.merchant, now=NOW, source="portal", actor="x", phone="0551112222")
    tell()
    told = set(machine.types)
    assert told >= {
        "points.earned", "tier.changed", "reward.issued", "reward.used", "reward.cancelled", "member.joined",
    }  # fmt: skip
    (used,), (cancelled,) = machine.of("reward.used"), machine.of("reward.cancelled")
    assert (used["code"], used["order"], used["points"], used["value"]) == (codes[0], "A-2", 500, "25.00")
    assert (cancelled["code"], cancelled["closed_at"]) == (codes[1], "2026-11-15T09:00:00Z")
    (joined,) = machine.of("member.joined")
    assert joined["member"] == {"number": other.number, "external_id": None}
    assert machine.of("tier.changed")[0]["tier"]


def test_a_machine_hears_what_it_asked_for_and_of_its_own_shop_alone(stage: Cast, machine: Machine) -> None:
    listens(stage.shop, machine, ["member.joined"])
    buy(Caller(stage.shop.key()), "10", number=stage.shop.member.number)
    join(merchant=stage.rival.merchant, now=NOW, source="portal", actor="x", phone="0551112222")
    tell()
    assert machine.told == []
    assert not WebhookDelivery.objects.exists()


def test_no_message_ever_holds_a_name_a_phone_or_an_address(shop: Shop, machine: Machine) -> None:
    """Whatever is stored to be sent is searched for everything that is personal about the member."""
    test_rewards_tiers_and_people_are_told(shop, machine)
    shop.member.refresh_from_db()
    personal = [
        shop.member.phone,
        str(shop.member.phone)[4:],
        shop.member.email,
        "نورة",
        "العتيبي",
        "551112222",
    ]
    said = json.dumps([row.payload for row in WebhookDelivery.objects.all()], ensure_ascii=False)
    assert WebhookDelivery.objects.count() > 5
    assert [value for value in personal if value and value in said] == []
    assert {"member", "points", "order"} <= set(
        WebhookDelivery.objects.filter(topic="points.earned")[0].payload["data"]
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/a", "https://127.0.0.1/a", "https://10.0.0.7/a", "https://169.254.169.254/latest",
        "https://[::1]/a", "https://[::ffff:10.0.0.1]/a", "https://user:word@9.9.9.9/a", "https://9.9.9.9/a#b",
        "ftp://9.9.9.9/a", "nonsense", "https://", "https://9.9.9.9/a b", "https://متجر.example/a",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_not_kept(shop: Shop, url: str) -> None:
    with pytest.raises(AddressRefused):
        keeping.create(actor=system_actor(shop.merchant), url=url, topics=["points.earned"], now=NOW)
    assert not WebhookEndpoint.objects.exists()


def test_while_a_secret_changes_both_sign(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    actor, endpoint, api = system_actor(shop.merchant), listens(shop, machine), Caller(shop.key())
    old = endpoint.shown_secret
    new = keeping.rotate(actor=actor, code=endpoint.code, now=timezone.now()).shown_secret
    assert old != new
    assert new.startswith("whsec_")
    machine.secrets = [old, new]  # a message must be right by each of them
    buy(api, "10", number=shop.member.number)
    tell()
    assert machine.signatures == [2]
    clock.shift(keeping.OLD_LASTS)
    machine.secrets = [new]
    buy(api, "10", number=shop.member.number)
    tell()
    assert machine.signatures == [2, 1]


def test_no_secret_can_be_read_from_the_database(shop: Shop, machine: Machine) -> None:
    endpoint = listens(shop, machine)
    row = WebhookEndpoint.objects.values().get()
    assert endpoint.shown_secret
    assert not any(endpoint.shown_secret[6:] in str(value) for value in row.values())
    assert WebhookEndpoint.objects.get().shown_secret == ""


def test_of_an_erased_member_only_that_is_told(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    api, number = Caller(shop.key()), shop.member.number
    endpoint = listens(shop, machine)
    api.patch(f"members/{number}", {"external_id": "crm-7"})
    buy(api, "10", number=number, order="A-1")
    tell()
    machine.answers = lambda _said: (500, {}, f"no crm-7 {number}".encode())
    buy(api, "10", number=number, order="A-2")
    tell()
    machine.answers = lambda _said: (200, {}, b"")
    buy(api, "10", number=number, order="A-3")
    shop.member.refresh_from_db()
    erase(member=shop.member, actor="staff:1", now=timezone.now())
    outbox.relay_topic("member.erased", now=timezone.now())
    clock.shift(timedelta(minutes=1))
    tell()
    assert [order for order in orders(machine) if order == "A-3"] == []
    assert machine.told[-1]["data"] == {"member": {"number": number, "external_id": None}}
    rows = WebhookDelivery.objects.exclude(topic="member.erased")
    assert {(row.state, str(row.payload), row.answer) for row in rows} == {
        ("done", "{}", ""), ("dropped", "{}", ""),
    }  # fmt: skip
    with pytest.raises(NotReplayable):
        keeping.replay(
            actor=system_actor(shop.merchant), code=endpoint.code, message=rows[0].message_id,
            now=timezone.now(),
        )  # fmt: skip


def test_a_worker_writes_nothing_on_a_message_that_was_emptied_meanwhile(
    shop: Shop, machine: Machine
) -> None:
    listens(shop, machine, ["points.earned"])
    buy(Caller(shop.key()), "10", number=shop.member.number)
    hear()

    def meanwhile(_said: Any) -> Any:
        return 500, {}, shop.member.number.encode()

    machine.answers = meanwhile
    (taken,) = claim(now=timezone.now(), limit=5)
    held = sending._held(taken, timezone.now())
    assert held is not None
    outcome = sending._call(taken, held, timezone.now())
    erase(member=shop.member, actor="staff:1", now=timezone.now())
    outbox.relay_topic("member.erased", now=timezone.now())
    sending._settle(taken, outcome, timezone.now(), timezone.now())
    row = WebhookDelivery.objects.get(topic="points.earned")
    assert (row.state, row.payload, row.answer) == ("dropped", {}, "")


def test_a_message_is_sent_again_by_hand_under_its_own_id(shop: Shop, machine: Machine) -> None:
    actor, endpoint = system_actor(shop.merchant), listens(shop, machine, ["points.earned"])
    buy(Caller(shop.key()), "10", number=shop.member.number)
    tell()
    row = WebhookDelivery.objects.get()
    keeping.replay(actor=actor, code=endpoint.code, message=row.message_id, now=timezone.now())
    with pytest.raises(NotReplayable):  # it waits already
        keeping.replay(actor=actor, code=endpoint.code, message=row.message_id, now=timezone.now())
    tell()
    assert machine.ids == [row.message_id] * 2


def test_ten_addresses_and_none_twice(shop: Shop) -> None:
    said: dict[str, Any] = {"actor": system_actor(shop.merchant), "topics": ["points.earned"], "now": NOW}
    for place in range(keeping.MOST):
        keeping.create(url=f"https://9.9.9.9/{place}", **said)
    with pytest.raises(WebhookKnown):
        keeping.create(url="https://9.9.9.9/0", **said)
    with pytest.raises(TooManyWebhooks):
        keeping.create(url="https://9.9.9.9/more", **said)


def test_a_manager_sees_webhooks_and_only_an_owner_changes_them(shop: Shop) -> None:
    manager = staff_actor(Staff.objects.select_related("merchant").get(user=shop.staff["manager"]))
    with pytest.raises(Forbidden):
        keeping.create(actor=manager, url="https://9.9.9.9/a", topics=["points.earned"], now=NOW)
    assert manager.may("view", keeping.ROOM)


def test_the_log_is_kept_for_a_month(shop: Shop, machine: Machine) -> None:
    listens(shop, machine, ["points.earned"])
    buy(Caller(shop.key()), "10", number=shop.member.number)
    tell()
    assert keeping.purge(now=NOW + timedelta(days=29)) == 0
    assert keeping.purge(now=NOW + timedelta(days=31)) == 1
