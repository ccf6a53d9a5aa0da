"""Members through the API: joining, looking up, changing, consent."""

from typing import Any

import pytest

from accounts.models import Consent, Member
from tests.cast import Shop

SPELLINGS = [
    "0501234567", "501234567", "+966501234567", "00966 50 123 4567",
    "٠٥٠١٢٣٤٥٦٧", "۰۵۰۱۲۳۴۵۶۷", "050-123-4567",
]  # fmt: skip


@pytest.mark.parametrize("phone", SPELLINGS)
def test_rule_41_one_phone_in_every_spelling_is_one_member(api: Any, shop: Shop, phone: str) -> None:
    assert api.get("members", phone=phone)["number"] == shop.member.number
    assert api.post("members", {"phone": phone, "given_name": "Other"}, 200)["given_name"] == "نورة"


def test_joining_twice_is_one_member(api: Any) -> None:
    body = {"phone": "0551112222", "given_name": "خالد", "external_id": "crm-7", "birthday": "1990-02-28"}
    first = api.post("members", body)
    assert api.post("members", body, 200) == first
    assert Member.objects.filter(phone="+966551112222").count() == 1


def test_joining_by_your_own_id_alone_is_one_member(api: Any) -> None:
    first = api.post("members", {"external_id": "crm-9"})
    assert api.post("members", {"external_id": "crm-9"}, 200) == first


def test_a_phone_and_another_members_id_is_a_conflict(api: Any) -> None:
    api.post("members", {"external_id": "crm-9"})
    assert api.post("members", {"external_id": "crm-9", "phone": "0551112222"}, 409)["code"] == "conflict"
    assert not Member.objects.filter(phone="+966551112222").exists()


@pytest.mark.parametrize(
    "by",
    [{"number": None}, {"external_id": "crm-1"}, {"email": "NOURA@oasis.example"}, {"phone": "0501234567"}],
)
def test_looking_up(api: Any, shop: Shop, by: dict[str, Any]) -> None:
    Member.objects.filter(pk=shop.member.pk).update(external_id="crm-1")
    asked = {name: value or shop.member.number.lower() for name, value in by.items()}
    assert api.get("members", **asked)["number"] == shop.member.number


def test_a_change_leaves_the_rest(api: Any, shop: Shop) -> None:
    path = f"members/{shop.member.number}"
    before = api.get(path)
    assert api.patch(path, {"language": "en", "phone": "٠٥٥١١١٢٢٢٢"}) == before | {
        "language": "en",
        "phone": "+966551112222",
    }
    assert api.patch(path, {}) == api.get(path)


def test_a_phone_that_is_taken_is_a_conflict(api: Any, shop: Shop) -> None:
    other = api.post("members", {"phone": "0551112222"})
    api.patch(f"members/{other['number']}", {"phone": "0501234567"}, 409)
    assert api.get(f"members/{other['number']}")["phone"] == "+966551112222"


def test_consent_is_given_and_taken_back(api: Any, shop: Shop) -> None:
    path = f"members/{shop.member.number}/consents"
    answer = {"channel": "sms", "purpose": "marketing", "granted": True}
    assert api.post(path, answer, 200)["consents"] == [answer]
    taken = answer | {"granted": False}
    assert api.post(path, taken, 200)["consents"] == [taken]
    assert list(Consent.objects.values_list("granted", flat=True).order_by("id")) == [True, False]


def test_addresses_may_end_in_a_slash(api: Any, shop: Shop) -> None:
    assert api.get(f"members/{shop.member.number}/") == api.get(f"members/{shop.member.number}")
    api.post("purchases/", {"member": shop.member.number, "order": "A-1", "amount": "5"})
