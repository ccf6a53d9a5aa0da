"""Events as members and the shop see them: what is free, who goes, who waits, who was there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Member, Merchant
from ledger.families import family_of
from ledger.models import Occurrence, Place
from ledger.models.places import PlaceState
from ledger.places.attending import SOURCE
from ledger.places.filling import with_places_taken
from ledger.places.planning import why_not
from programs.models import EventState, MemberEvent

OPEN = (PlaceState.GOING, PlaceState.WAITING)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An event as one member sees it; ``why`` is a key of ``errors.WHY`` where they may not sign up."""

    event: MemberEvent
    free: int
    waiting: int
    mine: Place | None
    why: str

    @property
    def is_open(self) -> bool:
        """Whether the member may sign up now."""
        return self.mine is None and not self.why

    @property
    def is_full(self) -> bool:
        """Whether whoever signs up waits."""
        return not self.free or bool(self.waiting)


def upcoming(merchant: Merchant, now: datetime) -> QuerySet[MemberEvent]:
    """Events that are announced and not over, the next first, with what is ``taken`` and who ``waits``."""
    rows = MemberEvent.objects.filter(merchant=merchant, ends_at__gt=now).exclude(state=EventState.DRAFT)
    return counted(rows).order_by("starts_at", "id")


def announced(merchant: Merchant) -> QuerySet[MemberEvent]:
    """Events that members know of."""
    return MemberEvent.objects.filter(merchant=merchant).exclude(state=EventState.DRAFT)


def left_by(member: Member) -> QuerySet[Place]:
    """Sign-ups that the person cancelled, the newest first."""
    rows = Place.objects.filter(member__in=family_of(member.pk), state=PlaceState.LEFT)
    return rows.select_related("event", "redemption").order_by("-pk")


def counted(events: QuerySet[MemberEvent]) -> QuerySet[MemberEvent]:
    """Know of every event what is ``taken`` and how many wait (``waits``)."""
    waits = Count("sign_ups", filter=Q(sign_ups__state=PlaceState.WAITING))
    return with_places_taken(events).annotate(waits=waits)


def invitations(
    member: Member, *, tier: str, segments: frozenset[str], plan: str, now: datetime
) -> list[Invitation]:
    """What the member can go to. Called-off events stay in sight of those who had signed up."""
    mine = {
        place.event_id: place
        for place in Place.objects.filter(member__in=family_of(member.pk), state__in=OPEN)
    }
    found = []
    for event in upcoming(member.merchant, now)[:50]:
        why = why_not(event, now=now, tier=tier, segments=segments, plan=plan)
        taken, waits = event.taken, event.waits  # type: ignore[attr-defined]
        if why not in ("absent", "cancelled") or event.pk in mine:
            free = max(0, event.places - taken)
            found.append(Invitation(event, free, waits, mine.get(event.pk), why))
    return found


def sign_ups(event: MemberEvent) -> QuerySet[Place]:
    """Everybody who signed up, in the order of asking, with whether they were there (``attended``)."""
    there = Occurrence.objects.filter(
        merchant=OuterRef("merchant"),
        source=SOURCE,
        external_id=Concat(Value("place-"), Cast(OuterRef("pk"), CharField())),
    )
    rows = Place.objects.filter(event=event).select_related("member").annotate(attended=Exists(there))
    return rows.order_by("signed_at", "id")
