"""The address in a letter that ends the offers: looking changes nothing, one post does, forgeries fail."""

from urllib.parse import urlsplit

from django.test import Client

from accounts.models import Consent
from accounts.queries import consents_of
from campaigns.unsubscribing import address_for
from tests.cast import Shop
from tests.portal.conftest import Visitor, words


def address(shop: Shop) -> str:
    return urlsplit(address_for(shop.member, shop.merchant, "email")).path


def test_looking_changes_nothing_and_posting_withdraws_without_signing_in(shop: Shop) -> None:
    client = Client(enforce_csrf_checks=True)
    for _scanner in range(2):
        assert client.get(address(shop)).status_code == 200
    assert not Consent.objects.exists()
    for _press in range(2):
        assert client.post(address(shop), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert consents_of([shop.member.pk]) == {(shop.member.pk, "email", "marketing"): False}
    assert Consent.objects.count() == 1


def test_it_speaks_the_members_language_whatever_the_browsers(visitor: Visitor) -> None:
    page = visitor.client.get(address(visitor.shop))
    assert 'lang="ar" dir="rtl"' in page.content.decode()
    assert "Stop" not in words(page)  # type: ignore[arg-type]


def test_a_forged_or_foreign_address_is_not_here(shop: Shop, rival: Shop) -> None:
    foreign = address(shop).replace("/m/oasis/", "/m/mirage/")
    for path in (foreign, address(shop)[:-3] + "xx/", "/m/oasis/unsubscribe/x/"):
        for answer in (Client().get(path), Client().post(path)):
            assert answer.status_code == 404
    assert not Consent.objects.exists()
