"""Shops in the back office: secrets are pasted and never shown, what arrived is read and worked on again."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledger.models import ShopLink, ShopNews
from ledger.models.shops import NewsState
from ledger.shops.working import work_news
from tests.backoffice.conftest import SignIn
from tests.cast import Cast, Shop
from tests.shops.scene import link

KEPT = {"is_on": "on", "secret": "", "api_token": "", "shop_id": ""}


def test_a_secret_is_pasted_and_never_shown(shop: Shop, owner: Client) -> None:
    address = reverse("admin:shop", args=["salla"])
    page = owner.get(address).content.decode()
    assert "/webhooks/salla/oasis/" in page
    assert "abandoned.cart" in page
    said = KEPT | {"secret": "our-own-secret", "api_token": "a-token-of-ours"}
    assert owner.post(address, said).status_code == 302
    page = owner.get(address).content.decode()
    assert "our-own-secret" not in page
    assert "a-token-of-ours" not in page
    before = ShopLink.objects.get()
    assert owner.post(address, KEPT | {"joins": "on"}).status_code == 302
    after = ShopLink.objects.get()
    assert (after.secret, after.api_token, after.joins) == (before.secret, before.api_token, True)
    assert owner.post(address, KEPT | {"secret": "short"}).status_code == 200
    assert ShopLink.objects.get().secret == before.secret
    assert owner.get(reverse("admin:shop", args=["nobody"])).status_code == 404


def test_an_address_with_a_secret_is_shown_once(shop: Shop, owner: Client) -> None:
    address = reverse("admin:shop", args=["zid"])
    made = owner.post(address, KEPT)
    assert made.status_code == 200
    path = f"/webhooks/zid/oasis/{made.context['made']}/"
    assert path in made.content.decode()
    assert Client().post(path, b'{"id": 1}', content_type="application/json").status_code == 200
    assert "/webhooks/zid/oasis/" not in owner.get(address).content.decode()
    assert owner.post(address, KEPT).status_code == 302
    assert Client().post(path, b'{"id": 2}', content_type="application/json").status_code == 200
    renewed = owner.post(address, KEPT | {"renew": "on"}).context["made"]
    assert renewed not in path
    assert ShopLink.objects.get().old_until is not None


def test_what_arrived_is_listed_and_worked_on_again(shop: Shop, owner: Client) -> None:
    told = link(shop, "salla")
    news = told.tell({"event": "order.updated", "merchant": 1, "data": {"id": 77}})
    assert news.state == NewsState.REFUSED
    page = owner.get(reverse("admin:shop", args=["salla"])).content.decode()
    assert "order.updated</bdi>" in page
    assert "77" in page
    assert "1" in owner.get(reverse("admin:shops")).content.decode()
    others = owner.get(f"{reverse('admin:shop', args=['salla'])}?state=done").content.decode()
    assert "order.updated</bdi>" not in others
    again = reverse("admin:shop_replay", args=[news.pk])
    assert owner.get(again).status_code == 302
    assert owner.post(again).status_code == 302
    news.refresh_from_db()
    assert (news.state, news.result) == (NewsState.WAITING, "")
    assert work_news(clock=timezone.now) == 1
    ShopNews.objects.update(body="")
    owner.post(again)
    news.refresh_from_db()
    assert news.state == NewsState.REFUSED, "emptied: there is nothing to work on"


@pytest.mark.parametrize("role", ["manager", "analyst", "cashier"])
def test_only_an_owner_opens_the_shops(shop: Shop, sign_in: SignIn, role: str) -> None:
    client, news = sign_in(shop.staff[role]), link(shop, "salla").tell({"event": "x", "data": {}})
    for page in (reverse("admin:shops"), reverse("admin:shop", args=["salla"])):
        assert client.get(page).status_code in {302, 403}
        assert client.post(page, KEPT | {"secret": "another-secret"}).status_code in {302, 403}
    assert client.post(reverse("admin:shop_replay", args=[news.pk])).status_code in {302, 403}
    news.refresh_from_db()
    assert news.state == NewsState.IGNORED


def test_the_neighbours_news_are_not_there(stage: Cast, owner: Client) -> None:
    news = link(stage.rival, "salla").tell({"event": "order.secret", "merchant": 1, "data": {"id": 77}})
    assert "order.secret" not in owner.get(reverse("admin:shop", args=["salla"])).content.decode()
    assert owner.post(reverse("admin:shop_replay", args=[news.pk])).status_code == 404
