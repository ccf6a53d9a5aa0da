"""The records of one person: a member and those merged into it (RULES 42).

Facts stay with the record they were posted to. Whatever is asked of the person (spend, orders, history)
is asked of the whole family; ``Member.merged_into`` always names the record that stays, however many merges
led there.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, Func, Max, OuterRef, Q, QuerySet, Subquery, Sum, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from accounts.models import Member
from ledger.events import (
    AnyEvent,
    AwardsOpened,
    PlaceMoved,
    PointsExpired,
    RedemptionClosed,
    ReferralUndone,
    RefundMade,
)
from ledger.models import Balance
from ledger.models.redemptions import RedemptionState

HEAD = Coalesce("member__merged_into", "member")
"""Of a fact with a member: the record that stands for its person today."""


def family_of(member_id: int) -> QuerySet[Member, int]:
    """Return the ids of a member and of what was merged into it, for ``member_id__in``."""
    return Member.objects.filter(Q(pk=member_id) | Q(merged_into=member_id)).values_list("pk", flat=True)


class Absorbed(Func):
    """The ids of the records that were merged into ``head``, as a list. One look into an index."""

    output_field = TextField()

    def __init__(self, head: Combinable) -> None:
        super().__init__(head)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Look the ids up by themselves."""
        head, values = compiler.compile(self.source_expressions[0])
        if connection.vendor == "postgresql":
            return f"ARRAY({_merged_into(head)})", list(values)
        return f"(SELECT json_group_array(id) FROM ({_merged_into(head)}))", list(values)  # noqa: S608


class OfPerson(Func):
    """Whether the record that ``column`` names is ``head`` or was merged into it.

    PostgreSQL gets the ids as an array: however little its planner knows of a young table, it then looks rows
    up by their member.
    """

    output_field = BooleanField()

    def __init__(self, column: str, head: Combinable) -> None:
        super().__init__(column, head)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """Compare with the few ids there are."""
        column, of_column = compiler.compile(self.source_expressions[0])
        head, of_head = compiler.compile(self.source_expressions[1])
        ids = f"SELECT {head} UNION ALL {_merged_into(head)}"
        found = f"= ANY(ARRAY({ids}))" if connection.vendor == "postgresql" else f"IN ({ids})"
        return f"{column} {found}", [*of_column, *of_head, *of_head]


def _merged_into(head: str) -> str:
    return f"SELECT id FROM {Member._meta.db_table} WHERE merged_into_id = {head}"  # noqa: S608 (our own names)


def absorbed_by(member_ids: Collection[int]) -> dict[int, int]:
    """Return absorbed record → the one it was merged into, for all of ``member_ids`` in one query."""
    rows = Member.objects.filter(merged_into__in=member_ids).values_list("pk", "merged_into")
    return {pk: head for pk, head in rows if head is not None}


def head_of(member_id: int, merchant_id: int) -> int | None:
    """Return the record a member was merged into; None for one that was not."""
    row = Member.objects.filter(pk=member_id, merchant_id=merchant_id).values_list("merged_into", flat=True)
    return row.first()


def person_of(member_id: int, merchant_id: int) -> int:
    """Return the record that stands for a member today: its own, or the one it was merged into."""
    return head_of(member_id, merchant_id) or member_id


class Visits(NamedTuple):
    """How often a person bought, and when last."""

    orders: int
    last: datetime | None


def visits_of(member_id: int) -> Visits:
    """Return what a member bought by all of their records; one query."""
    rows = Balance.objects.filter(pk__in=family_of(member_id))
    found = rows.aggregate(orders=Sum("purchases"), last=Max("last_purchase_at"))
    return Visits(found["orders"] or 0, found["last"])


def last_visit(path: str = "") -> Greatest:
    """When the member at ``path`` ("" or "member__") last bought, by whichever record: to annotate with."""
    merged = Balance.objects.filter(member__merged_into=OuterRef(f"{path}pk")).order_by("-last_purchase_at")
    others = Subquery(merged.filter(last_purchase_at__isnull=False).values("last_purchase_at")[:1])
    own = f"{path}balance__last_purchase_at"
    return Greatest(Coalesce(own, others), Coalesce(others, own))


def silent_since(moment: datetime) -> Q:
    """Members who bought before ``moment`` and not since, by any of their records."""
    merged = Balance.objects.filter(member__merged_into=OuterRef("pk"))
    before, since = (merged.filter(**{f"last_purchase_at__{how}": moment}) for how in ("lt", "gte"))
    own = Q(balance__last_purchase_at__lt=moment)
    return (own | (Q(balance__last_purchase_at__isnull=True) & Exists(before))) & ~Exists(since)


def last_purchase_of(member_id: int) -> datetime | None:
    """Return when a member last bought anything, by whichever of their records."""
    rows = Balance.objects.filter(pk__in=family_of(member_id))
    found: datetime | None = rows.aggregate(last=Max("last_purchase_at"))["last"]
    return found


def only_time_passes(event: AnyEvent) -> bool:
    """Whether the event happens to detached and erased records too: the clock's, and a refund.

    Their points die on their day and their codes run out, so that the books never hold what nobody can spend;
    and what they bought may come back, whoever asks for the money.
    """
    if isinstance(event, RedemptionClosed):
        return event.outcome == RedemptionState.EXPIRED
    if isinstance(event, PlaceMoved):
        return event.outcome == "over"
    return isinstance(event, PointsExpired | AwardsOpened | RefundMade | ReferralUndone)


def standing_for_themselves(members: QuerySet[Member]) -> QuerySet[Member]:
    """Keep the records that hold points of their own: not those merged into another."""
    return members.filter(merged_into__isnull=True)


def of_active_people(path: str = "member") -> Q:
    """Facts of members who are active, or whose record was merged into one that is."""
    return _active(path) | _active(f"{path}__merged_into")


def _active(path: str) -> Q:
    return Q(
        **{
            f"{path}__isnull": False,
            f"{path}__merged_into__isnull": True,
            f"{path}__detached_at__isnull": True,
            f"{path}__erased_at__isnull": True,
        }
    )
