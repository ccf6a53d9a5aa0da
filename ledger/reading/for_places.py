"""What a sign-up asks: the event, the places that are taken, who waits, and what stands of it."""

from datetime import datetime
from typing import Final

from django.db.models import CharField, Count, Exists, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.asking import Question, Reader, instant
from ledger.context import Context, PlaceFacts
from ledger.events import AnyEvent, PlaceMoved, PlaceTaken, RedemptionClosed
from ledger.families import OfPerson
from ledger.models import Budget, LotUse, Occurrence, Place, Redemption
from ledger.models.movements import MovementKind
from ledger.models.places import PlaceState
from ledger.places.attending import SOURCE as ATTENDED
from ledger.places.taking import PLACES
from ledger.purse import Taken
from ledger.reading.along import REDEMPTIONS, Along
from ledger.reading.for_plans import MEMBERSHIPS, plan_at
from ledger.reading.for_rules import SEGMENTS, segments_at
from ledger.reading.of_member import taken_from
from ledger.reading.params import CODE, EVENT, MEMBER, MERCHANT, PLACE
from programs.models import MemberEvent, RewardKind
from programs.queries import Timeline

EVENTS, SIGN_UPS = Reader(MemberEvent), Reader(Place)
OPEN: Final = (PlaceState.GOING.value, PlaceState.WAITING.value)
PERSON: Final = OfPerson("member_id", MEMBER)

_taken = Budget.objects.filter(merchant_id=MERCHANT, rule=OuterRef("code"), period=PLACES).values("used")[:1]
_waiting = (
    Place.objects.filter(event=OuterRef("pk"), state=PlaceState.WAITING.value)
    .order_by()
    .values("event")
    .annotate(number=Count("pk"))
    .values("number")
)


def _number(of: object) -> Coalesce:
    return Coalesce(Subquery(of, output_field=IntegerField()), 0)  # type: ignore[arg-type]


_named = MemberEvent.objects.filter(merchant_id=MERCHANT, code=EVENT)
_of_place = MemberEvent.objects.filter(sign_ups=PLACE, merchant_id=MERCHANT)
_standing = {"taken": _number(_taken), "waiting": _number(_waiting)}
_columns = (*EVENTS.columns, *_standing)
OF_SIGN_UP: Final = (
    Question("event", _named.annotate(**_standing), _columns),
    Question(
        "mine",
        Place.objects.filter(PERSON, event__merchant_id=MERCHANT, event__code=EVENT, state__in=OPEN).order_by(
            "id"
        ),
        SIGN_UPS.columns,
    ),
    *(SEGMENTS, MEMBERSHIPS),
)
"""What is asked before somebody signs up."""
_attended = Occurrence.objects.filter(
    merchant_id=MERCHANT,
    source=ATTENDED,
    external_id=Concat(Value("place-"), Cast(OuterRef("pk"), CharField())),
)
_redemption = Place.objects.filter(pk=PLACE, merchant_id=MERCHANT).values("redemption_id")
OF_PLACE: Final = (
    Question("event", _of_place.annotate(**_standing), _columns),
    Question(
        "place",
        Place.objects.filter(PERSON, pk=PLACE, merchant_id=MERCHANT).annotate(attended=Exists(_attended)),
        (*SIGN_UPS.columns, "attended"),
    ),
    Question("redemption", Redemption.objects.filter(pk__in=_redemption), REDEMPTIONS.columns),
    *taken_from(
        "returning",
        LotUse.objects.filter(movement__redemption__in=_redemption, movement__kind=MovementKind.REDEEM),
    ),
)
"""What is asked before a sign-up goes on."""


_code = Redemption.objects.filter(
    merchant_id=MERCHANT, code=CODE, reward_kind=RewardKind.EVENT_PLACE.value
).values("feature")
_of_voucher: Final = (
    Question(
        "event",
        MemberEvent.objects.filter(merchant_id=MERCHANT, code__in=_code).annotate(**_standing),
        _columns,
    ),
    Question(
        "mine",
        Place.objects.filter(
            PERSON, event__merchant_id=MERCHANT, event__code__in=_code, state__in=OPEN
        ).order_by("id"),
        SIGN_UPS.columns,
    ),
)


def of_voucher(event: AnyEvent, promises: Timeline) -> tuple[Question, ...]:
    """What is asked before a code is used, of a merchant who ever gave one for a place at an event."""
    if not isinstance(event, RedemptionClosed) or event.outcome != "used":
        return ()
    rewards = (reward for terms in promises.terms for reward in terms.rewards)
    given = any(reward.kind == RewardKind.EVENT_PLACE and reward.feature for reward in rewards)
    return _of_voucher if given else ()


def place_facts(
    along: Along, context: Context, event: PlaceTaken | PlaceMoved | RedemptionClosed, now: datetime
) -> PlaceFacts | None:
    """The event with its places, and the sign-up that is there; None where there is no such event."""
    row = next(iter(along.answers.get("event", ())), None)
    if row is None:
        return None
    found, (taken, waiting) = EVENTS.one(row[:-2]), row[-2:]
    place = next(iter(along.answers.get("place", ())), None)
    segments = (
        (name, instant(since), until and instant(until))
        for name, since, until in along.answers.get("segments", ())
    )
    return PlaceFacts(
        event=found,
        taken=int(taken),
        waiting=int(waiting),
        mine=next(iter(SIGN_UPS.all(along.answers.get("mine", ()))), None),
        place=SIGN_UPS.one(place[:-1]) if place else None,
        attended=bool(place and place[-1]),
        segments=segments_at(segments, now),
        plan=plan_at(along, now, context.merchant.zone),
    )


def redemptions_of(along: Along) -> tuple[Redemption, ...]:
    """What the place cost, as it stands."""
    return REDEMPTIONS.all(along.answers.get("redemption", ()))


def returning_of(along: Along) -> tuple[Taken, ...]:
    """Which lots that was taken from."""
    return along.taken("returning")
