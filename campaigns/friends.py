"""Friends who were brought (RULES 38): that one joined, and what each of the two got for it.

An occasion is the referral and the side: each is told once, and what was taken back since is told to nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.models import OutboxEvent
from campaigns.candidates import Candidate, account_facts
from campaigns.facts import Facts, names_of
from campaigns.models import Message, Recipe
from campaigns.tuning import Tuning
from ledger.models import Referral
from ledger.models.referrals import ReferralState
from programs.terms import Terms


def occasion_of(payload: Mapping[str, Any]) -> str:
    """The name of a piece of news about one referral: "friend:7", "friend:7:bringer"."""
    parts = ("friend", str(payload["referral_id"]), payload.get("side", ""))
    return ":".join(part for part in parts if part)


def joined(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Tell who brought a friend that the friend is here."""
    facts = account_facts([event.about], terms)[event.about]
    return _candidate(recipe, event, facts)


def candidate(recipe: Recipe, event: OutboxEvent, terms: Terms, now: datetime) -> Candidate | None:
    """Whom to tell of a reward; None when it was taken back meanwhile."""
    given = _given([occasion_of(event.payload)]).get(occasion_of(event.payload))
    if given is None:
        return None
    return _candidate(recipe, event, account_facts([event.about], terms)[event.about] | given)


def _candidate(recipe: Recipe, event: OutboxEvent, facts: Facts) -> Candidate:
    until = event.created_at + Tuning.read(recipe.settings).validity
    return Candidate(event.about, occasion_of(event.payload), facts, until)


def still_given(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, Facts]:
    """Message id → fresh facts, where the reward still stands."""
    accounts = account_facts({message.member_id for message in messages}, terms)
    given = _given([message.occasion for message in messages])
    return {
        message.pk: accounts[message.member_id] | given[message.occasion]
        for message in messages
        if message.occasion in given
    }


def _given(occasions: Sequence[str]) -> dict[str, Facts]:
    """Occasion → the points and the voucher of its side, for rewards that stand. One query."""
    named = {occasion: occasion.split(":") for occasion in occasions}
    pks = {int(parts[1]) for parts in named.values()}
    rows = Referral.objects.filter(pk__in=pks, state=ReferralState.REWARDED).select_related(
        "bringer_movement", "friend_movement", "bringer_voucher", "friend_voucher"
    )
    standing = {row.pk: row for row in rows}
    return {
        occasion: _of_side(standing[int(pk)], side)
        for occasion, (_friend, pk, side) in named.items()
        if int(pk) in standing
    }


def _of_side(row: Referral, side: str) -> Facts:
    movement, voucher = getattr(row, f"{side}_movement"), getattr(row, f"{side}_voucher")
    facts = Facts(given=movement.points if movement else 0)
    if voucher is not None:
        facts["gift"] = names_of(voucher)
    return facts
