"""How far a person reaches in the back office: which merchants, with which rights. One query per request.

``accounts.access`` answers for one actor at one merchant. An admin list shows every merchant its reader works
for, so here the same table of rights is held for all of a user's posts at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.access import Actor, posts_of, staff_actor, system_actor
from accounts.errors import NotFound
from accounts.models import Merchant, User

Row = TypeVar("Row", bound=Model)

# Having the right to view one of these lets a person through the door of the back office.
ADMIN_ROOMS = ("merchant", "members", "facts", "programme", "campaigns", "analytics", "imports")
# The session's key for the merchant whose pages an owner of several is looking at.
CHOSEN = "backoffice_merchant"


@dataclass(frozen=True, slots=True)
class Reach:
    """The rights of one signed-in person at every merchant they work for; an operator has all of them."""

    is_operator: bool
    actors: Mapping[int, Actor]

    def may(self, right: str, room: str, merchant_id: int | None = None) -> bool:
        """Say whether ``right`` is theirs in ``room`` at that merchant, or at any when none is named."""
        if self.is_operator:
            return True
        if merchant_id is not None:
            return merchant_id in self.actors and self.actors[merchant_id].may(right, room)
        return any(actor.may(right, room) for actor in self.actors.values())

    def merchant_ids(self, right: str, room: str) -> list[int]:
        """Return the merchants at which they have ``right`` in ``room`` (meaningless for an operator)."""
        return [pk for pk, actor in self.actors.items() if actor.may(right, room)]

    def limit(
        self, rows: QuerySet[Row], *, room: str, right: str = "view", path: str = "merchant"
    ) -> QuerySet[Row]:
        """Return only those of ``rows`` which belong to a merchant within reach; never a practice copy's."""
        if self.is_operator:
            merchant = "" if path == "pk" else f"{path}__"
            return rows.filter(**{f"{merchant}practice_of__isnull": True})
        ids = self.merchant_ids(right, room)
        if len(ids) == 1:  # an equality lets the database walk an index in the list's own order
            return rows.filter(**{path: ids[0]})
        return rows.filter(**{f"{path}__in": ids})

    def merchants(self, right: str, room: str) -> QuerySet[Merchant]:
        """Return the merchants themselves."""
        return self.limit(Merchant.objects.real(), room=room, right=right, path="pk")

    def actor(self, merchant: Merchant, user: User) -> Actor:
        """Return who acts when this person does something at ``merchant``. Raises ``NotFound``."""
        if self.is_operator:
            return system_actor(merchant, f"staff:{user.pk}")
        if merchant.pk not in self.actors:
            raise NotFound
        return self.actors[merchant.pk]

    def enters(self) -> bool:
        """Say whether the back office opens at all."""
        return any(self.may("view", room) for room in ADMIN_ROOMS)


def reach_of(request: HttpRequest) -> Reach:
    """Return the reach of the signed-in person, kept on the request."""
    reach = getattr(request, "reach", None)
    if reach is None:
        reach = _reach_of(request.user) if request.user.is_authenticated else Reach(False, {})
        request.reach = reach  # type: ignore[attr-defined]
    return cast(Reach, reach)


def _reach_of(user: User) -> Reach:
    if user.is_superuser and user.is_active:
        return Reach(True, {})
    return Reach(False, {post.merchant_id: staff_actor(post) for post in posts_of(user)})


def current_merchant(request: HttpRequest, *, right: str = "view", room: str = "merchant") -> Merchant:
    """Return the merchant whose pages are shown: the one chosen in this session, else the first within reach.

    Raises ``NotFound`` when there is none: "absent" and "another merchant's" look the same.
    """
    within = {merchant.pk: merchant for merchant in choosable(request, right=right, room=room)}
    if not within:
        raise NotFound
    return within.get(request.session.get(CHOSEN, 0)) or next(iter(within.values()))


def choosable(request: HttpRequest, *, right: str = "view", room: str = "merchant") -> list[Merchant]:
    """Return the merchants a person may choose among; an operator is offered the first hundred."""
    reach = reach_of(request)
    if reach.is_operator:
        offered = getattr(request, "all_merchants", None)
        if offered is None:
            offered = request.all_merchants = list(Merchant.objects.real()[:100])  # type: ignore[attr-defined]
        return cast(list[Merchant], offered)
    return [actor.merchant for actor in reach.actors.values() if actor.may(right, room)]
