"""Keys: what each scope may do, and when a key is none."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiKey
from tests.api.conftest import Caller
from tests.api.selling import balance, buy, code_for
from tests.cast import Shop, make_key

TILL, SHOP, READ, MANAGE = "till", "shop", "read", "manage"


def attempts(number: str, code: str) -> dict[str, tuple[str, str, Any, set[str]]]:
    """Every operation, and the scopes that may."""
    everyone, writers = {TILL, SHOP, READ, MANAGE}, {TILL, SHOP, MANAGE}
    consent = {"channel": "sms", "purpose": "marketing", "granted": True}
    return {
        "read a member": ("get", f"members/{number}", None, everyone),
        "look up by e-mail": ("get", "members?email=noura@oasis.example", None, {SHOP, READ, MANAGE}),
        "join": ("post", "members", {"phone": "0551112222"}, writers),
        "change": ("patch", f"members/{number}", {"language": "en"}, {SHOP, MANAGE}),
        "consent": ("post", f"members/{number}/consents", consent, {SHOP, MANAGE}),
        "balance": ("get", f"members/{number}/balance", None, everyone),
        "rewards": ("get", f"members/{number}/rewards", None, everyone),
        "upgrades": ("get", f"members/{number}/upgrades", None, everyone),
        "gift cards": ("get", f"members/{number}/gift-cards", None, {SHOP, READ, MANAGE}),
        "where the points went": ("get", f"members/{number}/points", None, {SHOP, READ, MANAGE}),
        "statement": ("get", f"members/{number}/statement", None, {SHOP, READ, MANAGE}),
        "adjust": ("post", f"members/{number}/adjustments", {"points": 5, "reason": "gift"}, {MANAGE}),
        "list purchases": ("get", "purchases", None, {SHOP, READ, MANAGE}),
        "read a purchase": ("get", "purchases/A-1", None, everyone),
        "quote": ("post", "purchases/quote", {"member": number, "amount": "5"}, everyone),
        "buy": ("post", "purchases", {"member": number, "amount": "5", "order": "B"}, writers),
        "choose the award": (
            "post", "purchases", {"member": number, "amount": "5", "order": "C", "award": False}, {MANAGE},
        ),
        "refund": ("post", "refunds", {"refund": "R", "order": "A-1", "amount": "1"}, writers),
        "issue": ("post", "redemptions", {"member": number, "points": 500}, {SHOP, MANAGE}),
        "read a code": ("get", f"redemptions/{code}", None, everyone),
        "cancel": ("post", f"redemptions/{code}/cancel", {}, writers),
        "programme": ("get", "programme", None, everyone),
    }  # fmt: skip


@pytest.mark.parametrize("scope", [TILL, SHOP, READ, MANAGE])
def test_each_scope_may_do_its_own(api: Any, shop: Shop, scope: str) -> None:
    number = shop.member.number
    buy(api, "2000", number=number, order="A-1")
    caller = Caller(shop.key(scope))
    for name, (method, path, body, allowed) in attempts(number, code_for(api, number, 500)).items():
        if method == "get":
            answer = caller.client.get(f"/api/v1/{path}")
        else:
            answer = caller.send(method, path, body, once=f"{scope}-{name}".replace(" ", "-"))
        if scope in allowed:
            assert answer.status_code in {200, 201}, (name, answer.content.decode())
        else:
            assert answer.status_code == 403, name
            assert answer.json()["code"] == (
                "not_shown" if name == "issue" and scope == TILL else "forbidden"
            )


def test_a_till_is_not_shown_contacts(api: Any, till: Any, shop: Shop) -> None:
    path = f"members/{shop.member.number}"
    assert api.get(path)["email"] == "noura@oasis.example"
    assert {"email", "birthday"} & set(till.get(path)) == set()


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
