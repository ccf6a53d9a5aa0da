"""Reads about people."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, Final

from django.db.models import BigIntegerField, CharField

from accounts.asking import Param, Question, Reader, ask
from accounts.models import Consent, Member, Merchant

_MEMBERS: Final = Reader(Member)


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
    erased record had leads nowhere. One query for those who are found at once; ``lookup`` is a single one.
    """
    found = _active_by(merchant, **lookup)
    if found is not None:
        found.merchant = merchant
        return found
    records = Member.objects.for_merchant(merchant).filter(**lookup)
    heads = records.filter(detached_at__isnull=True, erased_at__isnull=True).values("merged_into")
    return Member.objects.active().filter(pk__in=heads).select_related("merchant").first()


def _active_by(merchant: Merchant, **lookup: Any) -> Member | None:
    """The active member by a column as it stands; how else it may be compared, Django prepares each time."""
    ((name, value),) = lookup.items()
    if "__" in name:
        return Member.objects.for_merchant(merchant).active().filter(**lookup).first()
    rows = ask((_named_by(name),), {"merchant": merchant.pk, "value": value})["member"]
    return _MEMBERS.one(rows[0]) if rows else None


@lru_cache(maxsize=8)
def _named_by(lookup: str) -> Question:
    """The question for a column: the first thing that most calls of a machine ask."""
    named = {"merchant_id": Param("merchant", BigIntegerField()), lookup: Param("value", CharField())}
    return Question("member", Member.objects.active().filter(**named).order_by("pk"), _MEMBERS.columns)


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
