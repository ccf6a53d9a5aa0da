"""Every documented example is a call that works, as it stands on the page.

But for two words: what a member's page shows lives a minute, and no server stands at shop.example.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from accounts.models import Member
from accounts.presence import token_of
from ledger.models import Redemption
from loyalty_site.api.members import EXAMPLE, MemberOutput
from programs.models import Reward
from programs.queries import forget_terms
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import Cast
from tests.ledger.given import begin_giving
from tests.ledger.subscribed import sell_from_now

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BEFORE: dict[str, tuple[str, dict[str, Any], int]] = {
    "/members/{number}/memberships/refunds": (
        "members/{number}/memberships/payments", {"plan": "plus", "payment": "F-1", "amount": "29.00"}, 201,
    ),
    "/members/{number}/attach": ("members/{number}/detach", {}, 200),
}  # fmt: skip
"""What has to have happened before an example can."""


def documented() -> list[tuple[str, str, str, Any, set[int]]]:
    """Every example of a body: method, address, name, value, and the good answers it may get."""
    paths = Client().get("/api/schema/?format=json").json()["paths"]
    return [
        (method, address.removeprefix("/api/v1"), name, example["value"], good(found))
        for address, methods in paths.items()
        for method, found in methods.items()
        for name, example in examples_of(found)
    ]


def examples_of(found: dict[str, Any]) -> list[tuple[str, Any]]:
    """The examples of an operation's body."""
    content = found.get("requestBody", {}).get("content", {})
    return list(content.get("application/json", {}).get("examples", {}).items())


def good(found: dict[str, Any]) -> set[int]:
    """The good answers of an operation."""
    return {int(code) for code in found["responses"] if code.startswith("2")}


@pytest.fixture
def world(stage: Cast, clock: time_machine.Traveller) -> tuple[Caller, dict[str, str]]:
    """A shop in which everything is called as the examples call it."""
    clock.move_to(NOW)
    shop, api = stage.shop, Caller(stage.shop.key())
    sell_from_now(shop)
    begin_giving(shop, NOW)
    coffee = {"code": "free-coffee", "name_ar": "قهوة", "name_en": "Coffee", "points": 500}
    Reward.objects.bulk_create([Reward(version=shop.version, **coffee)])
    forget_terms()
    Member.objects.filter(pk=shop.member.pk).update(number="M-7KPX3WQ")
    other = api.post("members", {"phone": "0551112222"})["number"]
    Member.objects.filter(number=other).update(number="M-4QWX7PB")
    api.post("purchases", {"order": "A-1001", "phone": "0501234567", "amount": "99.99"})
    buy(api, "9000", number="M-7KPX3WQ", order="G-1")
    code = api.post("redemptions", {"member": "M-7KPX3WQ", "points": 500}, once="code")["code"]
    Redemption.objects.filter(code=code).update(code="BCDFGHJK")
    told = {"url": "https://9.9.9.9/a", "topics": ["points.earned"]}
    webhook = api.post("webhooks", told)["id"]
    return api, {"number": "M-7KPX3WQ", "order": "A-1001", "code": "BCDFGHJK", "webhook": webhook}


def test_every_example_is_accepted(world: tuple[Caller, dict[str, str]]) -> None:
    api, words = world
    wrong, found = [], documented()
    assert len(found) > 20
    member = Member.objects.select_related("merchant").get(number="M-7KPX3WQ")
    for method, address, name, value, expected in found:
        named = words | ({"code": "evening"} if "member-events" in address else {})
        with transaction.atomic():
            if address in BEFORE:
                path, body, status = BEFORE[address]
                api.post(path.format(**named), body, status)
            real = {"shown": token_of(member, now=NOW), "url": "https://9.9.9.9/b"}
            body = value | {field: real[field] for field in real.keys() & value.keys()}
            answer = api.send(method, address.format(**named).lstrip("/"), body, once="example")
            transaction.set_rollback(True)
        if answer.status_code not in expected:
            wrong.append((method, address, name, answer.content.decode()))
    assert not wrong


def test_the_example_of_a_member_is_shaped_as_members_are() -> None:
    assert set(EXAMPLE) == set(MemberOutput().fields)
