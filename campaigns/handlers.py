"""What campaigns do about news from the floors below. Each is idempotent: the rows it plans are unique."""

from datetime import datetime

from accounts.models import OutboxEvent
from campaigns import friends, openings
from campaigns.candidates import Candidate, account_facts
from campaigns.errors import StillSending
from campaigns.models import Message, MessageState, Reason, Recipe, RecipeKind
from campaigns.occasions import JOINED, upgrade_of
from campaigns.planning import plan_one
from campaigns.tuning import Tuning
from programs.queries import terms_of, version_at


def welcome(event: OutboxEvent, now: datetime) -> None:
    """Greet who joined. Imported history emits no such news, so nobody is greeted years late."""
    recipe = _listening(event, RecipeKind.WELCOME)
    if recipe is None or event.member_id is None:
        return
    until = event.created_at + Tuning.read(recipe.settings).validity
    plan_one(recipe=recipe, candidate=Candidate(event.member_id, JOINED, {}, until), now=now)


def congratulate(event: OutboxEvent, now: datetime) -> None:
    """Tell who reached a higher tier, once per tier and day; a tier lost or reached long ago is no news."""
    recipe = _listening(event, RecipeKind.TIER_CHANGED)
    version = version_at(event.merchant, now)
    if recipe is None or event.member_id is None or version is None:
        return
    terms, validity = terms_of(version), Tuning.read(recipe.settings).validity
    upgrade = upgrade_of(event.member_id, terms, now=now)
    if upgrade is None or upgrade.reached_at + validity < now:
        return
    facts = account_facts([event.member_id], terms)[event.member_id]
    candidate = Candidate(event.member_id, upgrade.occasion, facts, upgrade.reached_at + validity)
    plan_one(recipe=recipe, candidate=candidate, now=now)


def tell_opening(event: OutboxEvent, now: datetime) -> None:
    """Tell whose points opened, once per member and day (RULES 11); what was taken back is no news."""
    recipe = _listening(event, RecipeKind.ACTIVATED)
    version = version_at(event.merchant, now)
    if recipe is None or event.member_id is None or version is None:
        return
    found = openings.candidate(recipe, event.member_id, terms_of(version), told_at=event.created_at)
    if found is not None:
        plan_one(recipe=recipe, candidate=found, now=now)


def tell_of_friend(event: OutboxEvent, now: datetime) -> None:
    """Tell who brought a friend that the friend is here, once (RULES 38)."""
    recipe = _listening(event, RecipeKind.FRIEND_JOINED)
    version = version_at(event.merchant, now)
    if recipe is None or event.member_id is None or version is None:
        return
    until = event.created_at + Tuning.read(recipe.settings).validity
    facts = account_facts([event.member_id], terms_of(version)).get(event.member_id, {})
    occasion = friends.occasion_of(event.payload)
    plan_one(recipe=recipe, candidate=Candidate(event.member_id, occasion, facts, until), now=now)


def tell_of_reward(event: OutboxEvent, now: datetime) -> None:
    """Tell each of the two what they got, once; what was taken back is no news."""
    recipe = _listening(event, RecipeKind.FRIEND_REWARD)
    version = version_at(event.merchant, now)
    if recipe is None or event.member_id is None or version is None:
        return
    found = friends.candidate(recipe, event, terms_of(version))
    if found is not None:
        plan_one(recipe=recipe, candidate=found, now=now)


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
