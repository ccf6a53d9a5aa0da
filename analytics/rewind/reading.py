"""The merchant's own history as facts: read in the books' order, a page at a time, never written to."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from django.db.models import Count, Q

from accounts.models import Branch, Member, Merchant
from analytics.models import RewindPart, RewindRun
from analytics.rewind.facts import Bought, BroughtAlong, ContestKey, Fact, Person, Returned, Scenario
from analytics.rewind.replaying import turn
from ledger.families import HEAD
from ledger.models import (
    Contender,
    ContestClosing,
    Membership,
    Purchase,
    PurchaseLine,
    Refund,
    RefundLine,
    SignedQuote,
    TierPeriod,
)
from ledger.tier_life import OPENING
from programs.memberships import Holding
from programs.models import AudienceMember
from programs.rules import Order, OrderLine

PAGE: Final = 2_000
PERSON: Final = ("pk", "birthday", "birthday_changed_on", "detached_at", "erased_at")
PURCHASE: Final = (
    *("id", "member_id", "occurred_at", "business_date", "recorded_at", "branch_id", "channel"),
    *("points_paid_minor", "points", "version_id", "refunded_minor"),
)
LINE: Final = ("purchase_id", "amount_minor", "kind", "category", "quantity", "sku", "position")
One = TypeVar("One")


def closed_contests(run: RewindRun) -> dict[ContestKey, datetime]:
    """When the books decided the contests of the shop."""
    rows = ContestClosing.objects.filter(merchant=run.merchant_id, closed_at__lte=run.as_of)
    return {
        (code, first_day): at for code, first_day, at in rows.values_list("code", "starts_on", "closed_at")
    }


def sizes(merchant: Merchant) -> Iterator[tuple[int, int]]:
    """(member, purchases of all their records), ids ascending."""
    rows = Purchase.objects.filter(merchant=merchant).order_by().annotate(head=HEAD).values("head")
    yield from rows.annotate(size=Count("pk")).order_by("head").values_list("head", "size")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the facts of one part of a run."""

    run: RewindRun
    part: RewindPart
    heads: Mapping[int, int]
    """Record → the one that stands for its person, where that is another."""

    @classmethod
    def of(cls, part: RewindPart) -> "Reader":
        """A reader of a part, which knows who was merged into whom."""
        merged = Member.objects.filter(merchant=part.run.merchant_id, merged_into__isnull=False)
        rows = merged.filter(_within(part, "pk") | _within(part, "merged_into"))
        return cls(part.run, part, {pk: head for pk, head in rows.values_list("pk", "merged_into") if head})

    def people(self, scenarios: Iterable[Scenario]) -> dict[int, Person]:
        """Everybody in the part who stands for themselves, with the segments that rules ask for."""
        asked = any(terms.segments for one in scenarios for terms in one.promises.terms)
        segments: dict[int, tuple[Any, ...]] = {}
        if asked:
            rows = AudienceMember.objects.filter(self._mine()).order_by("id")
            for member_id, *place in rows.values_list("member_id", "audience", "since", "until"):
                head = self.heads.get(member_id, member_id)
                segments[head] = (*segments.get(head, ()), tuple(place))
        plans, joined = self._plans(scenarios), self._joined(scenarios)
        members = Member.objects.filter(_within(self.part, "pk"), merchant=self.run.merchant_id)
        fields = members.filter(merged_into__isnull=True).values_list(*PERSON)
        return {
            pk: Person(
                *(
                    pk,
                    birthday,
                    changed_on,
                    segments.get(pk, ()),
                    plans.get(pk, ()),
                    detached_at or erased_at,
                ),
                frozenset(joined.get(pk, ())),
            )
            for pk, birthday, changed_on, detached_at, erased_at in fields
        }

    def _plans(self, scenarios: Iterable[Scenario]) -> dict[int, tuple[Holding, ...]]:
        """What paid memberships everybody held, where rules ask for one."""
        plans: dict[int, tuple[Holding, ...]] = {}
        if any(terms.plan_rules for one in scenarios for terms in one.promises.terms):
            for row in Membership.objects.filter(self._mine()).order_by("id"):
                head = self.heads.get(row.member_id, row.member_id)
                plans[head] = (*plans.get(head, ()), row.holding)
        return plans

    def _joined(self, scenarios: Iterable[Scenario]) -> dict[int, set[ContestKey]]:
        """Which contests everybody joined, where one that is decided asks for it."""
        asked = {one.key for each in scenarios for one in each.decisions if one.asks_joining}
        joined: dict[int, set[ContestKey]] = {}
        rows = Contender.objects.filter(self._mine(), left_at__isnull=True)
        rows = rows.filter(code__in={code for code, _first_day in asked})
        for member_id, code, first_day in rows.values_list("member_id", "code", "starts_on") if asked else ():
            joined.setdefault(self.heads.get(member_id, member_id), set()).add((code, first_day))
        return joined

    def facts(self) -> Iterator[Fact]:
        """Everything that happened up to the run's moment, in the order of a replay."""
        return heapq.merge(self._brought_along(), self._bought(), self._returned(), key=turn)

    def _mine(self, path: str = "") -> Q:
        """Facts of the part's people, by whichever record."""
        first, last = self.part.first, self.part.last
        absorbed = [pk for pk, head in self.heads.items() if first <= head <= last]
        away = [pk for pk in self.heads if first <= pk <= last]
        own = _within(self.part, f"{path}member") & ~Q(**{f"{path}member__in": away})
        return own | Q(**{f"{path}member__in": absorbed})

    def _told(self, path: str = "") -> str:
        """What orders a replay: when the books heard of it, or when it happened where history earns too."""
        return f"{path}occurred_at" if self.run.all_earn else f"{path}recorded_at"

    def _told_at(self, occurred_at: datetime, recorded_at: datetime) -> datetime:
        return occurred_at if self.run.all_earn else recorded_at

    def _bought(self) -> Iterator[Bought]:
        rows = Purchase.objects.filter(self._mine(), merchant=self.run.merchant_id)
        rows = rows.filter(recorded_at__lte=self.run.as_of, occurred_at__lte=self.run.as_of)
        ordered = rows.order_by(self._told(), "id").values_list(*PURCHASE)
        branches = dict(Branch.objects.filter(merchant=self.run.merchant_id).values_list("pk", "code"))
        for page in _pages(ordered.iterator(chunk_size=PAGE)):
            ids = [row[0] for row in page]
            lines, quotes = _lines(ids), _quotes(ids)
            for row in page:
                yield self._purchase(row, lines[row[0]], branches, quotes.get(row[0]))

    def _purchase(
        self,
        row: tuple[Any, ...],
        lines: list[OrderLine],
        branches: Mapping[int, str],
        quoted: Mapping[str, Any] | None,
    ) -> Bought:
        pk, member, at, day, recorded_at, branch, channel, paid, points, version, refunded = row
        local = at.astimezone(self.run.merchant.timezone)
        all_earn = self.run.all_earn
        return Bought(
            *(pk, self.heads.get(member, member), at, day, self._told_at(at, recorded_at)),
            order=Order(tuple(lines), local, paid, branches.get(branch, ""), channel),
            earns=all_earn or version is not None,
            booked=points,
            is_refunded=refunded > 0,
            counts=day >= self.run.first_day,
            quoted=None if all_earn else quoted,
        )

    def _returned(self) -> Iterator[Returned]:
        rows = Refund.objects.filter(self._mine("purchase__"), merchant=self.run.merchant_id)
        rows = rows.filter(recorded_at__lte=self.run.as_of, occurred_at__lte=self.run.as_of)
        fields = ("id", "purchase__member_id", "purchase_id", "occurred_at", "business_date", "recorded_at")
        ordered = rows.order_by(self._told(), "id").values_list(*fields, "purchase__occurred_at")
        for page in _pages(ordered.iterator(chunk_size=PAGE)):
            parts = _parts([row[0] for row in page])
            for pk, member, purchase, at, day, recorded_at, bought_at in page:
                told_at = self._told_at(max(at, bought_at), recorded_at)
                yield Returned(
                    *(pk, self.heads.get(member, member), purchase, at, day, told_at), parts.get(pk, {})
                )

    def _brought_along(self) -> Iterator[BroughtAlong]:
        """Tiers from another system: the books hold them as periods that nobody spent for."""
        rows = TierPeriod.objects.filter(self._mine(), why=OPENING, starts_at__lte=self.run.as_of)
        for member, tier_code, at, until in rows.order_by("starts_at", "id").values_list(
            "member_id", "tier_code", "starts_at", "ends_at"
        ):
            yield BroughtAlong(self.heads.get(member, member), at, at, tier_code, until)


def _within(part: RewindPart, path: str) -> Q:
    """Rows whose member, at ``path``, is one of the part's."""
    return Q(**{f"{path}__gte": part.first, f"{path}__lte": part.last})


def _lines(purchases: list[int]) -> dict[int, list[OrderLine]]:
    rows = PurchaseLine.objects.filter(purchase_id__in=purchases).order_by("purchase_id", "position")
    lines: dict[int, list[OrderLine]] = {pk: [] for pk in purchases}
    for pk, amount_minor, kind, category, quantity, sku, _place in rows.values_list(*LINE):
        lines[pk].append(OrderLine(amount_minor, kind, category, quantity, sku=sku))
    return lines


def _quotes(purchases: list[int]) -> dict[int, Mapping[str, Any]]:
    rows = SignedQuote.objects.filter(purchase_id__in=purchases)
    return {row.purchase_id or 0: row.award for row in rows.only("purchase", "award")}


def _parts(refunds: list[int]) -> dict[int, dict[int, int]]:
    """Of each refund, by the line's place in its order (from 0)."""
    rows = RefundLine.objects.filter(refund_id__in=refunds).order_by("id")
    parts: dict[int, dict[int, int]] = {}
    for pk, position, amount_minor in rows.values_list("refund_id", "line__position", "amount_minor"):
        parts.setdefault(pk, {})[position - 1] = amount_minor
    return parts


def _pages(rows: Iterable[One]) -> Iterator[list[One]]:
    left = iter(rows)
    while page := list(islice(left, PAGE)):
        yield page
