"""Keys: when one is none, what it is hidden behind, where it speaks and how often. Scopes: `test_scopes`."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from tests.api.conftest import Caller
from tests.api.selling import balance, buy
from tests.cast import Shop, make_key

TILL, MANAGE = "till", "manage"


@pytest.mark.parametrize("by", [{"phone": "0501234567"}, {"phone": "٠٥٠١٢٣٤٥٦٧"}])
def test_a_till_finds_by_a_whole_phone_and_is_told_its_end(
    api: Any, till: Any, shop: Any, by: dict[str, str]
) -> None:
    found, whole = till.get("members", **by), api.get("members", **by)
    assert found["number"] == whole["number"] == shop.member.number
    assert (found["phone"], whole["phone"]) == ("+966•••••567", "+966501234567")
    assert {"email", "birthday"} & set(found) == set()
    assert whole["email"] == "noura@oasis.example"


@pytest.mark.parametrize("fate", ["revoked", "expired", "altered", "malformed", "cut"])
def test_a_key_that_is_none_is_refused(shop: Shop, fate: str) -> None:
    text = make_key(shop.merchant, MANAGE)
    row = ApiKey.objects.get(prefix=text[:8])
    if fate == "revoked":
        row.revoked = True
        row.save()
    elif fate == "expired":
        ApiKey.objects.filter(pk=row.pk).update(expiry_date=timezone.now())
    given = {
        "altered": text[:-1] + ("a" if text[-1] != "a" else "b"),
        "malformed": "é" * 41,
        "cut": text[:20],
    }
    answer = Caller(given.get(fate, text)).get("programme", 401)
    assert answer["code"] == "bad_key"


def test_a_key_is_stored_as_a_hash_alone(shop: Shop) -> None:
    secret = shop.key().partition(".")[2]
    stored = ApiKey.objects.get(prefix=shop.key()[:8])
    assert all(secret not in str(value) for value in vars(stored).values())


def test_the_last_use_is_written_now_and_then(shop: Shop, api: Any, clock: Any) -> None:
    row = ApiKey.objects.get(prefix=shop.key()[:8])
    api.get("programme")
    row.refresh_from_db()
    first = row.last_used_at
    clock.shift(timedelta(minutes=1))
    api.get("programme")
    row.refresh_from_db()
    assert row.last_used_at == first
    clock.shift(timedelta(minutes=5))
    api.get("programme")
    row.refresh_from_db()
    assert row.last_used_at > first


def test_a_branchs_key_speaks_for_its_branch(shop: Shop, api: Any) -> None:
    shop.branch.__class__.objects.create(
        merchant=shop.merchant, code="nakheel", name_ar="النخيل", name_en="Nakheel"
    )
    here = Caller(make_key(shop.merchant, TILL, branch=shop.branch))
    buy(here, "5", number=shop.member.number, order="A-1")
    assert api.get("purchases/A-1")["branch"] == "olaya"
    buy(here, "5", number=shop.member.number, order="A-2", branch="nakheel", status=404)
    buy(api, "5", number=shop.member.number, order="A-3", branch="nakheel")


def test_too_many_calls_are_told_to_wait(shop: Shop, api: Any, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    answers = [api.client.get("/api/v1/programme") for _call in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[-1].json()["code"] == "throttled"
    assert int(answers[-1].headers["Retry-After"]) <= 60
    Caller(shop.key(TILL)).get("programme")  # another key has its own


def test_a_turned_off_member_is_nobody(api: Any, shop: Shop) -> None:
    shop.member.detached_at = timezone.now()
    shop.member.save()
    api.get(f"members/{shop.member.number}", 404)
    assert api.post("members", {"phone": "0501234567"})["number"] != shop.member.number


def test_balances_need_no_more_than_their_page(api: Any, shop: Shop) -> None:
    assert balance(api, shop.member.number)["lots"] == []
