"""What a till shows of a member: enough for the cashier and the customer to agree who it is, no more."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.access import member_for
from accounts.languages import in_language
from accounts.models import Member
from accounts.phones import masked
from ledger.queries import Account, account
from loyalty_site.till.counter import Counter


@dataclass(frozen=True, slots=True)
class Person:
    """A member as the till shows them; `name` falls back on the membership number."""

    number: str
    name: str
    phone: str
    tier: str


def found_member(counter: Counter, number: str) -> Member:
    """Return the member a page is about. Raises `NotFound`."""
    return member_for(counter.actor, right="change", number=number)


def person_of(member: Member, standing: Account) -> Person:
    """Return what is shown of a member."""
    tier = in_language(standing.tier, "name") if standing.tier else _("Member")
    return Person(member.number, short_name(member), masked(member.phone) if member.phone else "", tier)


def standing_of(counter: Counter, member: Member) -> Account:
    """Return the member's account now."""
    return account(member, now=counter.now)


def short_name(member: Member) -> str:
    """Return the first name and the family name's first letter, its article left out: "نورة ع."."""
    family = member.family_name.removeprefix("ال")[:1]
    return (
        " ".join(part for part in (member.given_name, f"{family}." if family else "") if part)
        or member.number
    )
