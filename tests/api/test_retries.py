"""A write without a natural key, sent again under its `Idempotency-Key`, is done once.

That every operation then has its first answer again is walked in `tests.faults.test_said_again`.
"""

from typing import Any

from accounts.models import Detachment, Erasure, Member
from campaigns.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.api.conftest import Caller
from tests.api.selling import buy
from tests.cast import Shop


def sent(api: Caller, method: str, path: str, body: Any, once: str = "k-1") -> Any:
    answer = api.send(method, path, body, once=once)
    return answer.status_code, answer.json(), answer.headers.get("Idempotency-Replayed")


def test_an_erasure_is_told_again_and_says_nothing_of_the_person(api: Caller, shop: Shop) -> None:
    path, number = f"members/{shop.member.number}", shop.member.number
    buy(api, "100", number=number)
    status, first, _replayed = sent(api, "delete", path, {})
    assert (status, set(first)) == (200, {"number", "erased_at"})
    assert sent(api, "delete", path, {}) == (200, first, "true")
    assert sent(api, "delete", path, {}, once="k-2")[0] == 409
    assert sent(api, "delete", path, {}, once="")[0] == 409
    assert Erasure.objects.count() == 1


def test_an_erasure_by_an_absorbed_number_is_told_again(api: Caller, shop: Shop) -> None:
    other = api.post("members", {"phone": "0551234567"})["number"]
    api.post(f"members/{shop.member.number}/merge", {"absorb": other}, 200, once="m")
    first = sent(api, "delete", f"members/{other}", {})
    assert first[0] == 200
    assert sent(api, "delete", f"members/{other}", {})[:2] == first[:2]


def test_a_detachment_is_told_again_and_leaves_the_number_given_since(api: Caller, shop: Shop) -> None:
    path = f"members/{shop.member.number}"
    status, first, _replayed = sent(api, "post", f"{path}/detach", {"reason": "sold again"})
    assert status == 200
    assert sent(api, "post", f"{path}/detach", {"reason": "sold again"}) == (200, first, "true")
    given = sent(api, "post", f"{path}/attach", {"phone": "0559998877"}, once="k-2")
    assert sent(api, "post", f"{path}/attach", {"phone": "0559998877"}, once="k-2")[:2] == given[:2]
    assert sent(api, "post", f"{path}/detach", {"reason": "sold again"})[0] == 200
    assert api.get("members", phone="0559998877")["number"] == shop.member.number
    assert Detachment.objects.count() == 1


def test_a_detached_member_who_was_erased_since_is_told_without_what_is_gone(api: Caller, shop: Shop) -> None:
    path = f"members/{shop.member.number}"
    sent(api, "post", f"{path}/detach", {})
    sent(api, "delete", path, {}, once="k-2")
    status, answer, _replayed = sent(api, "post", f"{path}/detach", {})
    assert status == 200
    assert (answer["phone"], answer["given_name"], answer["email"]) == (None, "", "")
    assert Member.objects.get(pk=shop.member.pk).phone is None


def test_a_change_said_again_leaves_what_was_changed_since(api: Caller, shop: Shop) -> None:
    path = f"members/{shop.member.number}"
    assert sent(api, "patch", path, {"given_name": "Noura"})[1]["given_name"] == "Noura"
    sent(api, "patch", path, {"given_name": "Nora"}, once="k-2")
    assert sent(api, "patch", path, {"given_name": "Noura"})[1]["given_name"] == "Nora"
    sent(api, "patch", path, {"phone": "12"}, once="k-3")  # refused: the key stays free
    assert sent(api, "patch", path, {"given_name": "Sara"}, once="k-3")[1]["given_name"] == "Sara"


def test_a_secret_is_changed_once_and_told_again(api: Caller) -> None:
    said = {"url": "https://9.9.9.9/a", "topics": ["points.earned"]}
    made = api.post("webhooks", said, once="k-1")
    assert api.post("webhooks", said, once="k-1") == made
    path = f"webhooks/{made['id']}"
    changed = api.post(f"{path}/rotate", {}, 200, once="k-2")
    assert api.post(f"{path}/rotate", {}, 200, once="k-2")["secret"] == changed["secret"] != made["secret"]
    assert api.post(f"{path}/rotate", {}, 200, once="k-3")["secret"] != changed["secret"]
    test = api.post(f"{path}/test", {}, 202, once="k-4")
    assert api.post(f"{path}/test", {}, 202, once="k-4") == test
    assert (WebhookEndpoint.objects.count(), WebhookDelivery.objects.count()) == (1, 1)
