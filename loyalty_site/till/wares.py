"""What a customer's points can buy at the counter, with pictures; and what they cannot yet, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import get_language

from accounts.models import Member
from accounts.money import Money
from ledger.catalogue import rewards_for
from ledger.queries import Account
from programs.having_wording import why_not_text
from programs.models import Reward
from programs.sentences import points_text
from programs.terms import Terms

BLOCKS: Final = 6
"""How many amounts of money off are offered."""
SHUT: Final = 6
"""How many rewards are shown that cannot be had now."""


@dataclass(frozen=True, slots=True)
class Ware:
    """One thing to choose; ``value`` is what the form sends, ``why_not`` says what is in the way."""

    value: str
    name: str
    cost: str
    reward: Reward | None = None
    why_not: str = ""


def wares(member: Member, standing: Account, now: datetime) -> list[Ware]:
    """Money off in whole blocks, the rewards that can be had, then a few that cannot and why."""
    if standing.terms is None or standing.offer is None:
        return []
    offers = rewards_for(member, now=now, standing=standing)
    language = get_language() or "ar"
    rewards = [
        Ware(
            value=f"reward:{offer.reward.code}",
            name=offer.reward.name,
            cost=points_text(offer.reward.points),
            reward=offer.reward,
            why_not=why_not_text(offer.why_not, language) if offer.why_not else "",
        )
        for offer in offers
    ]
    to_have = [ware for ware in rewards if not ware.why_not]
    shut = [ware for ware in rewards if ware.why_not]
    return [*_money_off(standing.offer.points, standing.terms, language), *to_have, *shut[:SHUT]]


def _money_off(points: int, terms: Terms, language: str) -> list[Ware]:
    """What the points are worth at once, then smaller amounts: "25.00 SAR", "500 points"."""
    most = points // terms.block_points
    steps = range(most, 0, -1) if most <= BLOCKS else [most, *range(BLOCKS - 1, 0, -1)]
    return [
        Ware(
            value=f"points:{blocks * terms.block_points}",
            name=Money(blocks * terms.block_value_minor, terms.currency).format(language),
            cost=points_text(blocks * terms.block_points),
        )
        for blocks in steps
    ]
