"""Reads about people."""

from collections.abc import Collection, Iterable
from typing import Any

from accounts.models import Consent, Member, Merchant


def consents_of(member_ids: Collection[int]) -> dict[tuple[int, str, str], bool]:
    """Return the answer in force per (member, channel, purpose); a missing key was never asked."""
    rows = (
        Consent.objects.filter(member_id__in=member_ids)
        .order_by("at", "id")
        .values_list("member_id", "channel", "purpose", "granted")
    )
    return {(member, channel, purpose): granted for member, channel, purpose, granted in rows}


def lone_merchant() -> Merchant | None:
    """Return the merchant of an installation that has only one."""
    found = list(Merchant.objects.real()[:2])
    return found[0] if len(found) == 1 else None


def demo_merchants() -> list[Merchant]:
    """Return the merchants anybody may try."""
    return list(Merchant.objects.filter(is_demo=True)[:10])


def member_with_referral_code(merchant: Merchant, code: str) -> Member | None:
    """Return the active member who hands out ``code``, in any case and with spaces around it."""
    return member_known_by(merchant, referral_code=code.strip().upper())


def member_known_by(merchant: Merchant, **lookup: Any) -> Member | None:
    """Return the active member with ``lookup`` (phone, number, …), or whose record took in one that has it.

    An old card and a second phone lead to the record that two were merged into (RULES 42); what a detached or
    erased record had leads nowhere. One query for those who are found at once.
    """
    members = Member.objects.for_merchant(merchant).filter(**lookup)
    found = members.active().select_related("merchant").first()
    if found is not None:
        return found
    heads = members.filter(detached_at__isnull=True, erased_at__isnull=True).values("merged_into")
    return Member.objects.active().filter(pk__in=heads).select_related("merchant").first()


def members_known_by(merchant: Merchant, name: str, values: Collection[str]) -> dict[str, Member]:
    """Return, for each of many values of one column that leads to a member, that member; two queries at most.

    As ``member_known_by`` finds them one by one.
    """
    records = Member.objects.for_merchant(merchant).filter(**{f"{name}__in": values})
    found = _by(name, records.active().select_related("merchant"))
    if len(found) == len(values):
        return found
    kept = {
        f"{path}{end}__isnull": True for path in ("", "merged_into__") for end in ("detached_at", "erased_at")
    }
    merged = records.filter(**kept, merged_into__isnull=False, merged_into__merged_into__isnull=True)
    rows = merged.select_related("merged_into__merchant").order_by("-merged_into")
    heads = {getattr(row, name): row.merged_into for row in rows if row.merged_into is not None}
    return heads | found


def _by(name: str, rows: Iterable[Member]) -> dict[str, Member]:
    return {getattr(row, name): row for row in rows}
