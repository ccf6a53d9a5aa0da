"""Who a recipe speaks to, about what, and the facts every message may tell."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from campaigns.facts import Facts, names_of
from ledger.models import Balance
from programs.burning import worth_minor
from programs.terms import Terms


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member a recipe has something to say to, and until when it is worth saying.

    ``reach_from``: before then only the inbox tells it.
    """

    member_id: int
    occasion: str
    facts: Facts
    not_after: datetime
    reach_from: datetime | None = None


def account_facts(member_ids: Collection[int], terms: Terms) -> dict[int, Facts]:
    """Return what every message may say: balance, its worth and the tier. One query."""
    balances = Balance.objects.in_bulk(member_ids)
    return {member_id: _account(balances.get(member_id), terms) for member_id in member_ids}


def _account(balance: Balance | None, terms: Terms) -> Facts:
    points = balance.available if balance else 0
    return {
        "points": points,
        "worth_minor": worth_minor(points, terms),
        "tier": names_of(terms.tier(balance.tier_code if balance else "")),
    }
