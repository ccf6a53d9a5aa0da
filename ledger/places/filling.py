"""Moving up and closing: whoever waited longest gets the place that came free; what is over is settled."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.errors import WalaaError
from accounts.models import OutboxEvent
from ledger.events import PlaceMoved
from ledger.models import Budget, Place
from ledger.models.places import PlaceState
from ledger.models.redemptions import RedemptionState
from ledger.places.planning import GIVEN, OVER
from ledger.places.taking import PLACES
from ledger.posting import post
from programs.models import EventState, MemberEvent

SYSTEM: Final = "system"
AT_ONCE: Final = 500
_taken = Budget.objects.filter(merchant=OuterRef("merchant"), rule=OuterRef("code"), period=PLACES).values(
    "used"
)[:1]


def with_places_taken(events: QuerySet[MemberEvent]) -> QuerySet[MemberEvent]:
    """Know of every event how many places are ``taken``, in the same query."""
    return events.annotate(taken=Coalesce(Subquery(_taken, output_field=IntegerField()), 0))


def with_room(events: QuerySet[MemberEvent]) -> QuerySet[MemberEvent]:
    """Those of the events that have a place left."""
    taken = Coalesce(Subquery(_taken, output_field=IntegerField()), 0)
    return events.annotate(taken=taken).filter(taken__lt=F("places"))


def fill(event: MemberEvent, *, now: datetime) -> int:
    """Give places that are free to who waits, the first to ask first; how many moved up."""
    moved = 0
    now_open = MemberEvent.objects.filter(pk=event.pk, state=EventState.OPEN, starts_at__gt=now)
    waiting = Place.objects.filter(event=event, state=PlaceState.WAITING).order_by("signed_at", "id")
    for place in waiting.filter(member__detached_at=None, member__erased_at=None)[:AT_ONCE]:
        if not with_room(now_open).exists():
            break
        moved += _move(place, GIVEN, now)
    return moved


def fill_after(news: OutboxEvent, now: datetime) -> None:
    """Fill the place that somebody left: a handler of news, which may come twice."""
    code = news.payload.get("event", "")
    for event in MemberEvent.objects.filter(merchant_id=news.merchant_id, code=code):
        fill(event, now=now)


def settle_events(*, now: datetime) -> int:
    """Fill what is free, and close what is over or was called off; how many sign-ups moved. Idempotent."""
    moved = sum(_move(place, OVER, now) for place in _over(now))
    waiting = Place.objects.filter(state=PlaceState.WAITING).values("event")
    open_events = MemberEvent.objects.filter(pk__in=waiting, state=EventState.OPEN, starts_at__gt=now)
    return moved + sum(fill(event, now=now) for event in open_events.order_by("pk"))


def _over(now: datetime) -> Iterator[Place]:
    """Sign-ups whose event is over, as long as they wait or hold points; and those of who left the shop."""
    holds = Q(redemption__state=RedemptionState.RESERVED) | Q(state=PlaceState.WAITING)
    ended = Q(event__ends_at__lte=now) & holds
    called_off = Q(event__state=EventState.CANCELLED)
    left = Q(member__detached_at__isnull=False) | Q(member__erased_at__isnull=False)
    rows = Place.objects.filter(
        ended | called_off | (left & (Q(event__ends_at__gt=now) | holds)),
        state__in=(PlaceState.GOING, PlaceState.WAITING),
    )
    yield from rows.order_by("pk")[:AT_ONCE]


def _move(place: Place, outcome: str, now: datetime) -> bool:
    """Post one step of a sign-up; False where somebody else did meanwhile, or the record left."""
    event = PlaceMoved(
        merchant_id=place.merchant_id,
        member_id=place.member_id,
        occurred_at=now,
        source=SYSTEM,
        key=f"{outcome}:{place.pk}",
        actor=SYSTEM,
        place_id=place.pk,
        outcome=outcome,
    )
    try:
        return not post(event, now=now).repeated
    except WalaaError:
        return False
