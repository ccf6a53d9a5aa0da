"""What only some rules ask of a member: segments, the number of orders, occasions, what caps gave already.

Asked along with everything else where the terms name it, and only there: a programme without such rules is
read as if they did not exist.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, cast

from django.db import connection
from django.db.models import Count, DateField, F, Q, Sum

from accounts.asking import CONVERTERS, Param, Question, day, instant
from ledger.context import Context, RuleFacts
from ledger.events import AnyEvent, EventOccurred, PurchaseMade
from ledger.families import OfPerson
from ledger.models import Budget, CapUse, GoalEntry, Purchase, SignedQuote
from ledger.quoted import day_of_uses, goals_from_json, uses_from_json
from ledger.reading import for_causes
from ledger.reading.along import Along
from ledger.reading.for_plans import MEMBERSHIPS, plan_at
from ledger.reading.params import AT, MEMBER, MERCHANT, NOW
from programs.calendars import Period, business_date, period_start
from programs.models import AudienceMember, OccasionDays
from programs.occasions import Days, Set
from programs.terms import CapKey, Terms

PERIODS: Final[tuple[Period, ...]] = ("day", "week", "month", "year", "ever")
PERSON: Final = OfPerson("member_id", MEMBER)

NO_FACTS: Final = RuleFacts()


def _now_running() -> Q:
    """The periods that hold the event's day."""
    running = Q()
    for period in PERIODS:
        running |= Q(starts_on=Param(f"this_{period}", DateField()))
    return running


SEGMENTS: Final = Question(
    "segments",
    AudienceMember.objects.filter(PERSON, merchant_id=MERCHANT).order_by("id"),
    ("audience", "since", "until"),
)
_orders_before = Question(
    "orders_before",
    Purchase.objects.filter(PERSON, occurred_at__lte=AT, refunded_minor__lt=F("total_minor"))
    .order_by()
    .values("member_id")
    .annotate(orders=Count("id")),
    ("orders",),
)
_occasions = Question(
    "occasions",
    OccasionDays.objects.filter(merchant_id=MERCHANT).order_by("set_at", "id"),
    ("code", "year", "first_day", "last_day", "set_at"),
)
_uses = Question(
    "cap_uses",
    CapUse.objects.filter(_now_running(), PERSON, scope="member")
    .order_by()
    .values("rule", "period", "starts_on")
    .annotate(total=Sum("points")),
    ("rule", "period", "starts_on", "total"),
)
_budgets = Question(
    "budgets",
    Budget.objects.filter(_now_running(), merchant_id=MERCHANT).order_by("id"),
    ("rule", "period", "starts_on", "used"),
)
_of_day = Question(
    "goals_of_day",
    GoalEntry.objects.filter(
        PERSON,
        Q(purchase__business_date=Param("this_day", DateField()))
        | Q(occurrence__business_date=Param("this_day", DateField())),
    )
    .order_by()
    .values("kind", "code", "starts_on")
    .annotate(total=Sum("delta")),
    ("kind", "code", "starts_on", "total"),
)
_held = Question(
    "held",
    SignedQuote.objects.filter(PERSON, is_open=True, expires_at__gt=NOW).order_by("id"),
    ("award",),
)


def questions_of(event: AnyEvent, terms: Terms | None) -> Iterator[Question]:
    """What the rules of these terms ask beside what every event asks."""
    if terms is None or not isinstance(event, PurchaseMade | EventOccurred):
        return
    if isinstance(event, PurchaseMade) and terms.giving and terms.giving.share_bp:
        yield for_causes.CHOSEN_CAUSE
    if terms.segments:
        yield SEGMENTS
    if terms.plan_rules:
        yield MEMBERSHIPS
    if terms.counts_orders:
        yield _orders_before
    if terms.occasions:
        yield _occasions
    scopes = {cap.scope for cap in terms.caps if cap.period != "order"}
    if "member" in scopes:
        yield _uses
    if "member" in scopes or terms.limits_days:
        yield _held
    if terms.limits_days:
        yield _of_day
    if "all" in scopes:
        yield _budgets


def values_of(event: AnyEvent, zone: str) -> dict[str, Any]:
    """The values that only these questions name: the first days of the periods that hold the event's."""
    on = business_date(event.occurred_at, zone)
    return {f"this_{period}": period_start(on, period) for period in PERIODS}


def rule_facts(along: Along, context: Context, event: PurchaseMade | EventOccurred) -> RuleFacts:
    """What the rules ask that the event earns by."""
    if not along.has_rules:
        return NO_FACTS
    on, answers = business_date(event.occurred_at, context.merchant.zone), along.answers
    used: Counter[CapKey] = Counter()
    for scope, name in (("member", "cap_uses"), ("all", "budgets")):
        for rule, period, starts_on, points in answers.get(name, ()):
            if day(starts_on) == period_start(on, period):
                used[cast("CapKey", (scope, rule, period))] += int(points)
    held = [_json(row[0]) for row in answers.get("held", ())]
    used.update(held_uses(held, on))
    collected = held_goals(held, on)
    for kind, code, starts_on, amount in answers.get("goals_of_day", ()):
        collected[kind, code, day(starts_on)] += int(amount)
    return RuleFacts(
        segments=segments_at(
            (
                (name, instant(since), until and instant(until))
                for name, since, until in answers.get("segments", ())
            ),
            event.occurred_at,
        ),
        orders=sum(int(row[0]) for row in answers.get("orders_before", ())),
        plan=plan_at(along, event.occurred_at, context.merchant.zone),
        occasions=tuple(
            Set(Days(code, year, day(first), day(last)), instant(at))
            for code, year, first, last, at in answers.get("occasions", ())
        ),
        used=used,
        collected=collected,
    )


def segments_at(places: Iterable[tuple[str, datetime, datetime | None]], moment: datetime) -> frozenset[str]:
    """The audiences that held the member at ``moment``."""
    return frozenset(
        name for name, since, until in places if since <= moment and (until is None or until > moment)
    )


def held_uses(quotes: Iterable[Mapping[str, Any]], on: date) -> Counter[CapKey]:
    """What open quotes set aside of the member's own caps, in the periods that hold ``on`` (RULES 3)."""
    held: Counter[CapKey] = Counter()
    for award in quotes:
        for key, points in uses_from_json(award):
            if key[0] == "member" and period_start(day_of_uses(award), key[2]) == period_start(on, key[2]):
                held[key] += points
    return held


def held_goals(quotes: Iterable[Mapping[str, Any]], on: date) -> Counter[tuple[str, str, date]]:
    """What open quotes for orders of the day ``on`` will collect, by goal (RULES 3)."""
    held: Counter[tuple[str, str, date]] = Counter()
    for award in quotes:
        if award.get("goals") and day_of_uses(award) == on:
            held.update(goals_from_json(award))
    return held


def _json(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", CONVERTERS[connection.vendor]["json"](value))
