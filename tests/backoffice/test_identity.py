"""Merging, detaching and erasing in the back office (RULES 41, 42, 46)."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.joining import join
from accounts.models import Member
from ledger.event import LineItem
from ledger.events import MembersMerged, PurchaseMade
from ledger.models import Balance, Merge
from ledger.posting import post
from tests.backoffice.conftest import SignIn, buy
from tests.cast import FOUNDED, NOW, Cast, Shop

SPELLINGS = (
    "0501234567", "501234567", "+966501234567", "00966 50 123 4567", "٠٥٠١٢٣٤٥٦٧", "۰۵۰۱۲۳۴۵۶۷",
    "050-123-4567",
)  # fmt: skip


@pytest.fixture
def other(shop: Shop) -> Member:
    """A second record of the shop's member."""
    member, _new = join(
        merchant=shop.merchant, now=NOW, source="till", actor="t", quiet=True, phone="0551234567",
        given_name="Nora", family_name="Second", email="nora@second.example",
    )  # fmt: skip
    buy(shop, "second-1", 30_000, member_id=member.pk)
    return member


def words(answer: Any) -> str:
    """Return what a page says, without its tags."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text))


def key_of(answer: Any) -> str:
    found = re.search(r'name="key" value="(\w+)"', answer.content.decode())
    assert found
    return found[1]


def at(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_rule_41_the_list_is_searched_in_every_spelling(owner: Client, shop: Shop, typed: str) -> None:
    page = words(owner.get(at("accounts_member_changelist"), {"q": typed}))
    assert "نورة العتيبي" in page
    assert "+966 50 123 4567" in page


def test_rule_42_two_records_are_compared_merged_and_parted(owner: Client, shop: Shop, other: Member) -> None:
    page = at("member_merge", shop.member.pk)
    assert "Nora Second" in words(owner.get(page, {"q": "٠٥٥ ١٢٣ ٤٥٦٧"}))
    compared = owner.get(page, {"other": other.number})
    said = words(compared)
    assert "Points that go over 300" in said
    assert "nora@second.example" in said
    before = Balance.objects.get(pk=shop.member.pk).available
    form = {"other": other.number, "key": key_of(compared)}
    for _press in range(2):
        assert owner.post(page, form).status_code == 302
    assert Balance.objects.get(pk=shop.member.pk).available == before + 300
    assert "This record was merged into another one." in words(
        owner.get(at("accounts_member_change", other.pk))
    )
    merge = Merge.objects.get()
    assert "Nora Second" in words(owner.get(at("merges")))
    assert owner.post(at("merge_undo", merge.pk)).status_code == 302
    assert Balance.objects.get(pk=other.pk).available == 300
    assert "Undone" in words(owner.get(at("merges")))


def test_rule_42_an_undo_too_late_shows_what_was_posted(owner: Client, shop: Shop, other: Member) -> None:
    page = at("member_merge", shop.member.pk)
    owner.post(page, {"other": other.number, "key": "k" * 32})
    buy(shop, "since-9", 4_000, days_ago=0)
    said = words(owner.post(at("merge_undo", Merge.objects.get().pk)))
    assert "can no longer be undone" in said
    assert "since-9" in said
    assert Member.objects.get(pk=other.pk).merged_into_id == shop.member.pk


def test_rule_41_a_number_gets_a_new_owner_and_the_member_a_new_phone(owner: Client, shop: Shop) -> None:
    member = shop.member
    page = at("member_detach", member.pk)
    assert "Carriers give numbers out again" in words(owner.get(page))
    assert owner.post(page, {"reason": "They called us"}).status_code == 302
    shown = words(owner.get(at("accounts_member_change", member.pk)))
    assert "the number has a new owner" in shown
    assert "نورة العتيبي" in words(owner.get(at("accounts_member_changelist"), {"q": member.number}))
    assert "look like a phone" in words(owner.post(page, {"phone": "12"}))
    assert owner.post(page, {"phone": "٠٥٥٥٥٥٥٥٥٥"}).status_code == 302
    member.refresh_from_db()
    assert (member.phone, member.detached_at) == ("+966555555555", None)


def test_rule_46_an_owner_erases_after_a_yes(owner: Client, shop: Shop) -> None:
    page = at("member_erase", shop.member.pk)
    before = Balance.objects.get(pk=shop.member.pk).available
    assert "What erasing does" in words(owner.get(page))
    assert owner.post(page).status_code == 200
    assert Member.objects.get(pk=shop.member.pk).phone
    assert owner.post(page, {"sure": "on"}).status_code == 302
    gone = Member.objects.get(pk=shop.member.pk)
    assert (gone.phone, gone.name, gone.email) == (None, "", "")
    assert Balance.objects.get(pk=shop.member.pk).available == before
    assert "Erased on" in words(owner.get(at("accounts_member_change", gone.pk)))
    assert owner.get(page).status_code == 404


@pytest.mark.parametrize(
    ("role", "merge", "erase"), [("manager", 200, 403), ("analyst", 403, 403), ("cashier", 302, 302)]
)
def test_rule_46_who_may_merge_and_erase(
    stage: Cast, sign_in: SignIn, role: str, merge: int, erase: int
) -> None:
    client, member = sign_in(stage.shop.staff[role]), stage.shop.member.pk
    assert client.get(at("member_merge", member)).status_code == merge
    assert client.get(at("member_erase", member)).status_code == erase


def test_rule_42_a_rivals_record_is_not_there(owner: Client, shop: Shop, rival: Shop) -> None:
    theirs = rival.member
    for name in ("member_merge", "member_detach", "member_erase"):
        assert owner.get(at(name, theirs.pk)).status_code == 404
    page = at("member_merge", shop.member.pk)
    assert owner.get(page, {"other": theirs.number}).status_code == 404
    assert owner.post(page, {"other": theirs.number, "key": "k" * 32}).status_code == 404
    assert rival.member.name not in words(owner.get(page, {"q": "0507654321"})).replace(shop.member.name, "")


def test_rule_42_lists_and_pages_know_a_person_by_all_their_records(shop: Shop, sign_in: SignIn) -> None:
    long_ago = NOW - timedelta(days=120)
    lone, other = (
        join(merchant=shop.merchant, now=FOUNDED, source="till", actor="t", phone=phone)[0]
        for phone in ("0551110001", "0551110002")
    )
    for member, at in ((lone, long_ago), (other, NOW - timedelta(days=1))):
        order = PurchaseMade(
            merchant_id=shop.merchant.pk, member_id=member.pk, occurred_at=at, source="till",
            key=f"o-{member.pk}", actor="till", lines=(LineItem(10_000),),
        )  # fmt: skip
        post(order, now=NOW)
    owner = sign_in(shop.staff["owner"])
    lost = reverse("admin:lost")
    assert f"/{lone.pk}/" in owner.get(lost).content.decode()
    merged = MembersMerged(
        merchant_id=shop.merchant.pk, member_id=lone.pk, occurred_at=NOW, source="api", key="m", actor="t",
        absorbed_id=other.pk,
    )  # fmt: skip
    post(merged, now=NOW)
    assert f"/{lone.pk}/" not in owner.get(lost).content.decode()
    page = owner.get(reverse("admin:accounts_member_change", args=[lone.pk]))
    assert (page.context["overview"].visits.orders, page.context["overview"].visits.last) == (
        2, NOW - timedelta(days=1),
    )  # fmt: skip
