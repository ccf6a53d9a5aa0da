"""A desk with something on it: a second record, a merge, points moved by hand, a proved night."""

from typing import Any

from django.urls import reverse

from accounts.access import staff_actor
from accounts.joining import join
from accounts.models import Member, Staff
from ledger.events import MembersMerged
from ledger.models import AdjustmentRequest, Movement
from ledger.posting import post
from ledger.proving.nightly import verify
from ledger.seals.sealing import seal
from ledger.second_person import adjust, decline
from tests.backoffice.conftest import buy
from tests.cast import NOW, Shop


def second_record(shop: Shop, number: int) -> Member:
    """Bring a member with a purchase, who may be another one already."""
    member, _new = join(
        merchant=shop.merchant, now=NOW, source="till", actor="t", quiet=True, phone=f"05512{number:05d}",
        given_name="Nora", family_name=f"Second {number}", email=f"nora{number}@second.example",
    )  # fmt: skip
    buy(shop, f"second-{number}", 30_000 + number, member_id=member.pk)
    return member


def lay_out(shop: Shop, size: int = 1, start: int = 0) -> Member:
    """Do everything the desk does ``size`` times over; returns a record that could still be merged."""
    other = second_record(shop, start)
    for number in range(start + 1, start + 1 + size):
        absorbed = second_record(shop, number)
        said: dict[str, Any] = {"merchant_id": shop.merchant.pk, "member_id": shop.member.pk}
        post(
            MembersMerged(
                **said, absorbed_id=absorbed.pk, occurred_at=NOW, source="backoffice", key=f"m{number}",
                actor="staff:1",
            ),
            now=NOW,
        )  # fmt: skip
        by_hand(shop, number)
    seal(clock=lambda: NOW)
    verify(merchant=shop.merchant, clock=lambda: NOW)
    return other


def by_hand(shop: Shop, number: int) -> None:
    """Give points at once, ask for more of them twice, and refuse one of the two."""
    posts = Staff.objects.filter(merchant=shop.merchant)
    manager, owner = (staff_actor(posts.get(role=role)) for role in ("manager", "owner"))
    asked: dict[str, Any] = {"member": shop.member, "reason": "Sorry", "source": "backoffice", "now": NOW}
    adjust(actor=owner, points=number, key=f"few-{number}", **asked)
    for key in (f"refused-{number}", f"waits-{number}"):
        adjust(actor=manager, points=5_000, key=key, **asked)
    refused = AdjustmentRequest.objects.get(key=f"refused-{number}")
    decline(actor=owner, request_id=refused.pk, now=NOW)


def addresses(shop: Shop, other: Member) -> list[str]:
    """Return every page of the desk."""
    member = shop.member.pk
    waiting = AdjustmentRequest.objects.filter(merchant=shop.merchant, state="waiting").earliest("pk")
    spent = Movement.objects.filter(member=member, kind="redeem").earliest("pk")
    pages: list[tuple[str, list[int], str]] = [
        ("member_points", [member], ""), ("ledger_movement_change", [spent.pk], ""),
        ("member_merge", [member], "?q=Nora"),
        ("member_merge", [member], f"?other={other.number}"), ("merges", [], ""),
        ("member_detach", [member], ""), ("member_erase", [member], ""), ("member_adjust", [member], ""),
        ("adjustments", [], ""), ("adjustment", [waiting.pk], ""), ("controls", [], ""),
        ("liability", [], ""), ("seals", [], ""), ("takeout", [], ""), ("balances_upload", [], ""),
        ("rewind", [], ""), ("accounts_takeout_changelist", [], ""),
    ]  # fmt: skip
    return [reverse(f"admin:{name}", args=args) + asked for name, args, asked in pages]
