"""Which accounts of a shop's staff are one person's: the same phone, or the same mailbox (RULES 44).

Two people stand for each other where one alone may not decide. Somebody with two accounts is one person:
``a+till@x`` is the mailbox ``a@x``, and a phone rings in one pocket, whoever's account names it.
"""

from collections.abc import Iterator
from typing import Final

from accounts.models import Merchant, Staff

GOOGLE: Final = ("gmail.com", "googlemail.com")


def mailbox(email: str) -> str:
    """Return where an address ends up: without its case and without what follows a plus sign.

    Google reads no dots and goes by two names: ``a.b@googlemail.com`` is ``ab@gmail.com``. Elsewhere a dot
    may tell two people apart, so it stays.
    """
    name, _at, host = email.strip().lower().rpartition("@")
    name = name.partition("+")[0] or name
    if host in GOOGLE:
        name, host = name.replace(".", "") or name, GOOGLE[0]
    return f"{name}@{host}"


def accounts_of_person(merchant: Merchant, user_id: int) -> set[int]:
    """Return the ids of every account at ``merchant`` behind which stands the person of one, itself included.

    One query. Former posts count: whoever left the counter is still the same person.
    """
    posts = Staff.objects.filter(merchant=merchant).values_list("user_id", "phone", "user__email")
    marks = {pk: set(_marks(phone, email)) for pk, phone, email in posts}
    found, known = {user_id}, marks.get(user_id, set())
    while same := {pk for pk, its in marks.items() if pk not in found and its & known}:
        found |= same
        known = known.union(*(marks[pk] for pk in same))
    return found


def _marks(phone: str, email: str) -> Iterator[str]:
    """Yield what tells a person: an e-mail address is never a phone."""
    if phone:
        yield phone
    if email:
        yield mailbox(email)
