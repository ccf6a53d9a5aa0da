"""Friends beyond the cap in the back office (RULES 38): who looks, who lets pass, who refuses, and why."""

from typing import Any

import pytest
from django.test import Client

from accounts.joining import join
from accounts.models import Staff
from ledger.models import Referral
from tests.backoffice.conftest import SignIn
from tests.cast import NOW, Shop


def held(shop: Shop, phone: str = "0559876543") -> Referral:
    """A friend whom the shop's member brought beyond the cap."""
    friend, _new = join(
        merchant=shop.merchant, now=NOW, source="t", actor="t", quiet=True, phone=phone, given_name="Sara",
        referred_by=shop.member,
    )  # fmt: skip
    return Referral.objects.create(
        merchant=shop.merchant, bringer=shop.member, friend=friend, version=shop.version, state="held",
        why="beyond_cap", joined_at=NOW,
    )  # fmt: skip


def decide(client: Client, referral: Referral, **said: str) -> Any:
    return client.post(f"/admin/referrals/{referral.pk}/decide/", said, follow=True)


def state(referral: Referral) -> tuple[str, str]:
    referral.refresh_from_db()
    return referral.state, referral.why


def test_what_is_held_is_shown_first_and_counted_in_the_sidebar(shop: Shop, owner: Client) -> None:
    assert "Nobody has brought a friend yet." in owner.get("/admin/referrals/").content.decode()
    held(shop)
    page = owner.get("/admin/referrals/").content.decode()
    assert "Sara" in page
    assert "Held for review" in page
    assert "Let it pass" in page


def test_letting_it_pass_sends_it_on_its_way_with_a_name(shop: Shop, owner: Client) -> None:
    referral = held(shop)
    assert "It passes" in decide(owner, referral, approve="yes").content.decode()
    assert state(referral) == ("qualified", "")
    assert referral.decided_by == f"staff:{shop.staff['owner'].pk}"
    assert "decided already" in decide(owner, referral, approve="yes").content.decode()


def test_nobody_is_refused_without_a_word(shop: Shop, owner: Client) -> None:
    referral = held(shop)
    assert "Say why" in decide(owner, referral, refuse="yes", note=" ").content.decode()
    assert state(referral) == ("held", "beyond_cap")
    decide(owner, referral, refuse="yes", note="x" * 301)
    assert state(referral) == ("held", "beyond_cap")
    assert "Refused" in decide(owner, referral, refuse="yes", note="Same address").content.decode()
    assert state(referral) == ("refused", "by_hand")
    assert "Same address" in owner.get("/admin/referrals/").content.decode()


def test_rule_44_nobody_lets_their_own_friends_pass(shop: Shop, owner: Client) -> None:
    referral = held(shop)
    Staff.objects.filter(user=shop.staff["owner"]).update(phone=shop.member.phone)
    assert decide(owner, referral, approve="yes").status_code in {200, 403}
    assert state(referral) == ("held", "beyond_cap")


@pytest.mark.parametrize("role", ["analyst", "cashier"])
def test_who_only_reads_decides_nothing(shop: Shop, sign_in: SignIn, role: str) -> None:
    referral = held(shop)
    client = sign_in(shop.staff[role])
    assert client.post(f"/admin/referrals/{referral.pk}/decide/", {"approve": "yes"}).status_code in {
        302,
        403,
    }
    assert state(referral) == ("held", "beyond_cap")


def test_a_rivals_friend_is_no_page(shop: Shop, rival: Shop, owner: Client) -> None:
    referral = held(rival)
    assert decide(owner, referral, approve="yes").status_code == 404
    assert state(referral) == ("held", "beyond_cap")
    assert "Let it pass" not in owner.get("/admin/referrals/").content.decode()
