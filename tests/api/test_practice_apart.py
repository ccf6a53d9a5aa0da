"""A practice copy stands apart: no list of operators shows it, nothing that the clock starts counts it."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import outbox
from accounts.models import Member, Merchant, OutboxDelivery, User
from accounts.tenant_admin import TenantMixin
from ledger.models import Purchase
from loyalty_site.celery import app
from loyalty_site.schedule import SCHEDULE
from programs.practising import start_over
from tests.api.conftest import Caller
from tests.api.selling import balance, buy, code_for, new_terms
from tests.cast import NOW, PASSWORD, Shop, make_key
from tests.loop.walking import FLOORS, everything, way_to_merchant
from tests.portal import carrier

YEAR_AND_A_MONTH = 400 * 24 * 3600


@pytest.fixture
def practice(shop: Shop) -> Caller:
    """A caller with a practice key, on a copy where somebody bought, spent, and was written about."""
    start_over(merchant=shop.merchant, now=NOW)
    api = Caller(make_key(shop.merchant, "manage", is_sandbox=True))
    number = api.post("members", {"phone": "0559990001", "email": "who@x.example"})["number"]
    api.post(f"members/{number}/consents", {"channel": "email", "purpose": "marketing", "granted": True}, 200)
    buy(api, "5000", number=number, order="P-1")
    buy(api, "20", number=number, order="P-2")
    code_for(api, number, 500)
    api.post("refunds", {"refund": "R-1", "order": "P-2", "amount": "5"})
    outbox.relay(now=NOW)
    return api


def copy_of(shop: Shop) -> Merchant:
    """The copy in use."""
    found = Merchant.objects.practice_copy(shop.merchant)
    assert found is not None
    return found


@pytest.fixture
def operator(shop: Shop) -> User:
    """Who runs the installation."""
    return User.objects.create_superuser("operator@walaa.example", PASSWORD, language="en")


def test_no_operators_list_shows_a_row_of_a_copy(practice: Caller, shop: Shop, operator: User) -> None:
    copy, request = copy_of(shop), RequestFactory().get("/")
    request.user = operator
    held, seen = [], []
    for model, page in admin.site._registry.items():
        way = way_to_merchant(model) if model._meta.app_label in FLOORS else ""
        if not way:
            continue
        if model._default_manager.filter(**{way: copy.pk}).exists():
            held.append(model.__name__)
        if page.get_queryset(request).filter(**{way: copy.pk}).exists():
            seen.append(model.__name__)
    assert {"Merchant", "Branch", "Member", "Purchase", "Movement", "OutboxDelivery"} <= set(held), held
    assert not seen


def test_an_operators_pages_show_the_shop_and_not_its_copy(
    practice: Caller, shop: Shop, operator: User
) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    copy = copy_of(shop)
    merchants = client.get(reverse("admin:accounts_merchant_changelist")).content.decode()
    assert shop.merchant.slug in merchants
    assert copy.slug not in merchants
    member = Member.objects.get(merchant=copy)
    members = client.get(reverse("admin:accounts_member_changelist")).content.decode()
    assert f"/member/{shop.member.pk}/" in members
    assert f"/member/{member.pk}/" not in members
    assert client.get(reverse("admin:accounts_merchant_change", args=[copy.pk])).status_code in {302, 404}
    for model in admin.site._registry:
        if isinstance(admin.site._registry[model], TenantMixin):
            page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
            assert page.status_code in {200, 302, 403}, model
            assert copy.slug not in page.content.decode(), model


def beat() -> None:
    """Do once whatever the clock starts."""
    app.loader.import_default_modules()
    for entry in SCHEDULE.values():
        app.tasks[entry["task"]].run()


def test_nothing_that_the_clock_starts_counts_a_copy_or_sends(
    practice: Caller, shop: Shop, clock: Any, settings: Any
) -> None:
    """The books of the copy in use go on, as at a real shop; of one that is over nothing moves any more."""
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    carrier.kept.clear()
    over = copy_of(shop)
    for _night in range(2):  # the second hears the news of the first
        beat()
    practice.post("practice/reset", {}, 200)
    copy, still = copy_of(shop), everything(over)
    number = practice.post("members", {"phone": "0559990001", "email": "who@x.example"})["number"]
    buy(practice, "5000", number=number)
    for _night in range(2):
        clock.shift(YEAR_AND_A_MONTH)
        beat()
    assert balance(practice, number)["available"] == 0
    assert everything(over) == still
    told = [
        model.__name__
        for floor in ("analytics", "campaigns")
        for model in apps.get_app_config(floor).get_models()
        if (way := way_to_merchant(model))
        and model._default_manager.filter(**{f"{way}__in": [over.pk, copy.pk]}).exists()
    ]
    assert not told
    heard = OutboxDelivery.objects.filter(event__merchant__in=[over, copy])
    assert {name.partition(".")[0] for name in heard.values_list("handler", flat=True)} == {"ledger"}
    assert not [letter for letter in mail.outbox if "who@x.example" in letter.recipients()]
    assert carrier.kept == []


def test_a_reset_empties_the_copy_for_every_practice_key(practice: Caller, api: Caller, shop: Shop) -> None:
    before, another = copy_of(shop), Caller(make_key(shop.merchant, "till", is_sandbox=True))
    answer = practice.send("post", "practice/reset", {}, once="run-1")
    assert (answer.status_code, answer.headers["Walaa-Sandbox"]) == (200, "true")
    after = copy_of(shop)
    assert after != before
    for caller in (practice, another):
        caller.get("members", 404, phone="0559990001")
        caller.get("purchases/P-1", 404)
    assert practice.get("purchases")["results"] == []
    assert practice.get("programme")["tiers"] == api.get("programme")["tiers"]
    assert Purchase.objects.filter(merchant=before).count() == 2  # facts are never deleted
    assert Member.objects.filter(merchant=shop.merchant).count() == 1


def test_a_reset_sent_again_spares_what_was_done_since(practice: Caller, shop: Shop, clock: Any) -> None:
    clock.shift(60)
    first = practice.post("practice/reset", {}, 200, once="run-1")
    copy = copy_of(shop)
    clock.shift(60)
    buy(practice, "5", number=practice.post("members", {"external_id": "E-2"})["number"])
    again = practice.send("post", "practice/reset", {}, once="run-1")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")
    assert copy_of(shop) == copy
    practice.post("practice/reset", {}, 200, once="run-2")
    assert copy_of(shop) != copy


def test_a_copy_is_reset_by_the_terms_of_the_moment(practice: Caller, api: Caller, shop: Shop) -> None:
    new_terms(shop, rule={"code": "more", "factor": 2})
    assert practice.get("programme")["promises"] != api.get("programme")["promises"]
    practice.post("practice/reset", {}, 200)
    assert practice.get("programme")["promises"] == api.get("programme")["promises"]


@pytest.mark.parametrize(("scope", "sandbox"), [("manage", False), ("till", False), ("read", True)])
def test_only_a_practice_key_that_writes_resets(
    practice: Caller, shop: Shop, scope: str, sandbox: bool
) -> None:
    copy = copy_of(shop)
    refused = Caller(make_key(shop.merchant, scope, is_sandbox=sandbox)).post("practice/reset", {}, 403)
    assert refused["code"] == ("forbidden" if sandbox else "practice_only")
    assert copy_of(shop) == copy
