"""Phones, addresses and outer ids as keyed hashes: what may be remembered of a person who was erased.

Only this installation's secret can make such a hash; nothing can be read from it.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from accounts.keyed import keyed_hash, keyed_hashes
from accounts.models import ErasedContact, Member

Kind = Literal["phone", "email", "external_id"]
KINDS: Final[tuple[Kind, ...]] = ("phone", "email", "external_id")
PURPOSE: Final = "accounts.contacts"


def contact_hash(merchant_id: int, kind: str, value: str) -> str:
    """Return the name of a contact at one merchant, which does not tell the contact (64 hex digits)."""
    return keyed_hash(PURPOSE, _said(merchant_id, kind, value))


def is_among(hashes: frozenset[str], merchant_id: int, kind: str, value: str) -> bool:
    """Say whether a contact is one of those remembered, under whichever secret it was."""
    return not hashes.isdisjoint(keyed_hashes(PURPOSE, _said(merchant_id, kind, value)))


def _said(merchant_id: int, kind: str, value: str) -> str:
    return f"{merchant_id}:{kind}:{value.lower()}"


def hashes_of(member: Member) -> Iterator[tuple[str, str]]:
    """Yield (kind, hash) of everything by which a member can be reached or found."""
    for kind in KINDS:
        value = getattr(member, kind)
        if value:
            yield kind, contact_hash(member.merchant_id, kind, value)


def erased_among(merchant_id: int, people: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of ``people`` (kind, value in its one spelling) who were erased, 500 to a query."""
    named = {
        hashed: (kind, value)
        for kind, value in people
        for hashed in keyed_hashes(PURPOSE, _said(merchant_id, kind, value))
    }
    hashes, found = list(named), set[str]()
    if not ErasedContact.objects.filter(merchant=merchant_id).exists():
        return set()
    for start in range(0, len(hashes), 500):
        rows = ErasedContact.objects.filter(
            merchant=merchant_id, contact_hash__in=hashes[start : start + 500]
        )
        found |= set(rows.values_list("contact_hash", flat=True))
    return {named[each] for each in found}


def hashes_erased_with(member_id: int) -> frozenset[str]:
    """Return the hashes remembered of one erased member."""
    rows = ErasedContact.objects.filter(erasure__member=member_id)
    return frozenset(rows.values_list("contact_hash", flat=True))
