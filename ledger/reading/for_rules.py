"""What only some rules ask of a member: segments, the number of orders, occasions, what caps gave already.

Asked along with everything else where the terms name it, and only there: a programme without such rules is
read as if they did not exist.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, cast

from django.db import connection
from django.db.models import BigIntegerField, Count, DateField, DateTimeField, F, Q, Sum

from ledger.context import Context, RuleFacts
from ledger.events import AnyEvent, EventOccurred, PurchaseMade
from ledger.models import Budget, CapUse, Purchase, SignedQuote
from ledger.quoted import day_of_uses, uses_from_json
from ledger.reading.asking import CONVERTERS, Answers, Param, Question, Row, ask, day, instant
from programs.calendars import Period, business_date, period_start
from programs.models import AudienceMember, OccasionDays
from programs.occasions import Days, Set
from programs.terms import CapKey, Terms

PERIODS: Final[tuple[Period, ...]] = ("day", "week", "month", "year", "ever")
MEMBER: Final = Param("member", BigIntegerField())
MERCHANT: Final = Param("merchant", BigIntegerField())
NOW: Final = Param("rules_now", DateTimeField())
OCCURRED: Final = Param("rules_at", DateTimeField())


def _now_running() -> Q:
    """The periods that hold the event's day."""
    running = Q()
    for period in PERIODS:
        running |= Q(starts_on=Param(f"this_{period}", DateField()))
    return running


_segments = Question(
    "segments",
    AudienceMember.objects.filter(merchant_id=MERCHANT, member_id=MEMBER).order_by("id"),
    ("audience", "since", "until"),
)
_orders_before = Question(
    "orders_before",
    Purchase.objects.filter(member_id=MEMBER, occurred_at__lte=OCCURRED, refunded_minor__lt=F("total_minor"))
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
    CapUse.objects.filter(_now_running(), member_id=MEMBER, scope="member")
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
_held = Question(
    "held",
    SignedQuote.objects.filter(member_id=MEMBER, is_open=True, expires_at__gt=NOW).order_by("id"),
    ("award",),
)
OF_MEMBER: Final = frozenset({"segments", "orders_before", "cap_uses", "held"})


def questions_of(event: AnyEvent, terms: Terms | None) -> Iterator[Question]:
    """What the rules of these terms ask beside what every event asks."""
    if terms is None or not isinstance(event, PurchaseMade | EventOccurred):
        return
    if terms.segments:
        yield _segments
    if terms.counts_orders:
        yield _orders_before
    if terms.occasions:
        yield _occasions
    scopes = {cap.scope for cap in terms.caps if cap.period != "order"}
    if "member" in scopes:
        yield _uses
        yield _held
    if "all" in scopes:
        yield _budgets


def values_of(event: AnyEvent, now: datetime, zone: str) -> dict[str, Any]:
    """The values that these questions name."""
    on = business_date(event.occurred_at, zone)
    starts = {f"this_{period}": period_start(on, period) for period in PERIODS}
    return {"rules_now": now, "rules_at": event.occurred_at, **starts}


def with_rules(context: Context, event: PurchaseMade | EventOccurred, now: datetime) -> Context:
    """Return the context with what its rules ask: as read along, or asked for now."""
    questions = tuple(questions_of(event, context.nearest_terms(event.occurred_at)))
    if not questions or (isinstance(event, PurchaseMade) and event.quote):
        return context  # a signed quote is honoured as it was worked out
    zone = context.merchant.zone
    found = context.along.answers if context.along and context.along.zone == zone else {}
    if len(context.family) == 1 and all(question.name in found for question in questions):
        answers = [found]
    else:
        answers = list(_asked_again(questions, context, event, now))
    return replace(context, rules=_facts(answers, event, business_date(event.occurred_at, zone)))


def _asked_again(
    questions: tuple[Question, ...], context: Context, event: PurchaseMade | EventOccurred, now: datetime
) -> Iterator[Answers]:
    """Of every record of the person; what is the merchant's only once."""
    values = values_of(event, now, context.merchant.zone) | {"merchant": event.merchant_id}
    for place, member_id in enumerate(context.family):
        mine = tuple(question for question in questions if not place or question.name in OF_MEMBER)
        if mine:
            yield ask(mine, values | {"member": member_id})


def _facts(answers: Iterable[Answers], event: PurchaseMade | EventOccurred, on: date) -> RuleFacts:
    rows: dict[str, list[Row]] = {}
    for found in answers:
        for name, some in found.items():
            rows.setdefault(name, []).extend(some)
    used: Counter[CapKey] = Counter()
    for scope, name in (("member", "cap_uses"), ("all", "budgets")):
        for rule, period, starts_on, points in rows.get(name, ()):
            if day(starts_on) == period_start(on, period):
                used[cast("CapKey", (scope, rule, period))] += int(points)
    used.update(held_uses((_json(row[0]) for row in rows.get("held", ())), on))
    return RuleFacts(
        segments=segments_at(
            (
                (name, instant(since), until and instant(until))
                for name, since, until in rows.get("segments", ())
            ),
            event.occurred_at,
        ),
        orders=sum(int(row[0]) for row in rows.get("orders_before", ())),
        occasions=tuple(
            Set(Days(code, year, day(first), day(last)), instant(at))
            for code, year, first, last, at in rows.get("occasions", ())
        ),
        used=used,
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


def _json(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", CONVERTERS[connection.vendor]["json"](value))


def cap_uses_of(context: Context, purchase: Purchase) -> tuple[CapUse, ...]:
    """What the award of a purchase took from caps: asked only where its terms had any."""
    terms = context.promises.of(purchase.version_id)
    if terms is None or not terms.caps:
        return ()
    return tuple(CapUse.objects.filter(purchase=purchase, refund=None).order_by("id"))
