"""Whose order it is: found by a phone, an address or the shop's own number, as far as these are believed."""

from datetime import datetime
from typing import Any, Final

from accounts.contacts import contact_hash, erased_among
from accounts.errors import BadEmail, BadPhone, WalaaError
from accounts.joining import clean_email, join
from accounts.models import Member
from accounts.phones import e164, region_of
from accounts.queries import member_known_by
from ledger.models import ShopLink, ShopOrder
from ledger.shops import results
from ledger.shops.told import Who

HIDDEN: Final = "*"
"""What marketplaces put in place of letters: such a customer is nobody."""


def member_of(
    link: ShopLink, who: Who | None, now: datetime, *, may_join: bool = True
) -> tuple[Member | None, str]:
    """The member an order is of, or nobody and the word why. Makes one where the merchant wants that."""
    phone, email = reachable_at(link, who)
    if who is None or not (phone or email or who.number):
        return None, results.NOBODY
    number = f"{link.source}:{who.number}"[:60] if who.number and HIDDEN not in who.number else ""
    found = _known(link, phone, email, number)
    if found is not None:
        return found, ""
    if not (may_join and link.joins and phone):
        return None, results.UNKNOWN
    contacts = [("phone", phone), *((("email", email),) if email else ())]
    if erased_among(link.merchant_id, contacts):
        return None, results.ERASED
    return _joined(link, who, phone, email, number, now), ""


def _known(link: ShopLink, phone: str, email: str, number: str) -> Member | None:
    """The member by phone, by the shop's own number, or by an address that nothing else speaks against."""
    for name, value in (("phone", phone), ("external_id", number)):
        found = member_known_by(link.merchant, **{name: value}) if value else None
        if found is not None:
            return found
    found = member_known_by(link.merchant, email__iexact=email) if email else None
    return found if found is not None and _may_be(found, link, phone, number) else None


def _may_be(member: Member, link: ShopLink, phone: str, number: str) -> bool:
    """Whether whoever wrote a member's address at a checkout may be that member.

    Families share an address, and anybody may type one. So it leads nowhere as soon as the order names a
    phone, or a customer of the shop, that is not the member's own.
    """
    theirs = member.external_id or ""
    other_phone = bool(phone and member.phone) and phone != member.phone
    other_number = bool(number) and theirs.startswith(f"{link.source}:") and theirs != number
    return not (other_phone or other_number)


def reachable_at(link: ShopLink, who: Who | None) -> tuple[str, str]:
    """The customer's phone and address in their one spelling; nothing where they are none, or hidden."""
    if who is None:
        return "", ""
    phone, email = who.phone, who.email
    try:
        phone = e164(phone, region_of(link.merchant.currency)) if phone and HIDDEN not in phone else ""
    except BadPhone:
        phone = ""
    try:
        email = clean_email(email) if HIDDEN not in email else ""
    except BadEmail:
        email = ""
    return phone, email


def remember_who(order: ShopOrder, link: ShopLink, who: Who | None) -> None:
    """Note whose an unclaimed order is, so that erasing the person finds what was said of them."""
    phone, email = reachable_at(link, who)
    if phone:
        order.phone_hash = contact_hash(link.merchant_id, "phone", phone)
    if email:
        order.email_hash = contact_hash(link.merchant_id, "email", email)


def _joined(link: ShopLink, who: Who, phone: str, email: str, number: str, now: datetime) -> Member:
    """A new member; an address or a number that somebody else has is left out."""
    fields: dict[str, Any] = {"phone": phone, "given_name": who.given_name, "family_name": who.family_name}
    source, actor = link.source, f"shop:{link.source}"
    try:
        member, _new = join(
            merchant=link.merchant,
            now=now,
            source=source,
            actor=actor,
            **fields,
            email=email,
            external_id=number,
        )
    except WalaaError:
        member, _new = join(merchant=link.merchant, now=now, source=source, actor=actor, **fields)
    return member
