"""What only some rules ask, of many members at once and moved on in memory: for replays."""

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, Sum

from accounts.models import Merchant
from ledger.collected import GoalKey, key_in_books
from ledger.context import RuleFacts
from ledger.drafting import Posting
from ledger.events import PurchaseMade
from ledger.models import Budget, CapUse, GoalEntry, Membership, Purchase, SignedQuote
from ledger.reading.for_rules import held_goals, held_uses, segments_at
from programs.calendars import BEGINNING, business_date, period_start
from programs.memberships import Holding, held_at
from programs.models import AudienceMember
from programs.occasions import Set
from programs.queries import Timeline, occasions_set
from programs.terms import CapKey, CapTerms, Terms

Running = tuple[str, str, date]
"""A cap's rule and period, and the first day of that."""


@dataclass(slots=True)
class Tally:
    """One member's share of it; ``occasions`` and ``budgets`` are the same objects for every member."""

    zone: str = "UTC"
    occasions: tuple[Set, ...] = ()
    budgets: Counter[Running] = field(default_factory=Counter)
    uses: Counter[Running] = field(default_factory=Counter)
    orders: list[datetime] = field(default_factory=list)
    segments: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    plans: list[Holding] = field(default_factory=list)
    quotes: list[Mapping[str, Any]] = field(default_factory=list)
    days: dict[date, Counter[GoalKey]] = field(default_factory=dict)
    """What was collected on a day, by goal; only where some terms limit that."""

    def facts(self, event: PurchaseMade, terms: Terms | None) -> RuleFacts:
        """What the rules of ``terms`` ask before ``event``."""
        if terms is None:
            return RuleFacts()
        on = business_date(event.occurred_at, self.zone)
        used: Counter[CapKey] = Counter({cap.key: self._used(cap, on) for cap in terms.caps})
        used.update(held_uses(self.quotes, on))
        collected = held_goals(self.quotes, on)
        collected.update(self.days.get(on, {}))
        return RuleFacts(
            segments=segments_at(self.segments, event.occurred_at),
            orders=bisect_right(self.orders, event.occurred_at),
            plan=held.plan if (held := held_at(self.plans, event.occurred_at, self.zone)) else "",
            occasions=self.occasions,
            used=used,
            collected=collected,
        )

    def after(self, posting: Posting) -> None:
        """Count what ``posting`` adds."""
        for row in posting.rows:
            if isinstance(row, Purchase):
                insort(self.orders, row.occurred_at)
            elif isinstance(row, CapUse):
                shared = row.scope == "all"
                (self.budgets if shared else self.uses)[row.rule, row.period, row.starts_on] += row.points
            elif isinstance(row, GoalEntry) and row._state.fields_cache.get("purchase") is not None:
                self.days.setdefault(row.business_date, Counter())[key_in_books(row)] += row.delta

    def _used(self, cap: CapTerms, on: date) -> int:
        sums = self.budgets if cap.scope == "all" else self.uses
        return sums[cap.rule, cap.period, period_start(on, cap.period)]


def tallies(
    merchant: Merchant,
    members: Mapping[int, int],
    promises: Timeline,
    *,
    earliest: datetime,
    now: datetime,
) -> defaultdict[int, Tally]:
    """Tallies by member; ``members`` tells which record each counts for (merged ones for another).

    Reads only what the terms ask that are in force from ``earliest`` on.
    """
    asked = terms_from(promises, earliest)
    codes = frozenset[str]().union(*(terms.occasions for terms in asked))
    occasions = occasions_set(merchant.pk, codes) if codes else ()
    budgets: Counter[Running] = Counter()
    made: defaultdict[int, Tally] = defaultdict(lambda: Tally(merchant.zone, occasions, budgets))
    if any(terms.segments for terms in asked):
        places = AudienceMember.objects.filter(merchant=merchant, member_id__in=members).order_by("id")
        for one in places:
            made[members[one.member_id]].segments.append((one.audience, one.since, one.until))
    if any(terms.plan_rules for terms in asked):
        for row in Membership.objects.filter(member_id__in=members).order_by("id"):
            made[members[row.member_id]].plans.append(row.holding)
    if any(terms.counts_orders for terms in asked):
        kept = Purchase.objects.filter(member_id__in=members, refunded_minor__lt=F("total_minor"))
        for member_id, at in kept.order_by("occurred_at").values_list("member_id", "occurred_at"):
            insort(made[members[member_id]].orders, at)
    if any(terms.limits_days for terms in asked):
        _read_days(members, made, business_date(earliest, merchant.zone))
    if any(terms.caps or terms.limits_days for terms in asked):
        _read_quotes(members, made, now)
    if any(terms.caps for terms in asked):
        _read_caps(merchant, members, made, budgets, business_date(earliest, merchant.zone))
    return made


def terms_from(promises: Timeline, earliest: datetime) -> Collection[Terms]:
    """The terms that an event from ``earliest`` on may earn by."""
    first = promises.nearest(earliest)
    place = promises.terms.index(first) if first else 0
    return promises.terms[place:]


def _read_caps(
    merchant: Merchant,
    members: Mapping[int, int],
    made: defaultdict[int, Tally],
    budgets: Counter[Running],
    since: date,
) -> None:
    """What caps gave in every period that holds a day from ``since`` on."""
    first = min(period_start(since, "year"), period_start(since, "week"))
    running = Q(starts_on__gte=first) | Q(starts_on=BEGINNING)
    rows = CapUse.objects.filter(running, member_id__in=members, scope="member").order_by()
    for row in rows.values("member_id", "rule", "period", "starts_on").annotate(total=Sum("points")):
        made[members[row["member_id"]]].uses[row["rule"], row["period"], row["starts_on"]] += row["total"]
    shared = Budget.objects.filter(running, merchant=merchant)
    for rule, period, starts_on, used in shared.values_list("rule", "period", "starts_on", "used"):
        budgets[rule, period, starts_on] += used


def _read_days(members: Mapping[int, int], made: defaultdict[int, Tally], since: date) -> None:
    """What was collected on every day from ``since`` on."""
    for link in ("purchase", "occurrence"):
        rows = GoalEntry.objects.filter(**{f"{link}__business_date__gte": since, "member_id__in": members})
        named = rows.order_by().values(
            "member_id", "kind", "code", "starts_on", on=F(f"{link}__business_date")
        )
        for row in named.annotate(total=Sum("delta")):
            key = GoalKey(row["kind"], row["code"], row["starts_on"])
            made[members[row["member_id"]]].days.setdefault(row["on"], Counter())[key] += row["total"]


def _read_quotes(members: Mapping[int, int], made: defaultdict[int, Tally], now: datetime) -> None:
    """What open quotes set aside."""
    open_ones = SignedQuote.objects.filter(member_id__in=members, is_open=True, expires_at__gt=now)
    for member_id, award in open_ones.values_list("member_id", "award"):
        made[members[member_id]].quotes.append(award)
