"""News about many at once, by the clock and by the model; and two workers that want the same message."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.access import system_actor
from accounts.joining import join
from accounts.models import OutboxEvent
from analytics import scoring
from analytics.models import DormancyModel, DormancyScore
from campaigns import planning
from campaigns.models import RecipeKind
from campaigns.recipes import install_recipes
from campaigns.webhooks import keeping, telling
from campaigns.webhooks.claiming import claim
from campaigns.webhooks.models import WebhookDelivery
from ledger.bulk.activating import activate
from ledger.bulk.sweeping import sweep
from ledger.models import Redemption
from tests.api.conftest import Caller
from tests.api.selling import buy, new_terms
from tests.campaigns.machines import Machine, hear, listens, tell
from tests.campaigns.scene import recipe
from tests.cast import NOW, Shop, open_shop
from tests.ledger.collected import collect_in
from tests.ledger.test_concurrency import at_once


def scored(shop: Shop, now: Any, *members: int) -> DormancyModel:
    """A model by which these members are slipping comes into force."""
    model = DormancyModel.objects.create(
        merchant=shop.merchant, horizon=30, cutoff=now, method="plain_rule", trained_at=now
    )
    DormancyScore.objects.bulk_create(
        DormancyScore(
            model=model, merchant=shop.merchant, member_id=pk, probability=0.812, is_slipping=True,
            days_silent=41, reasons=[],
        )
        for pk in members
    )  # fmt: skip
    scoring._come_into_force(model, now)
    scoring._tidy(shop.merchant, now)
    return model


def test_who_is_at_risk_is_told_once_until_they_are_safe_again(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    listens(shop, machine, ["risk.raised"])
    other, _new = join(merchant=shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone="0551112222")
    for members in ((shop.member.pk,), (shop.member.pk, other.pk), (), (shop.member.pk,)):
        clock.shift(timedelta(days=1))
        scored(shop, timezone.now(), *members)
        tell()
    told = [said["member"]["number"] for said in machine.of("risk.raised")]
    assert told == [shop.member.number, other.number, shop.member.number]
    assert machine.of("risk.raised")[0] == {
        "member": {"number": shop.member.number, "external_id": None}, "chance": 0.81, "days_silent": 41,
    }  # fmt: skip


def test_many_at_risk_are_a_few_events_and_told_in_steps(
    shop: Shop, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "CHUNK", 3)
    monkeypatch.setattr(telling, "CHUNK", 2)
    listens(shop, machine, ["risk.raised"])
    people = [
        join(merchant=shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone=f"05511122{n:02}")[
            0
        ].pk
        for n in range(7)
    ]
    scored(shop, NOW, *people)
    assert OutboxEvent.objects.filter(topic="risk.raised").count() == 3
    hear()
    for event in OutboxEvent.objects.filter(topic="risk.raised"):  # told again: nothing is added
        telling.tell(event, NOW)
    assert WebhookDelivery.objects.count() == len(people)


def test_points_about_to_expire_are_told_once_and_then_that_they_died(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    install_recipes(merchant=shop.merchant, now=NOW)
    new_terms(shop, expiry_months=1)
    clock.shift(timedelta(minutes=1))
    listens(shop, machine, ["points.expiring", "points.expired"])
    buy(Caller(shop.key()), "1000", number=shop.member.number)
    alert = recipe(shop.merchant, RecipeKind.EXPIRING)
    for _day in range(40):
        planning.plan(recipe=alert, now=timezone.now())
        planning.plan(recipe=alert, now=timezone.now())
        sweep(merchant=shop.merchant, now=timezone.now())
        tell()
        clock.shift(timedelta(days=1))
    (expiring,), expired = machine.of("points.expiring"), machine.of("points.expired")
    assert expiring["points"] == 1000
    assert expiring["expiring"] == [{"last_day": "2026-12-15", "points": 1000}]
    assert (expiring["value"], expiring["currency"]) == ("50.00", "SAR")
    assert [said["points"] for said in expired] == [1000]


def test_points_that_waited_are_told_when_they_open(
    shop: Shop, machine: Machine, clock: time_machine.Traveller
) -> None:
    new_terms(shop, hold="days", hold_days=3)
    clock.shift(timedelta(minutes=1))
    listens(shop, machine)
    buy(Caller(shop.key()), "100", number=shop.member.number)
    tell()
    (earned,) = machine.of("points.earned")
    assert (earned["points"], earned["pending_points"]) == (100, 100)
    clock.shift(timedelta(days=3))
    activate(merchant=shop.merchant, now=timezone.now())
    tell()
    assert [said["points"] for said in machine.of("points.activated")] == [100]


def test_gifts_name_their_redemptions_and_no_code_that_still_works(shop: Shop, machine: Machine) -> None:
    """A gift's news says which reward; its redemption is found, of two at once each its own."""
    collect_in(shop.version)
    listens(shop, machine, ["reward.issued", "reward.used"])
    api = Caller(shop.key())
    for order in range(4):
        buy(api, "10", number=shop.member.number, order=f"C-{order}")
    tell()
    given = list(Redemption.objects.order_by("pk"))
    assert len(given) == 2
    told = machine.of("reward.issued")
    assert [said["redemption"] for said in told] == [f"r_{row.pk}" for row in given]
    assert {(said["reward"], said["given_for"], said["points"]) for said in told} == {("coffee", "card", 0)}
    said = json.dumps([row.payload for row in WebhookDelivery.objects.all()])
    assert [row.code for row in given if row.code in said] == []
    api.post(f"redemptions/{given[0].code}/use", {"order": "A-2"}, 200, once="u")
    tell()
    (used,) = machine.of("reward.used")
    assert (used["redemption"], used["code"]) == (f"r_{given[0].pk}", given[0].code)


@pytest.mark.processes
def test_two_workers_never_take_the_same_message(transactional_db: None) -> None:
    shop = open_shop("oasis", "0501234567")
    made = keeping.create(
        actor=system_actor(shop.merchant), url="https://9.9.9.9/a", topics=["points.earned"], now=NOW
    )
    for _row in range(12):
        keeping.send_test(actor=system_actor(shop.merchant), code=made.code, now=NOW)

    def take() -> list[int]:
        mine: list[int] = []
        while rows := claim(now=NOW, limit=4):
            mine += [row.pk for row in rows]
        return mine

    taken = at_once([take] * 4)
    assert all(isinstance(ids, list) for ids in taken), taken
    ids = [pk for one in taken for pk in one]
    assert len(ids) == len(set(ids)) == 12
