"""Friends who were brought (RULES 38): that one joined, and what each of the two got for it.

An occasion is the referral and the side: each is told once, and what was taken back since is told to nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.models import OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts
from campaigns.models import Message, Recipe
from campaigns.tuning import Tuning
from ledger.models import Referral
from ledger.models.referrals import ReferralState
from programs.terms import Terms


def occasion_of(payload: Mapping[str, Any]) -> str:
    """The name of a piece of news about one referral: "friend:7", "friend:7:bringer"."""
    parts = ("friend", str(payload["referral_id"]), payload.get("side", ""))
    return ":".join(part for part in parts if part)


def candidate(recipe: Recipe, event: OutboxEvent, terms: Terms) -> Candidate | None:
    """Whom to tell of a reward; None when it was taken back meanwhile."""
    occasion = occasion_of(event.payload)
    given = _given([occasion]).get(occasion)
    if given is None or event.member_id is None:
        return None
    facts = account_facts([event.member_id], terms)[event.member_id] | {"given": given}
    return Candidate(
        event.member_id, occasion, facts, event.created_at + Tuning.read(recipe.settings).validity
    )


def still_given(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → fresh facts, where the reward still stands."""
    accounts = account_facts({message.member_id for message in messages}, terms)
    given = _given([message.occasion for message in messages])
    return {
        message.pk: accounts[message.member_id] | {"given": given[message.occasion]}
        for message in messages
        if message.occasion in given
    }


def _given(occasions: Sequence[str]) -> dict[str, int]:
    """Occasion → the points of its side, for rewards that stand. One query."""
    named = {occasion: occasion.split(":") for occasion in occasions}
    pks = {int(parts[1]) for parts in named.values()}
    rows = Referral.objects.filter(pk__in=pks, state=ReferralState.REWARDED).values_list(
        "pk", "bringer_movement__points", "friend_movement__points"
    )
    points = {pk: {"bringer": mine or 0, "friend": theirs or 0} for pk, mine, theirs in rows}
    return {
        occasion: points[int(pk)][side]
        for occasion, (_friend, pk, side) in named.items()
        if int(pk) in points
    }
