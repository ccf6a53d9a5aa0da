"""Reading programmes: which version was in force, and its terms as plain values for the kernel."""

from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import cast

from django.db.models import Q

from accounts.models import Branch, Merchant
from programs import occasions
from programs.calendars import Rounding
from programs.charity import GivingTerms
from programs.conditions_of import conditions_of
from programs.goals_of import goals_of
from programs.models import (
    AudienceMember,
    EarnCap,
    EarnRule,
    Giving,
    OccasionDays,
    Plan,
    Programme,
    ProgrammeState,
    ProgrammeVersion,
    ReferralOffer,
    RewardKind,
    Tier,
    TierPerk,
)
from programs.parts_read import active
from programs.perks import PerkKind, PerkTerms
from programs.referring import ReferralTerms
from programs.terms import (
    CapPeriod,
    CapScope,
    CapTerms,
    Hold,
    NegativePolicy,
    PlanPeriod,
    PlanTerms,
    RuleKind,
    RuleTerms,
    Stacking,
    Terms,
    TierBasis,
    TierRenewal,
    TierTerms,
    TierWindow,
)

PILOT_AUDIENCE = "pilot"
"""The audience that earns while a programme is in its pilot."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A merchant's published terms in time, for pricing many purchases without asking again."""

    starts: tuple[datetime, ...]
    terms: tuple[Terms, ...]

    def at(self, moment: datetime) -> Terms | None:
        """The terms in force at ``moment``; ``None`` before the first."""
        place = bisect_right(self.starts, moment)
        return self.terms[place - 1] if place else None

    def nearest(self, moment: datetime) -> Terms | None:
        """The terms in force at ``moment``, or the earliest ever published: history moves tiers by them."""
        return self.at(moment) or next(iter(self.terms), None)

    def of(self, version_id: int | None) -> Terms | None:
        """The terms of one version, in force or not."""
        return next((terms for terms in self.terms if terms.version_id == version_id), None)


def programme_of(merchant: Merchant) -> Programme | None:
    """The merchant's programme, whatever its state."""
    return Programme.objects.select_related("merchant").filter(merchant=merchant).first()


def version_at(merchant: Merchant, moment: datetime) -> ProgrammeVersion | None:
    """The version in force at ``moment``; ``None`` when nothing was promised then."""
    versions = ProgrammeVersion.objects.select_related("programme__merchant")
    return versions.filter(programme__merchant=merchant).in_force_at(moment).first()


def timeline(merchant: Merchant) -> Timeline:
    """Every published version of ``merchant`` in the order of time."""
    versions = ProgrammeVersion.objects.select_related("programme__merchant").published()
    ordered = list(versions.filter(programme__merchant=merchant).order_by("effective_from", "number"))
    starts = tuple(version.effective_from for version in ordered if version.effective_from)
    return Timeline(starts, tuple(terms_of(version) for version in ordered))


@lru_cache(maxsize=256)
def timeline_of(stamps: tuple[tuple[int, datetime, datetime], ...], currency: str, zone: str) -> Timeline:
    """The published versions with these ids, starts and moments of publication: what never changes again."""
    return Timeline(
        tuple(since for _pk, since, _at in stamps),
        tuple(_published_terms(pk, at, currency, zone) for pk, _since, at in stamps),
    )


def terms_of(version: ProgrammeVersion) -> Terms:
    """The plain terms of ``version``. A published version never changes, so its terms are remembered.

    The merchant's currency and zone are part of what is remembered: they are not the version's.
    """
    merchant = version.programme.merchant
    if version.published_at is None:
        return _read_terms(version, merchant.currency, merchant.zone)
    return _published_terms(version.pk, version.published_at, merchant.currency, merchant.zone)


def forget_terms() -> None:
    """Empty the memory of published terms: for tests, whose databases use the same ids again."""
    _published_terms.cache_clear()
    timeline_of.cache_clear()


def may_earn(programme: Programme, *, member_id: int, now: datetime) -> bool:
    """Whether a purchase of this member at ``now`` earns: live for all, pilot for its audience, else nobody.

    What counts is how the programme stood at that moment, however late the purchase is told (RULES 13).
    """
    state = programme.state_at(now)
    if state == ProgrammeState.PILOT:
        places = AudienceMember.objects.filter(
            Q(until__isnull=True) | Q(until__gt=now),
            merchant_id=programme.merchant_id,
            audience=PILOT_AUDIENCE,
            member_id=member_id,
            since__lte=now,
        )
        return places.exists()
    return state == ProgrammeState.LIVE


def occasions_set(merchant_id: int, codes: Collection[str]) -> tuple[occasions.Set, ...]:
    """The days that a merchant set for these occasions, whenever it did."""
    rows = OccasionDays.objects.filter(merchant=merchant_id, code__in=codes).order_by("set_at", "id")
    return tuple(row.as_set for row in rows)


@lru_cache(maxsize=1024)
def _published_terms(version_id: int, published_at: datetime, currency: str, zone: str) -> Terms:
    version = ProgrammeVersion.objects.get(pk=version_id, published_at=published_at)
    return _read_terms(version, currency, zone)


def _read_terms(version: ProgrammeVersion, currency: str, zone: str) -> Terms:
    rules = active(version.rules)
    tiers = tuple(_tier_terms(tier) for tier in version.tiers.all())
    plans = tuple(_plan_terms(plan) for plan in active(version.plans))
    names = _names(version, rules, tiers) | {"plans": {one.code: (one.name_ar, one.name_en) for one in plans}}
    return Terms(
        version_id=version.pk,
        currency=currency,
        zone=zone,
        tiers=tiers,
        rules=tuple(_rule_terms(rule, names) for rule in rules),
        caps=tuple(_cap_terms(cap) for cap in version.caps.all()),
        perks=perk_terms(version, names["occasions"]),
        plans=plans,
        referral=_referral_terms(next(iter(version.referrals.all()), None)),
        giving=next(map(giving_terms, version.givings.all()), None),
        partner_rewards=_codes_of_partners(version),
        **goals_of(version),
        block_points=version.block_points,
        block_value_minor=version.block_value_minor,
        max_redeem_minor=version.max_redeem_minor,
        expiry_months=version.expiry_months,
        expiry_rounding=cast("Rounding", version.expiry_rounding),
        claim_window_days=version.claim_window_days,
        stacking=cast("Stacking", version.stacking),
        negative_policy=cast("NegativePolicy", version.negative_policy),
        tier_basis=cast("TierBasis", version.tier_basis),
        tier_window=cast("TierWindow", version.tier_window),
        tier_renewal=cast("TierRenewal", version.tier_renewal),
        code_minutes=version.code_minutes,
        grace_days=version.grace_days,
        hold=cast("Hold", version.hold),
        hold_days=version.hold_days,
        hold_event=version.hold_event,
        expected_use_percent=version.expected_use_percent,
    )


def _tier_terms(tier: Tier) -> TierTerms:
    return TierTerms(tier.code, tier.name_ar, tier.name_en, tier.threshold_minor, Fraction(tier.multiplier))


def perk_terms(
    version: ProgrammeVersion, occasions: Mapping[str, tuple[str, str]] | None = None
) -> tuple[PerkTerms, ...]:
    """The perks of a version's tiers, in their order; ``occasions`` are the names of those they may name."""
    return tuple(_perk_terms(perk, occasions or {}) for perk in version.perks.all())


def _perk_terms(perk: TierPerk, occasions: Mapping[str, tuple[str, str]]) -> PerkTerms:
    return PerkTerms(
        *(perk.code, perk.tier, cast("PerkKind", perk.kind), perk.name_ar, perk.name_en),
        *(perk.percent, perk.amount_minor, perk.min_order_minor, frozenset(perk.occasions)),
        labels=tuple((code, *occasions[code]) for code in perk.occasions if code in occasions),
    )


def _cap_terms(cap: EarnCap) -> CapTerms:
    return CapTerms(cast("CapScope", cap.scope), cast("CapPeriod", cap.period), cap.points, cap.rule)


def _referral_terms(offer: ReferralOffer | None) -> ReferralTerms | None:
    if offer is None:
        return None
    return ReferralTerms(
        *(offer.bringer_points, offer.friend_points, offer.bringer_reward, offer.friend_reward),
        *(offer.window_days, offer.least_minor, offer.most_per_month),
    )


def _plan_terms(plan: Plan) -> PlanTerms:
    return PlanTerms(
        code=plan.code,
        name_ar=plan.name_ar,
        name_en=plan.name_en,
        price_minor=plan.price_minor,
        period=cast("PlanPeriod", plan.period),
        trial_days=plan.trial_days,
        grace_days=plan.grace_days,
        free_shipping=plan.free_shipping,
        discount_percent=plan.discount_percent,
        fee_earns=plan.fee_earns,
        welcome_reward=plan.welcome_reward,
    )


def giving_terms(giving: Giving) -> GivingTerms:
    """What a version promises causes, as plain values."""
    return GivingTerms(
        takes_points=giving.takes_points,
        min_points=giving.min_points,
        step_points=giving.step_points,
        share_bp=int(giving.share_percent * 100),
        share_cap_minor=giving.share_cap_minor,
        keep_days=giving.keep_days,
    )


def _codes_of_partners(version: ProgrammeVersion) -> frozenset[str]:
    """The rewards that partners honour."""
    rewards = active(version.rewards)
    return frozenset(reward.code for reward in rewards if reward.kind == RewardKind.PARTNER)


def _names(
    version: ProgrammeVersion, rules: list[EarnRule], tiers: tuple[TierTerms, ...]
) -> dict[str, dict[str, tuple[str, str]]]:
    """What conditions name, in Arabic and English: kept with the terms, so that their sentences stay."""
    merchant = version.programme.merchant_id
    named = {code for rule in rules for code in rule.occasions}
    named |= {code for perk in version.perks.all() for code in perk.occasions}
    own = (
        OccasionDays.objects.filter(merchant=merchant, code__in=named).exclude(name_ar="").order_by("set_at")
    )
    at = {code for rule in rules for code in rule.branches}
    branches = Branch.objects.filter(merchant=merchant, code__in=at)
    return {
        "tiers": {tier.code: (tier.name_ar, tier.name_en) for tier in tiers},
        "branches": {row.code: (row.name_ar, row.name_en) for row in (branches if at else ())},
        "occasions": {code: (known.name_ar, known.name_en) for code, known in occasions.KNOWN.items()}
        | {row.code: (row.name_ar, row.name_en) for row in (own if named else ())},
    }


def _labels(rule: EarnRule, names: dict[str, dict[str, tuple[str, str]]]) -> tuple[tuple[str, str, str], ...]:
    asked = [(kind, code) for kind in names for code in getattr(rule, kind)]
    return tuple((code, *names[kind][code]) for kind, code in asked if code in names[kind])


def _rule_terms(rule: EarnRule, names: dict[str, dict[str, tuple[str, str]]]) -> RuleTerms:
    return RuleTerms(
        code=rule.code,
        name_ar=rule.name_ar,
        name_en=rule.name_en,
        kind=cast("RuleKind", rule.kind),
        points=rule.points,
        per_minor=rule.per_minor,
        factor=Fraction(rule.factor),
        conditions=conditions_of(rule),
        priority=rule.priority,
        trigger=rule.trigger,
        labels=_labels(rule, names),
        target=rule.target,
        count=rule.count,
    )
