"""A pilot by what its members did: chosen by where they buy, and reviewed beside their own time before.

Everything is counted while a member's place in the pilot lasted. Before and after are two times of the same
members, not an experiment: a season or an offer is in the difference too, and the pages say so.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.models import Branch, Member, Merchant
from analytics import measures
from ledger.models import Movement, Purchase
from ledger.models.movements import MovementKind
from programs.models import AudienceMember, ProgrammeVersion
from programs.queries import PILOT_AUDIENCE

ENOUGH_DAYS: Final = 7
ENOUGH_ORDERS: Final = 30
"""A week of each weekday once, and orders enough that one of them is a small part."""
ENOUGH_BUYERS: Final = 30
"""Below this many buyers on either side a difference in coming back is not told at all."""
EARNED: Final = (MovementKind.EARN, MovementKind.CLAWBACK)
USED: Final = (MovementKind.REDEEM, MovementKind.RETURN)

Verdict = Literal["too_few", "no_difference", "higher", "lower"]


@dataclass(frozen=True, slots=True)
class Review:
    """What a pilot did so far. Amounts in minor units, points as integers."""

    since: datetime
    until: datetime
    members: int
    buyers: int
    orders: int
    revenue_minor: int
    issued: int
    used: int
    repeat: measures.Share
    before: measures.Share

    @property
    def days(self) -> int:
        """Whole days from the first moment to the last."""
        return (self.until - self.since).days

    @property
    def is_enough(self) -> bool:
        """Whether a week and enough orders stand behind it."""
        return self.days >= ENOUGH_DAYS and self.orders >= ENOUGH_ORDERS

    @property
    def verdict(self) -> Verdict:
        """Whether members came back more often: told only where chance alone hardly explains it."""
        if min(self.repeat.whole, self.before.whole) < ENOUGH_BUYERS:
            return "too_few"
        if self.repeat.low > self.before.high:
            return "higher"
        return "lower" if self.repeat.high < self.before.low else "no_difference"

    def share_of_revenue(self, amount_minor: int) -> float | None:
        """``amount_minor`` ÷ what they bought for."""
        return amount_minor / self.revenue_minor if self.revenue_minor > 0 else None


def members_of_branch(merchant: Merchant, branch: Branch) -> set[int]:
    """The active members whose last purchase was made at ``branch``."""
    newest = Purchase.objects.filter(member=OuterRef("pk")).order_by("-occurred_at", "-pk")
    members = Member.objects.for_merchant(merchant).active()
    rows = members.annotate(last_branch=Subquery(newest.values("branch")[:1]))
    return set(rows.filter(last_branch=branch.pk).values_list("pk", flat=True))


def pilot_review(merchant: Merchant, *, now: datetime) -> Review | None:
    """Count the pilot from the day it could earn until ``now`` or its end; None before it began."""
    places = AudienceMember.objects.filter(merchant=merchant, audience=PILOT_AUDIENCE, since__lte=now)
    span = pilot_span(merchant, now=now)
    if span is None:
        return None
    since, until = span
    bought = Purchase.objects.filter(_within(since, until), _while_in(places), merchant=merchant)
    sums = bought.aggregate(
        orders=Count("pk"),
        buyers=Count("member", distinct=True),
        revenue=Sum(F("total_minor") - F("refunded_minor"), default=0),
    )
    moved = Movement.objects.filter(_within(since, until), _while_in(places), merchant=merchant)
    points = moved.aggregate(
        issued=Sum("points", filter=Q(kind__in=EARNED), default=0),
        used=Sum("points", filter=Q(kind__in=USED), default=0),
    )
    earlier = Purchase.objects.filter(
        _within(since - (until - since), since - timedelta(microseconds=1)),
        merchant=merchant,
        member__in=places.values("member"),
    )
    return Review(
        since, until,
        members=places.aggregate(members=Count("member", distinct=True))["members"],
        buyers=sums["buyers"], orders=sums["orders"], revenue_minor=sums["revenue"],
        issued=points["issued"], used=-points["used"],
        repeat=_repeat(bought), before=_repeat(earlier),
    )  # fmt: skip


def pilot_span(merchant: Merchant, *, now: datetime) -> tuple[datetime, datetime] | None:
    """From when to when the pilot could earn: both a place and published terms, and until its last place."""
    places = AudienceMember.objects.filter(merchant=merchant, audience=PILOT_AUDIENCE, since__lte=now)
    chosen = places.aggregate(since=Min("since"))["since"]
    versions = ProgrammeVersion.objects.published().filter(programme__merchant=merchant)
    published = versions.aggregate(at=Min("published_at"))["at"]
    if chosen is None or published is None:
        return None
    ends = list(places.order_by(F("until").desc(nulls_first=True)).values_list("until", flat=True)[:1])
    until = min(ends[0] or now, now)
    since = max(chosen, published)
    return (since, until) if since <= until else None


def orders_in_pilot(merchant: Merchant, since: datetime, until: datetime) -> int:
    """How many orders its members made; one query."""
    places = AudienceMember.objects.filter(merchant=merchant, audience=PILOT_AUDIENCE)
    return Purchase.objects.filter(_within(since, until), _while_in(places), merchant=merchant).count()


def _within(since: datetime, until: datetime) -> Q:
    return Q(occurred_at__gte=since, occurred_at__lte=until)


def _while_in(places: QuerySet[AudienceMember]) -> Exists:
    """Facts of a moment at which the member's place lasted."""
    still = Q(until__isnull=True) | Q(until__gte=OuterRef("occurred_at"))
    return Exists(places.filter(still, member=OuterRef("member"), since__lte=OuterRef("occurred_at")))


def _repeat(purchases: Any) -> measures.Share:
    """Members with two or more days of purchases ÷ members with one; what was brought back is left out."""
    kept = purchases.filter(refunded_minor__lt=F("total_minor")).order_by()
    days = kept.values("member").annotate(days=Count("business_date", distinct=True))
    return measures.repeat_rate(Counter(days.values_list("days", flat=True)))
