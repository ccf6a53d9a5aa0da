"""Practice keys: a copy of the shop that works like it, sends nothing and counts nowhere; keys replaced."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import outbox
from accounts.access import merchants_of
from accounts.models import ApiKey, Member, Merchant, OutboxDelivery
from accounts.queries import lone_merchant
from analytics import tasks
from analytics.models import DormancyModel, Snapshot
from campaigns.models import Message, Recipe
from campaigns.planning import plan_due
from ledger.models import Purchase
from programs.practising import start_over
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.backoffice.conftest import SignIn
from tests.backoffice.conftest import sign_in as sign_in
from tests.cast import NOW, Shop, make_key
from tests.ledger.books import prove


@pytest.fixture
def sandbox(shop: Shop) -> Caller:
    """A caller with a practice key that may do everything."""
    start_over(merchant=shop.merchant, now=NOW)
    return Caller(make_key(shop.merchant, "manage", is_sandbox=True))


def test_a_practice_key_says_so_and_works_on_a_copy(api: Caller, sandbox: Caller, shop: Shop) -> None:
    answer = sandbox.send("post", "members", {"phone": "0501234567"})
    assert (answer.status_code, answer.headers["Walaa-Sandbox"]) == (201, "true")
    number = answer.json()["number"]
    assert buy(sandbox, "100", number=number)["points"] == 100
    assert sandbox.get("programme")["tiers"] == api.get("programme")["tiers"]
    assert sandbox.get("members", number=number)["given_name"] == ""
    api.get(f"members/{number}", 404)
    assert api.get("purchases")["results"] == []
    assert "Walaa-Sandbox" not in api.client.get("/api/v1/programme").headers
    for merchant in Merchant.objects.all():
        prove(merchant)


def test_a_marked_key_is_never_a_real_one(shop: Shop) -> None:
    start_over(merchant=shop.merchant, now=NOW)
    real, practice = shop.key(), make_key(shop.merchant, "manage", is_sandbox=True)
    assert practice.startswith("sandbox_")
    Caller(f"sandbox_{real}").get("programme", 401)
    Caller(practice.removeprefix("sandbox_")).get("programme", 401)


def test_starting_over_is_an_empty_copy_for_the_same_keys(sandbox: Caller, shop: Shop) -> None:
    number = sandbox.post("members", {"phone": "0501234567"})["number"]
    buy(sandbox, "100", number=number)
    start_over(merchant=shop.merchant, now=NOW)
    sandbox.get(f"members/{number}", 404)
    assert sandbox.get("purchases")["results"] == []
    assert Purchase.objects.count() == 1  # facts are never deleted
    assert Merchant.objects.filter(practice_of=shop.merchant, practice_ended_at=None).count() == 1


def test_a_practice_copy_sends_nothing(sandbox: Caller, shop: Shop, settings: Any, capsys: Any) -> None:
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    number = sandbox.post("members", {"phone": "0501234567", "email": "who@x.example"})["number"]
    buy(sandbox, "5000", number=number)
    plan_due(now=timezone.now())
    outbox.relay(now=timezone.now())
    copy = Merchant.objects.practice_copy(shop.merchant)
    assert copy is not None
    handlers = OutboxDelivery.objects.filter(event__merchant=copy).values_list("handler", flat=True)
    assert {name.partition(".")[0] for name in handlers} == {"ledger"}
    assert not Recipe.objects.filter(merchant=copy).exists()
    assert not Message.objects.filter(merchant=copy).exists()
    from tests.portal import carrier

    carrier.kept.clear()
    sandbox.post(f"members/{number}/one-time-codes", {})
    assert (carrier.kept, mail.outbox) == ([], [])
    said = {"member": number, "points": 500, "one_time_code": "000000"}
    assert sandbox.post("redemptions", said, once="k")["points"] == 500


def test_a_practice_copy_counts_nowhere(sandbox: Caller, shop: Shop, stage: Any) -> None:
    sandbox.post("members", {"phone": "0501234567"})
    copy = Merchant.objects.practice_copy(shop.merchant)
    assert copy is not None
    tasks.refresh_snapshots()
    assert Snapshot.objects.filter(merchant=shop.merchant).exists()
    assert not Snapshot.objects.filter(merchant=copy).exists()
    assert not DormancyModel.objects.filter(merchant=copy).exists()
    stage.stranger.is_superuser = True
    assert copy not in merchants_of(stage.stranger, "view", "merchant")
    assert Client().get(f"/m/{copy.slug}/").status_code == 404
    over = {"practice_of": shop.merchant, "practice_ended_at": NOW}
    Merchant.objects.filter(pk=stage.rival.merchant.pk).update(**over)
    assert lone_merchant() == shop.merchant


def test_an_owner_makes_a_practice_key_with_one_click(shop: Shop, sign_in: SignIn) -> None:
    owner = sign_in(shop.staff["owner"])
    address = reverse("admin:practice")
    assert owner.get(address).status_code == 200
    page = owner.post(address, {"name": "Till", "scope": "manage"}, follow=True).content.decode()
    text = page.partition("<code>")[2].partition("</code>")[0]
    assert Caller(text).get("programme")["state"] == "live"
    first = Merchant.objects.practice_copy(shop.merchant)
    owner.post(reverse("admin:practice_restart"))
    assert Merchant.objects.practice_copy(shop.merchant) != first
    assert Caller(text).get("purchases")["results"] == []
    manager = sign_in(shop.staff["manager"])
    assert manager.post(address, {"name": "x", "scope": "till"}).status_code == 403


def test_a_key_is_replaced_with_an_overlap(shop: Shop, sign_in: SignIn, clock: Any) -> None:
    old = make_key(shop.merchant, "till", branch=shop.branch)
    row = ApiKey.objects.get(prefix=old[:8])
    owner = sign_in(shop.staff["owner"])
    address = reverse("admin:accounts_apikey_replace", args=[row.pk])
    assert owner.get(address).status_code == 200
    assert owner.post(address, {"hours": "721"}).status_code == 200
    page = owner.post(address, {"hours": "24"}, follow=True).content.decode()
    new = page.partition("<code>")[2].partition("</code>")[0]
    made = ApiKey.objects.get(prefix=new[:8])
    assert (made.scope, made.branch, made.name) == (row.scope, row.branch, row.name)
    for key in (old, new):
        Caller(key).get("programme")
    clock.shift(timedelta(hours=24))
    Caller(old).get("programme", 401)
    Caller(new).get("programme")


def test_a_revoked_key_is_refused_at_once(shop: Shop, sign_in: SignIn) -> None:
    text = make_key(shop.merchant, "till")
    row = ApiKey.objects.get(prefix=text[:8])
    Caller(text).get("programme")
    owner = sign_in(shop.staff["owner"])
    form = {
        "merchant": row.merchant_id,
        "name": row.name,
        "expiry_date_0": "",
        "expiry_date_1": "",
        "revoked": "on",
    }
    owner.post(reverse("admin:accounts_apikey_change", args=[row.pk]), form)
    Caller(text).get("programme", 401)
    page = owner.get(reverse("admin:accounts_apikey_changelist")).content.decode()
    assert text[:8] in page


def test_members_of_a_copy_are_found_by_nobody_else(sandbox: Caller, shop: Shop, sign_in: SignIn) -> None:
    sandbox.post("members", {"phone": "0557770001", "given_name": "Practice"})
    assert Member.objects.filter(phone="+966557770001").exists()
    owner = sign_in(shop.staff["owner"])
    page = owner.get(reverse("admin:accounts_member_changelist"), {"q": "0557770001"}).content.decode()
    assert "Practice" not in page
