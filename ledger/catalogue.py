"""The catalogue as one member sees it: every reward with what is in the way, and what is theirs already.

The till, the portal, the API and the messages ask here, and the books ask the same ``programs.having`` when
points are set aside; so a reward that is offered can be had.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Member, Merchant
from ledger.families import family_of
from ledger.membership_queries import current
from ledger.models import Budget, GiftCard, Redemption, Upgrade
from ledger.models.redemptions import RedemptionState
from ledger.queries import Account, account
from ledger.stock import STOCK
from programs.calendars import business_date, local
from programs.having import Facts, RewardOffer, in_order, limit_start, names_of, offer_of
from programs.models import AudienceMember, Reward
from programs.queries import version_at

OPEN = (RedemptionState.RESERVED, RedemptionState.USED)


def rewards_for(member: Member, *, now: datetime, standing: Account | None = None) -> list[RewardOffer]:
    """The catalogue as this member sees it: what they can have first, then what is nearest.

    One query for rewards, and one more for each of stock, limits, segments and plans that some reward has.
    What is over, and what is given and never sold, does not stand in it.
    """
    version = version_at(member.merchant, now)
    if version is None:
        return []
    standing = standing or account(member, now=now)
    today = business_date(now, member.merchant.zone)
    sold = [
        reward
        for reward in version.rewards.filter(is_active=True, points__gt=0)
        if reward.ends_on is None or reward.ends_on >= today
    ]
    given, had = given_of(member.merchant, sold), _had(member, sold, now)
    held = _segments(member, now) if any(reward.segments for reward in sold) else frozenset()
    paid = current(member, now) if any(reward.early_plans for reward in sold) else None
    terms, tier = standing.terms, standing.tier
    names = names_of(terms) if terms else {}
    return in_order(
        offer_of(
            reward,
            Facts(
                local=local(now, member.merchant.zone),
                tier=tier.code if tier else "",
                plan=paid.plan if paid else "",
                given=given[reward.code],
                had=had[reward.code],
                in_segment=not held.isdisjoint(reward.segments),
                names=names,
            ),
            standing.available,
        )
        for reward in sold
    )


def given_of(merchant: Merchant, rewards: Sequence[Reward]) -> Counter[str]:
    """How many pieces of each reward's stock are gone, by code; 0 where nobody counts them."""
    codes = [reward.code for reward in rewards if reward.stock is not None]
    return pieces_given(merchant.pk, codes) if codes else Counter()


def pieces_given(merchant_id: int, codes: Collection[str]) -> Counter[str]:
    """How many pieces of these rewards are gone at a merchant, by code."""
    rows = Budget.objects.filter(merchant=merchant_id, period=STOCK, rule__in=codes)
    return Counter(dict(rows.values_list("rule", "used")))


def _had(member: Member, rewards: Sequence[Reward], now: datetime) -> Counter[str]:
    """How many of each limited reward the person had in its running period, by code."""
    zone = member.merchant.zone
    today = business_date(now, zone)
    since = {one.code: limit_start(one, today) for one in rewards if one.member_limit is not None}
    if not since:
        return Counter()
    codes = Redemption.objects.filter(
        member_id__in=family_of(member.pk), reward_code__in=since, state__in=OPEN
    )
    rows = codes.values_list("reward_code", "issued_at")
    return Counter(code for code, at in rows if business_date(at, zone) >= since[code])


def _segments(member: Member, now: datetime) -> frozenset[str]:
    places = AudienceMember.objects.filter(
        merchant=member.merchant, member_id__in=family_of(member.pk), since__lte=now
    )
    rows = places.values_list("audience", "until")
    return frozenset(name for name, until in rows if until is None or until > now)


def gift_cards_of(member: Member) -> QuerySet[GiftCard]:
    """The person's gift cards with money on them, the first to run out first."""
    cards = GiftCard.objects.filter(member_id__in=family_of(member.pk), balance_minor__gt=0, closed_at=None)
    return cards.order_by("expires_on", "id")


def upgrades_of(member: Member, *, now: datetime) -> QuerySet[Upgrade]:
    """What is open for the person now, the last to end first."""
    rows = Upgrade.objects.filter(member_id__in=family_of(member.pk), starts_at__lte=now, until__gt=now)
    return rows.order_by("-until", "id")
