"""An `Idempotency-Key` beside the natural key: the same call again is fine, another one is refused."""

from typing import Any

import pytest

from accounts.models import CallKey, Consent, Member
from ledger.models import Purchase, Refund
from loyalty_site.api.urls import ADDRESSES
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.api.test_schema import shown
from tests.cast import Shop
from tests.faults.declared import operations


def test_the_same_key_with_another_content_is_a_conflict(api: Caller, shop: Shop) -> None:
    body = {"member": shop.member.number, "order": "A-1", "amount": "10"}
    first = api.post("purchases", body, once="k-1")
    assert api.post("purchases", body, once="k-1") == first
    refused = api.post("purchases", body | {"order": "A-2"}, 409, once="k-1")
    assert (refused["code"], refused["errors"][0]["field"]) == ("key_conflict", "/Idempotency-Key")
    assert api.post("refunds", {"refund": "R", "order": "A-1", "amount": "1"}, 409, once="k-1")
    assert (Purchase.objects.count(), Refund.objects.count()) == (1, 0)


def test_a_refused_call_leaves_its_key_free(api: Caller, shop: Shop) -> None:
    body = {"member": shop.member.number, "order": "A-1", "amount": "10"}
    api.post("purchases", body | {"currency": "USD"}, 422, once="k-1")
    api.post("purchases", body, once="k-1")
    assert CallKey.objects.count() == 1


def test_nothing_of_a_call_can_be_read_from_its_key(api: Caller) -> None:
    phone = "0551112222"
    api.post("members", {"phone": phone}, once=phone)
    (row,) = CallKey.objects.values()
    assert phone not in repr(row)


def test_a_key_belongs_to_its_merchant(api: Caller, stage: Any) -> None:
    buy(api, "10", number=stage.shop.member.number)
    api.post("members", {"phone": "0551112222"}, once="k-1")
    Caller(stage.rival.key()).post("members", {"phone": "0551113333"}, once="k-1")


def test_what_only_adds_is_added_once(api: Caller, shop: Shop) -> None:
    said = {"channel": "sms", "purpose": "marketing", "granted": True}
    path = f"members/{shop.member.number}/consents"
    before = Consent.objects.count()
    first = api.post(path, said, 200, once="k-1")
    assert api.post(path, said, 200, once="k-1") == first
    assert Consent.objects.count() == before + 1


def test_joining_twice_under_a_key_is_one_member(api: Caller) -> None:
    before = Member.objects.count()
    first = api.post("members", {"external_id": "E-7"}, once="k-1")
    assert api.post("members", {"external_id": "E-7"}, 200, once="k-1") == first
    assert Member.objects.count() == before + 1


@pytest.mark.parametrize("key", ["", "x" * 65, "a b"])
def test_a_key_that_is_none_is_refused_where_it_need_not_be(api: Caller, shop: Shop, key: str) -> None:
    body = {"member": shop.member.number, "order": "A-1", "amount": "10"}
    answer = api.client.post(
        "/api/v1/purchases", body, content_type="application/json", headers={"idempotency-key": key}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key")


def test_every_write_takes_a_key(api: Caller) -> None:
    described = api.client.get("/api/schema/?format=json").json()["paths"]
    lacking = []
    for address in ADDRESSES:
        for method, found in described[f"/api/v1/{shown(address)}"].items():
            named = {parameter["name"] for parameter in found.get("parameters", ())}
            if (method == "get") == ("Idempotency-Key" in named):
                lacking.append((method, address))
    assert not lacking
    assert operations()
