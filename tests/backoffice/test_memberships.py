"""Paid membership in the back office: facts to read, the member's page, and the owner's keys to Moyasar."""

import pytest
from django.test import Client
from django.urls import reverse

from ledger.models import Membership, MoyasarKeys
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Cast, Shop
from tests.ledger.books import Books
from tests.ledger.subscribed import pay, sell_from_now


@pytest.fixture
def shop(stage: Cast) -> Shop:
    """Our shop, whose member holds Plus."""
    sell_from_now(stage.shop)
    pay(Books(stage.shop.member, NOW))
    return stage.shop


@pytest.fixture
def owner(shop: Shop, sign_in: SignIn) -> Client:
    return sign_in(shop.staff["owner"])


def test_a_membership_is_read_and_never_edited(shop: Shop, owner: Client) -> None:
    row = Membership.objects.get()
    listed = owner.get(reverse("admin:ledger_membership_changelist")).content.decode()
    assert "plus" in listed
    page = owner.get(reverse("admin:ledger_membership_change", args=[row.pk])).content.decode()
    assert "29.00" in page
    assert 'name="paid_through"' not in page
    above = owner.get(reverse("admin:accounts_member_change", args=[shop.member.pk])).content.decode()
    assert "paid until" in above


def test_the_keys_are_kept_and_never_shown(shop: Shop, owner: Client) -> None:
    address = reverse("admin:moyasar")
    assert "/webhooks/moyasar/oasis/" in owner.get(address).content.decode()
    said = {"secret_key": "sk_test_1001", "webhook_secret": "our-own-word"}
    assert owner.post(address, said).status_code == 302
    page = owner.get(address).content.decode()
    assert "sk_test_1001" not in page
    assert "our-own-word" not in page
    before = MoyasarKeys.objects.get().secret_key
    assert owner.post(address, {"secret_key": "", "webhook_secret": "another-word"}).status_code == 302
    assert MoyasarKeys.objects.get().secret_key == before
    refused = owner.post(address, {"secret_key": "pk_test_1", "webhook_secret": ""})
    assert refused.status_code == 200
    assert MoyasarKeys.objects.get().secret_key == before


@pytest.mark.parametrize("role", ["manager", "analyst", "cashier"])
def test_only_an_owner_opens_the_keys(shop: Shop, sign_in: SignIn, role: str) -> None:
    client = sign_in(shop.staff[role])
    assert client.get(reverse("admin:moyasar")).status_code in {302, 403}
    assert client.post(reverse("admin:moyasar"), {"secret_key": "sk_1"}).status_code in {302, 403}
    assert not MoyasarKeys.objects.exists()
