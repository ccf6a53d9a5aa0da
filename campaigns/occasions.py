"""When a recipe has something to say, and whether it is still so at the moment of sending.

``find`` asks of a whole merchant; ``still_true`` asks again of the messages in hand and returns fresh facts,
so a member never reads a figure that changed while their message waited. Both ask the same questions of the
floors below, in a number of queries that does not depend on the number of members.

An occasion is a name: one message per member, recipe, occasion and channel, for ever.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.db.models import F

from accounts.models import Member
from analytics.models import DormancyScore
from campaigns import donations, expiry_alerts, friends, memberships, openings, prizes, sign_ups
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts, names_of, step_facts
from campaigns.models import Message, Recipe, RecipeKind
from campaigns.tuning import Tuning
from ledger.families import last_visit
from ledger.models import Balance
from ledger.tier_ways import about_to_fall, near_next_tier
from programs.calendars import add_months, business_date, end_of_day_instant
from programs.queries import terms_of, version_at
from programs.terms import Terms

JOINED: Final = "joined"
DAILY: Final = (
    *(RecipeKind.NEAR_TIER, RecipeKind.KEEP_TIER),
    *(RecipeKind.EXPIRING, RecipeKind.REACTIVATION),
)
"""Recipes planned by the clock; the others are planned by events (``campaigns.handlers``)."""


def find(recipe: Recipe, *, now: datetime) -> list[Candidate]:
    """Return everybody the recipe would speak to at ``now``; nobody where nothing was promised yet."""
    version = version_at(recipe.merchant, now)
    return _FINDERS[RecipeKind(recipe.kind)](recipe, terms_of(version), now) if version else []


def still_true(messages: Sequence[Message], *, now: datetime) -> dict[int, Facts]:
    """Return message id → fresh facts for those whose news is still news. All are of one recipe."""
    recipe = messages[0].recipe
    version = version_at(recipe.merchant, now)
    return _RECHECKS[RecipeKind(recipe.kind)](messages, terms_of(version), now) if version else {}


def _find_near(recipe: Recipe, terms: Terms, now: datetime) -> list[Candidate]:
    """Members at 90 % of the next tier: once per tier and membership year (RULES 35)."""
    near = near_next_tier(recipe.merchant, now=now)
    accounts = account_facts([row.member_id for row in near], terms)
    today, until = business_date(now, recipe.merchant.zone), now + Tuning.read(recipe.settings).validity
    return [
        Candidate(
            row.member_id,
            f"{row.next_tier.code}:{membership_year(row.joined_on, today)}",
            {
                **accounts[row.member_id],
                "next_tier": names_of(row.next_tier),
                **step_facts(row.missing, row.by, terms),
            },
            until,
        )
        for row in near
    ]


def _find_falling(recipe: Recipe, terms: Terms, now: datetime) -> list[Candidate]:
    """Members who lose their tier within thirty days: once per tier and the end of its year (RULES 34)."""
    falling = about_to_fall(recipe.merchant, now=now)
    accounts = account_facts([row.member_id for row in falling], terms)
    return [
        Candidate(
            row.member_id,
            f"{row.tier.code}:{row.until}",
            {
                **accounts[row.member_id],
                "tier": names_of(row.tier),
                **step_facts(row.missing, row.until, terms),
            },
            end_of_day_instant(row.until, recipe.merchant.zone),
        )
        for row in falling
    ]


def membership_year(joined_on: date, today: date) -> str:
    """Return the day on which the member's current year began: the last anniversary of joining."""
    years = today.year - joined_on.year
    anniversary = add_months(joined_on, 12 * years)
    return str(anniversary if anniversary <= today else add_months(joined_on, 12 * (years - 1)))


def _find_slipping(recipe: Recipe, terms: Terms, now: datetime) -> list[Candidate]:
    """Members the model says are slipping and who have not bought since: once per silence."""
    scores = DormancyScore.objects.filter(
        merchant=recipe.merchant,
        model__is_current=True,
        is_slipping=True,
        member__in=Member.objects.for_merchant(recipe.merchant).active(),
    ).annotate(last=last_visit("member__"))
    silent = scores.filter(last__lt=F("model__cutoff")).values_list("member_id", "last")
    silent_since = {member_id: business_date(last, recipe.merchant.zone) for member_id, last in silent}
    accounts = account_facts(silent_since, terms)
    until = now + Tuning.read(recipe.settings).validity
    return [
        Candidate(member_id, f"silent:{since}", accounts[member_id], until)
        for member_id, since in silent_since.items()
    ]


def _still_a_member(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    accounts = account_facts({message.member_id for message in messages}, terms)
    return {message.pk: accounts[message.member_id] for message in messages}


def _still_in_tier(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    held = dict(
        Balance.objects.filter(member__in={message.member_id for message in messages}).values_list(
            "member_id", "tier_code"
        )
    )
    return {
        pk: facts
        for message, (pk, facts) in zip(messages, _still_a_member(messages, terms, now).items(), strict=True)
        if message.occasion.partition(":")[0] == held.get(message.member_id)
    }


def _still_found(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Ask the finder again: the member is still there, about the same occasion."""
    recipe = messages[0].recipe
    found = {
        (c.member_id, c.occasion): c.facts for c in _FINDERS[RecipeKind(recipe.kind)](recipe, terms, now)
    }
    return {
        message.pk: found[message.member_id, message.occasion]
        for message in messages
        if (message.member_id, message.occasion) in found
    }


_FINDERS: Final[Mapping[RecipeKind, Callable[[Recipe, Terms, datetime], list[Candidate]]]] = {
    RecipeKind.NEAR_TIER: _find_near,
    RecipeKind.KEEP_TIER: _find_falling,
    RecipeKind.EXPIRING: expiry_alerts.find,
    RecipeKind.REACTIVATION: _find_slipping,
}
_RECHECKS: Final[Mapping[RecipeKind, Callable[[Sequence[Message], Terms, datetime], dict[int, Facts]]]] = {
    RecipeKind.WELCOME: _still_a_member,
    RecipeKind.NEAR_TIER: _still_found,
    RecipeKind.KEEP_TIER: _still_found,
    RecipeKind.TIER_CHANGED: _still_in_tier,
    RecipeKind.EXPIRING: expiry_alerts.still_dying,
    RecipeKind.ACTIVATED: openings.still_open,
    RecipeKind.FRIEND_JOINED: _still_a_member,
    RecipeKind.FRIEND_REWARD: friends.still_given,
    RecipeKind.PRIZES: prizes.still_won,
    **dict.fromkeys(memberships.NEWS, memberships.still_so),
    RecipeKind.PLACE_AWAITED: sign_ups.still_signed_up,
    RecipeKind.PLACE_GIVEN: sign_ups.still_signed_up,
    RecipeKind.CALLED_OFF: sign_ups.still_called_off,
    RecipeKind.DONATED: donations.still_given,
    RecipeKind.REACTIVATION: _still_found,
}
