"""Places at events: that somebody waits for one, and that one came free. The occasion is the sign-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from accounts.models import Merchant, OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts, names_of
from campaigns.models import Message, Recipe, RecipeKind
from ledger.models import Place
from ledger.models.places import PlaceState
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


def _stands(place: Place, recipe: Recipe, now: datetime) -> bool:
    is_so = place.state == STATES[RecipeKind(recipe.kind)]
    return is_so and place.event.state == EventState.OPEN and now < place.event.starts_at


def _facts(event: MemberEvent, merchant: Merchant) -> Facts:
    begins = local(event.starts_at, merchant.zone)
    return Facts(event=names_of(event), date=begins.date().isoformat(), at=begins.strftime("%H:%M"))
