"""What campaigns do about news from the floors below. Each is idempotent: the rows it plans are unique."""

from collections.abc import Callable
from datetime import datetime

from accounts.models import OutboxEvent
from campaigns import donations, friends, memberships, openings, prizes, sign_ups
from campaigns.candidates import Candidate, account_facts
from campaigns.errors import StillSending
from campaigns.models import Message, MessageState, Reason, Recipe, RecipeKind
from campaigns.occasions import JOINED
from campaigns.planning import plan_one
from campaigns.tuning import Tuning
from campaigns.upgrades import upgrades_of
from programs.queries import terms_of, version_at
from programs.terms import Terms

Finder = Callable[[Recipe, OutboxEvent, Terms, datetime], Candidate | None]
"""Whom an event calls for telling, of what; None when there is nothing (any more) to tell."""


def welcome(event: OutboxEvent, now: datetime) -> None:
    """Greet who joined. Imported history emits no such news, so nobody is greeted years late."""
    recipe = _listening(event, RecipeKind.WELCOME)
    if recipe is None or event.member_id is None:
        return
    until = event.created_at + Tuning.read(recipe.settings).validity
    plan_one(recipe=recipe, candidate=Candidate(event.member_id, JOINED, {}, until), now=now)


def congratulate(event: OutboxEvent, now: datetime) -> None:
    """Tell who reached a higher tier, once per tier and day; a tier lost or reached long ago is no news."""
    _tell(event, RecipeKind.TIER_CHANGED, _climbed, now)


def tell_opening(event: OutboxEvent, now: datetime) -> None:
    """Tell whose points opened, once per member and day (RULES 11); what was taken back is no news."""
    _tell(event, RecipeKind.ACTIVATED, openings.candidate, now)


def tell_of_friend(event: OutboxEvent, now: datetime) -> None:
    """Tell who brought a friend that the friend is here, once (RULES 38)."""
    _tell(event, RecipeKind.FRIEND_JOINED, friends.joined, now)


def tell_of_reward(event: OutboxEvent, now: datetime) -> None:
    """Tell each of the two what they got, once; what was taken back is no news."""
    _tell(event, RecipeKind.FRIEND_REWARD, friends.candidate, now)


def tell_prizes(event: OutboxEvent, now: datetime) -> None:
    """Tell what a member won, once for everything that one order gave (RULES 36, 39)."""
    _tell(event, RecipeKind.PRIZES, prizes.candidate, now)


def tell_start(event: OutboxEvent, now: datetime) -> None:
    """Welcome who begins a membership, or its trial (RULES 37)."""
    _tell(event, RecipeKind.PLAN_STARTED, memberships.candidate, now)


def tell_renewal(event: OutboxEvent, now: datetime) -> None:
    """Tell until when a membership is paid now."""
    _tell(event, RecipeKind.PLAN_RENEWED, memberships.candidate, now)


def tell_cancelling(event: OutboxEvent, now: datetime) -> None:
    """Confirm that a membership ends, and when."""
    _tell(event, RecipeKind.PLAN_CANCELLED, memberships.candidate, now)


def tell_unpaid(event: OutboxEvent, now: datetime) -> None:
    """Tell who may still renew, and until when."""
    _tell(event, RecipeKind.PLAN_UNPAID, memberships.candidate, now)


def tell_end(event: OutboxEvent, now: datetime) -> None:
    """Tell that a membership is over."""
    _tell(event, RecipeKind.PLAN_ENDED, memberships.candidate, now)


def tell_waiting(event: OutboxEvent, now: datetime) -> None:
    """Confirm that somebody waits for a place."""
    _tell(event, RecipeKind.PLACE_AWAITED, sign_ups.candidate, now)


def tell_place(event: OutboxEvent, now: datetime) -> None:
    """Tell who waited that a place is theirs."""
    _tell(event, RecipeKind.PLACE_GIVEN, sign_ups.candidate, now)


def tell_called_off(event: OutboxEvent, now: datetime) -> None:
    """Tell who had signed up that an event was called off, and what came back to them."""
    _tell(event, RecipeKind.CALLED_OFF, sign_ups.called_off, now)


def thank(event: OutboxEvent, now: datetime) -> None:
    """Thank who gave points to a cause (RULES 40)."""
    _tell(event, RecipeKind.DONATED, donations.candidate, now)


def forget_messages(event: OutboxEvent, now: datetime) -> None:
    """Empty every message to an erased member, and send none that waits (RULES 46).

    Raises ``StillSending`` while a worker holds one: it is emptied when the worker has let go of it.
    """
    mine = Message.objects.filter(member_id=event.about)
    open_ones = mine.filter(state__in=[MessageState.HELD, MessageState.PLANNED])
    open_ones.update(state=MessageState.SUPPRESSED, reason=Reason.INACTIVE)
    settled = mine.exclude(state=MessageState.CLAIMED)
    settled.update(subject="", body="", context={})
    if mine.filter(state=MessageState.CLAIMED).exists():
        raise StillSending


def _listening(event: OutboxEvent, kind: RecipeKind) -> Recipe | None:
    """Return the merchant's recipe if it was on when the news was made."""
    recipes = Recipe.objects.filter(merchant_id=event.merchant_id, kind=kind, is_enabled=True)
    return recipes.filter(enabled_at__lte=event.created_at).select_related("merchant").first()


def _tell(event: OutboxEvent, kind: RecipeKind, find: Finder, now: datetime) -> None:
    """Plan what ``find`` finds to say of an event, by the terms of now."""
    recipe = _listening(event, kind)
    version = version_at(event.merchant, now)
    if recipe is None or event.member_id is None or version is None:
        return
    found = find(recipe, event, terms_of(version), now)
    if found is not None:
        plan_one(recipe=recipe, candidate=found, now=now)


def _climbed(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """The tier a member reached, unless what was won by the same order tells it."""
    upgrade = upgrades_of([event.about], terms, now=now).get(event.about)
    validity = Tuning.read(recipe.settings).validity
    if upgrade is None or upgrade.reached_at + validity < now:
        return None
    told = _listening(event, RecipeKind.PRIZES)
    won = prizes.candidate(told, event, terms, now) if told else None
    if won and any(one["what"] == "tier" for one in won.facts["prizes"]):
        return None
    facts = account_facts([event.about], terms)[event.about]
    return Candidate(event.about, upgrade.occasion, facts, upgrade.reached_at + validity)
