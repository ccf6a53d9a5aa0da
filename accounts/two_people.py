"""Two people for one decision: one asks, another decides (RULES 8, 44).

Where nobody else could decide, the one who can waits a day and proves a second factor. Another account of the
same person is no other person.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from accounts.access import Actor
from accounts.errors import Forbidden, NeedsAnother, NotRipe
from accounts.models import Merchant, Staff, User
from accounts.models.staff import Role
from accounts.one_person import accounts_of_person
from accounts.second_factor import prove

ALONE_WAITS: Final = timedelta(hours=24)
DECIDING_ROLES: Final = (Role.OWNER, Role.MANAGER)


def deciders(merchant_id: int) -> QuerySet[Staff]:
    """Everybody at a merchant who could say yes: its owners and managers."""
    return Staff.objects.filter(
        merchant_id=merchant_id, is_active=True, role__in=DECIDING_ROLES, user__is_active=True
    )


def is_alone(actor: Actor, asked_by: str, others: QuerySet[Staff]) -> bool:
    """Whether nobody of ``others`` but this actor could decide what ``asked_by`` asked for.

    What somebody else of the staff asked for has two people already; behind a key may stand the actor.
    """
    asker, mine = user_id_of(asked_by), accounts_of_person(actor.merchant, user_id_of(actor.label))
    if asker and asker not in mine:
        return False
    return not others.exclude(user_id__in=mine).exists()


def is_same_person(merchant: Merchant, one: str, other: str) -> bool:
    """Whether two labels of staff ("staff:7") are the same person's."""
    return user_id_of(one) in accounts_of_person(merchant, user_id_of(other))


def prove_two(
    actor: Actor, asked_by: str, others: QuerySet[Staff], *, ripe_at: datetime, now: datetime, code: str
) -> bool:
    """Insist on two people; where there is one, on a day and a second factor: says whether it was proved.

    Raises ``Forbidden`` for a key, ``NeedsAnother``, ``NotRipe``, ``NoSecondFactor`` and ``WrongCode``.
    """
    if not user_id_of(actor.label):
        raise Forbidden  # a key is nobody
    if not is_alone(actor, asked_by, others):
        if is_same_person(actor.merchant, asked_by, actor.label):
            raise NeedsAnother
        return False
    if now < ripe_at:
        raise NotRipe(hours=_hours_left(ripe_at, now))
    prove(User.objects.get(pk=user_id_of(actor.label)), code)
    return True


def user_id_of(label: str) -> int:
    """The user behind "staff:7"; 0 for a key or the system."""
    kind, _colon, name = label.partition(":")
    return int(name) if kind == "staff" and name.isdecimal() else 0


def _hours_left(ripe_at: datetime, now: datetime) -> int:
    return max(1, -(-int((ripe_at - now).total_seconds()) // 3600))
