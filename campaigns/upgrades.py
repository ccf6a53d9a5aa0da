"""The tier a member climbed to: one occasion, however many events one order made (RULES 5)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger.models import TierPeriod
from programs.terms import Terms, TierTerms


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A higher tier that was reached, and the order that reached it, where it was one."""

    occasion: str
    tier: TierTerms
    reached_at: datetime
    purchase_id: int | None


def upgrades_of(member_ids: Collection[int], terms: Terms, *, now: datetime) -> dict[int, Upgrade]:
    """Member → their newest tier, if it is higher than the one before. One query."""
    periods: dict[int, list[TierPeriod]] = defaultdict(list)
    rows = TierPeriod.objects.filter(member__in=member_ids, starts_at__lte=now)
    for row in rows.order_by("starts_at", "id"):
        periods[row.member_id].append(row)
    found = ((member_id, _upgrade(held, terms)) for member_id, held in periods.items())
    return {member_id: upgrade for member_id, upgrade in found if upgrade is not None}


def _upgrade(held: list[TierPeriod], terms: Terms) -> Upgrade | None:
    newest = held[-1]
    tier = terms.tier(newest.tier_code)
    before = terms.tiers[0] if len(held) == 1 else terms.tier(held[-2].tier_code)
    if tier.threshold_minor <= before.threshold_minor:
        return None
    occasion = f"{newest.tier_code}:{newest.starts_at:%Y-%m-%d}"
    return Upgrade(occasion, tier, newest.starts_at, newest.purchase_id)
