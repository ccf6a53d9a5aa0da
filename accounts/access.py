"""The gates: the only way from a request to a merchant's object.

Every gate answers "absent" and "another merchant's" alike, with ``NotFound``. Reading and writing are
two gates. An ``Actor`` says who asks: a member of staff, an API key, a member, an operator or the system.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet

from accounts.errors import Forbidden, NotFound
from accounts.models import ApiKey, Member, Merchant, Staff, User
from accounts.models.keys import Scope
from accounts.models.staff import Role
from accounts.queries import member_known_by, members_known_by

Row = TypeVar("Row", bound=Model)

# What each role may do in each room. "view" reads; "change" also adds and edits; "delete" removes.
# Facts (purchases, movements, lots, redemptions) can be viewed only, whatever the role; "change" there is
# adding to them by hand, and deciding what others would add. "controls" are the limits of that.
ROOMS: Final = (
    "merchant",
    "staff",
    "keys",
    "webhooks",
    "takeout",
    "members",
    "facts",
    "programme",
    "campaigns",
    "analytics",
    "imports",
    "till",
    "controls",
)
RIGHTS: Final[dict[str, dict[str, frozenset[str]]]] = {
    Role.OWNER: {room: frozenset({"view", "change", "delete"}) for room in ROOMS},
    Role.MANAGER: {
        room: frozenset({"view", "change"})
        for room in ROOMS
        if room not in {"staff", "keys", "webhooks", "takeout", "controls"}
    }
    | {room: frozenset({"view"}) for room in ("webhooks", "controls")},
    Role.ANALYST: {
        room: frozenset({"view"})
        for room in ("merchant", "members", "facts", "programme", "campaigns", "analytics")
    },
    Role.CASHIER: {"till": frozenset({"view", "change"})},
    Scope.TILL: {"till": frozenset({"view", "change"})},
    Scope.SHOP: {"till": frozenset({"view", "change"}), "members": frozenset({"view", "change"})},
    Scope.READ: {room: frozenset({"view"}) for room in ("till", "members", "facts", "analytics")},
    Scope.MANAGE: {
        **{room: frozenset({"view", "change"}) for room in ("till", "facts", "programme", "analytics")},
        "imports": frozenset({"view", "change"}),
        **{room: frozenset({"view", "change", "delete"}) for room in ("members", "webhooks")},
    },
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, at which merchant, with which rights. ``label`` goes on the rows they make."""

    merchant: Merchant
    label: str
    rights: dict[str, frozenset[str]]
    branch_id: int | None = None
    member_id: int | None = None

    def may(self, right: str, room: str) -> bool:
        """Say whether ``right`` ("view", "change", "delete") is theirs in ``room``."""
        return right in self.rights.get(room, frozenset())


def staff_actor(post: Staff) -> Actor:
    """Return the actor behind a member of staff's post."""
    return Actor(post.merchant, f"staff:{post.user_id}", RIGHTS[post.role], branch_id=post.branch_id)


def key_actor(key: ApiKey) -> Actor:
    """Return the actor behind an API key."""
    return Actor(key.merchant, f"key:{key.prefix}", RIGHTS[key.scope], branch_id=key.branch_id)


def member_actor(member: Member) -> Actor:
    """Return the actor of a member looking at their own rows; see ``own``."""
    return Actor(member.merchant, f"member:{member.pk}", {}, member_id=member.pk)


def system_actor(merchant: Merchant, label: str = "system") -> Actor:
    """Return the actor for work nobody asked for: sweeps, imports, recipes."""
    return Actor(merchant, label, RIGHTS[Role.OWNER])


def posts_of(user: User) -> QuerySet[Staff]:
    """Return the active posts of a user, the oldest first."""
    return Staff.objects.filter(user=user, is_active=True).select_related("merchant", "branch").order_by("id")


def post_of(user: User, slug: str | None = None) -> Staff:
    """Return the user's post at the merchant ``slug``, or their first. Raises ``NotFound``."""
    posts = posts_of(user)
    post = (posts.filter(merchant__slug=slug) if slug else posts).first()
    if post is None:
        raise NotFound
    return post


def merchants_of(user: User, right: str, room: str) -> QuerySet[Merchant]:
    """Return the merchants where ``user`` has ``right`` in ``room``; every one for an operator."""
    if user.is_superuser and user.is_active:
        return Merchant.objects.real()
    roles = [role for role in Role.values if right in RIGHTS[role].get(room, frozenset())]
    return Merchant.objects.filter(staff__user=user, staff__is_active=True, staff__role__in=roles).distinct()


def visible(actor: Actor, rows: QuerySet[Row], *, room: str, path: str = "merchant") -> QuerySet[Row]:
    """Return the rows of ``rows`` that ``actor`` may view. ``path`` leads from a row to its merchant.

    Raises ``Forbidden`` when the actor may not view ``room`` at all.
    """
    if not actor.may("view", room):
        raise Forbidden
    return rows.filter(**{path: actor.merchant})


def for_read(actor: Actor, rows: QuerySet[Row], *, room: str, path: str = "merchant", **lookup: Any) -> Row:
    """Return the one row that matches ``lookup``. Raises ``NotFound`` or ``Forbidden``."""
    row = visible(actor, rows, room=room, path=path).filter(**lookup).first()
    if row is None:
        raise NotFound
    return row


def for_write(actor: Actor, rows: QuerySet[Row], *, room: str, path: str = "merchant", **lookup: Any) -> Row:
    """Return the one row that ``actor`` may change. Raises ``NotFound`` or ``Forbidden``."""
    row = rows.filter(**{path: actor.merchant}, **lookup).first()
    if row is None:
        raise NotFound
    if not actor.may("change", room):
        raise Forbidden
    return row


def own(actor: Actor, rows: QuerySet[Row], *, path: str = "member_id") -> QuerySet[Row]:
    """Return the rows of the member behind ``actor`` and of records merged into theirs; else nothing."""
    if not actor.member_id:
        return rows.none()
    records = Member.objects.filter(Q(pk=actor.member_id) | Q(merged_into=actor.member_id))
    return rows.filter(**{f"{path}__in": records.values("pk")})


def own_one(actor: Actor, rows: QuerySet[Row], *, path: str = "member_id", **lookup: Any) -> Row:
    """Return the member's own row that matches ``lookup``. Raises ``NotFound``."""
    row = own(actor, rows, path=path).filter(**lookup).first()
    if row is None:
        raise NotFound
    return row


def member_for(
    actor: Actor,
    *,
    room: str = "till",
    right: str = "view",
    any_state: bool = False,
    **lookup: Any,
) -> Member:
    """Return the active member that matches ``lookup`` (phone, number, external_id, pk, email__iexact).

    What a merged record was known by leads to the one it was merged into. With ``any_state`` it is the very
    record, be it merged, detached or erased. Raises ``NotFound``, ``Forbidden``.
    """
    if not actor.may(right, room):
        raise Forbidden
    if any_state:
        rows = Member.objects.for_merchant(actor.merchant).select_related("merchant")
        member = rows.filter(**lookup).first()
    else:
        member = member_known_by(actor.merchant, **lookup)
    if member is None:
        raise NotFound
    return member


def members_for(actor: Actor, name: str, values: Collection[str], *, room: str = "till") -> dict[str, Member]:
    """Return the active member behind each of many phones, numbers or external ids; strangers are left out.

    Raises ``Forbidden`` when the actor may not view ``room`` at all.
    """
    if not actor.may("view", room):
        raise Forbidden
    return members_known_by(actor.merchant, name, values) if values else {}


def merchant_from(host: str, path: str) -> Merchant:
    """Return the merchant a visitor came to: by own domain, or by ``/m/<slug>/``. Raises ``NotFound``."""
    by_host = Merchant.objects.real().filter(host=host.split(":")[0].lower()).exclude(host="").first()
    if by_host is not None:
        return by_host
    parts = path.strip("/").split("/")
    slug = parts[1] if len(parts) > 1 and parts[0] == "m" else ""
    merchant = Merchant.objects.real().filter(slug=slug).first()
    if merchant is None:
        raise NotFound
    return merchant
