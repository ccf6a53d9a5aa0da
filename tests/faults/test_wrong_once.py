"""What is shown, stored or named must not serve twice, nor say more than it should."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey
from accounts.presence import member_shown, token_of
from ledger.errors import KeyConflict
from ledger.events import PointsAdjusted, body
from ledger.models import PostingKey
from ledger.posting import post
from ledger.writing.writer import body_sha256
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Shop
from tests.ledger.books import Books
from tests.ledger.test_concurrency import at_once, books

__all__ = ["books"]


def test_rule_19_a_page_scanned_at_many_tills_at_once_is_one_tills(books: Books) -> None:
    merchant, shown = books.merchant, token_of(books.member, now=NOW)

    def scan(till: int) -> Callable[[], Any]:
        return lambda: member_shown(merchant, shown, taker=f"till {till}", now=NOW).pk

    answers = at_once([scan(till) for till in range(8)])
    assert sorted(answers, key=str) == [books.member.pk, *["not_shown"] * 7]


def test_a_reason_cannot_be_guessed_from_the_hash_of_what_was_said(shop: Shop, settings: Any) -> None:
    said = PointsAdjusted(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=NOW, source="test", key="k",
        actor="test", points=5, reason="نورة العتيبي",
    )  # fmt: skip
    first = post(said, now=NOW)
    stored = PostingKey.objects.get(key="k").body_sha256
    bare = [
        json.dumps(body(said), sort_keys=True),
        json.dumps(body(said), sort_keys=True, separators=(",", ":")),
    ]
    bare += [json.dumps(body(said), sort_keys=True, separators=(",", ":"), ensure_ascii=False)]
    assert stored not in {hashlib.sha256(text.encode()).hexdigest() for text in bare}
    assert post(said, now=NOW) == replace(first, repeated=True)
    assert body_sha256(replace(said, reason="somebody else")) != stored
    settings.SECRET_KEY = "another installation's"
    assert body_sha256(said) != stored


def test_rule_14_an_adjustment_said_again_after_a_new_secret_is_the_same(shop: Shop, settings: Any) -> None:
    said = PointsAdjusted(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=NOW, source="test", key="k",
        actor="test", points=5, reason="نورة العتيبي",
    )  # fmt: skip
    first = post(said, now=NOW)
    settings.SECRET_KEY_FALLBACKS = ["an older one", settings.SECRET_KEY]
    settings.SECRET_KEY = "the new one"
    assert post(said, now=NOW) == replace(first, repeated=True)
    with pytest.raises(KeyConflict):
        post(replace(said, reason="somebody else"), now=NOW)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(KeyConflict):
        post(said, now=NOW)


def test_nothing_in_the_back_office_names_a_key_by_its_hash(shop: Shop, sign_in: SignIn) -> None:
    owner = sign_in(shop.staff["owner"])
    key = ApiKey.objects.get(prefix=shop.key("till")[:8])
    for page in ("changelist", "change", "history", "delete"):
        address = reverse(f"admin:accounts_apikey_{page}", args=[] if page == "changelist" else [key.pk])
        assert key.hashed_key not in address
        answer = owner.get(address)
        assert answer.status_code == 200, page
        assert key.hashed_key not in answer.content.decode()
        assert key.hashed_key[:20] not in answer.content.decode()
    fields = {"merchant": shop.merchant.pk, "name": "Till 1", "revoked": "on"}
    assert owner.post(reverse("admin:accounts_apikey_change", args=[key.pk]), fields).status_code == 302
    refused = Client(headers={"authorization": f"Api-Key {shop.key('till')}"}).get("/api/v1/programme")
    assert refused.json()["code"] == "bad_key"


@pytest.mark.parametrize("scope", ["till", "manage"])
def test_a_key_still_opens_what_it_opened(shop: Shop, scope: str) -> None:
    client = Client(headers={"authorization": f"Api-Key {shop.key(scope)}"})
    assert client.get("/api/v1/programme").status_code == 200
