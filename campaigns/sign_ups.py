"""Places at events: that somebody waits for one, that one came free, that an event was called off.

The occasion is the sign-up.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from accounts.models import Merchant, OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts, names_of
from campaigns.models import Message, Recipe, RecipeKind
from campaigns.tuning import Tuning
from ledger.families import family_of
from ledger.models import Place, Redemption
from ledger.models.places import PlaceState
from ledger.models.redemptions import RedemptionOrigin, RedemptionState
from programs.calendars import local
from programs.models import EventState, MemberEvent
from programs.terms import Terms

STATES: Final = {
    RecipeKind.PLACE_AWAITED: PlaceState.WAITING,
    RecipeKind.PLACE_GIVEN: PlaceState.GOING,
}


def candidate(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Whom to tell, until the event begins; None when the place is not theirs any more."""
    mine = Place.objects.filter(member_id=event.about, event__code=event.payload["event"])
    place = mine.filter(merchant=recipe.merchant).select_related("event").order_by("-pk").first()
    if place is None or not _stands(place, recipe, now):
        return None
    facts = account_facts([event.about], terms)[event.about] | _facts(place.event, recipe.merchant)
    return Candidate(event.about, f"place:{place.pk}", facts, place.event.starts_at)


def still_signed_up(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → fresh facts, where the sign-up still stands as it is told."""
    merchant, recipe = messages[0].merchant, messages[0].recipe
    accounts = account_facts({message.member_id for message in messages}, terms)
    named = {message.pk: int(message.occasion.split(":")[1]) for message in messages}
    places = Place.objects.filter(pk__in=set(named.values())).select_related("event")
    standing = {place.pk: place for place in places if _stands(place, recipe, now)}
    return {
        message.pk: accounts[message.member_id] | _facts(standing[named[message.pk]].event, merchant)
        for message in messages
        if named[message.pk] in standing
    }


def called_off(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Whom to tell that an event will not be held, with what came back to them."""
    mine = Place.objects.filter(member__in=family_of(event.about), event__code=event.payload["event"])
    place = _called_off(mine.filter(merchant=recipe.merchant)).order_by("-pk").first()
    if place is None:
        return None
    facts = account_facts([event.about], terms)[event.about] | _facts(place.event, recipe.merchant)
    until = event.created_at + Tuning.read(recipe.settings).validity
    return Candidate(event.about, f"off:{place.pk}", facts | _back([place])[place.pk], until)


def still_called_off(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → fresh facts."""
    accounts = account_facts({message.member_id for message in messages}, terms)
    named = {message.pk: int(message.occasion.split(":")[1]) for message in messages}
    places = _called_off(Place.objects.filter(pk__in=set(named.values()))).in_bulk()
    back = _back(list(places.values()))
    return {
        message.pk: accounts[message.member_id]
        | _facts(places[named[message.pk]].event, message.merchant)
        | back[named[message.pk]]
        for message in messages
        if named[message.pk] in places
    }


def _called_off(places: QuerySet[Place]) -> QuerySet[Place]:
    return places.filter(state=PlaceState.OVER, event__state=EventState.CANCELLED).select_related(
        "event", "redemption", "member"
    )


def _back(places: Sequence[Place]) -> dict[int, Facts]:
    """Sign-up → what came back: the points it cost, or the voucher. One query."""
    given = Redemption.objects.filter(
        origin=RedemptionOrigin.EVENT,
        member__in={_head(place) for place in places},
        issued_at__in={place.changed_at for place in places},
    )
    vouchers = {(row.member_id, row.issued_at): row for row in given}
    back: dict[int, Facts] = {}
    for place in places:
        voucher, code = vouchers.get((_head(place), place.changed_at)), place.redemption
        returned = code.points if code is not None and code.state == RedemptionState.CANCELLED else 0
        back[place.pk] = Facts(given=returned) | (Facts(gift=names_of(voucher)) if voucher else Facts())
    return back


def _head(place: Place) -> int:
    """The record that stands for who signed up."""
    return place.member.merged_into_id or place.member_id


def _stands(place: Place, recipe: Recipe, now: datetime) -> bool:
    is_so = place.state == STATES[RecipeKind(recipe.kind)]
    return is_so and place.event.state == EventState.OPEN and now < place.event.starts_at


def _facts(event: MemberEvent, merchant: Merchant) -> Facts:
    begins = local(event.starts_at, merchant.zone)
    return Facts(event=names_of(event), date=begins.date().isoformat(), at=begins.strftime("%H:%M"))
