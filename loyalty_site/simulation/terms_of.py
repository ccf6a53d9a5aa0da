"""A story's terms as versions of a real programme."""

from datetime import datetime
from typing import Final

from accounts.models import Merchant
from loyalty_site.simulation.facts import Terms
from programs.models import (
    EarnCap,
    EarnRule,
    Hold,
    MarginFigures,
    Programme,
    ProgrammeVersion,
    Reward,
    Rounding,
    RuleKind,
)
from programs.publishing import create_blueprint, draft_of, publish

ROUNDINGS: Final = {
    0: Rounding.NONE, 1: Rounding.MONTH, 3: Rounding.QUARTER, 6: Rounding.HALF, 12: Rounding.YEAR
}  # fmt: skip


def programme_with(merchant: Merchant, terms: Terms, since: datetime) -> None:
    """Publish a merchant's first programme with the story's terms, whatever they cost the shop."""
    MarginFigures.objects.create(
        merchant=merchant, gross_percent=100, vat_percent=0, ceiling_percent=100,
        holds_from=since, said_by="simulation", said_at=since,
    )  # fmt: skip
    version = create_blueprint(merchant=merchant)
    _write(version, terms)
    publish(version=version, actor="simulation", effective_from=since, now=since)


def publish_terms(programme: Programme, terms: Terms, *, starts: datetime, now: datetime) -> None:
    """Publish other terms from a moment on. Raises what publishing raises."""
    version = draft_of(programme=programme)
    _write(version, terms)
    publish(version=version, actor="simulation", effective_from=starts, now=now)


def _write(version: ProgrammeVersion, terms: Terms) -> None:
    """Put the terms on a draft."""
    version.negative_policy, version.tier_renewal = terms.policy, terms.renewal
    version.expiry_months, version.expiry_rounding = terms.months, ROUNDINGS[terms.rounding]
    version.max_redeem_minor, version.block_value_minor = terms.cap_minor, terms.block_minor
    version.hold = Hold.EVENT if terms.hold == -1 else Hold.DAYS if terms.hold else Hold.NONE
    version.hold_days, version.hold_event = max(0, terms.hold), "delivered" if terms.hold == -1 else ""
    version.save()
    version.rewards.all().delete()
    Reward.objects.create(
        version=version, code="gift", name_ar="هدية", name_en="Gift", points=terms.gift, cost_minor=1000,
        tiers=list(terms.gift_tiers),
    )  # fmt: skip
    version.caps.all().delete()
    if terms.daily is not None:
        EarnCap.objects.create(version=version, period="day", points=terms.daily)
    version.rules.filter(code="coffee").delete()
    if terms.coffee > 1:
        EarnRule.objects.create(
            version=version, code="coffee", name_ar="قهوة", name_en="Coffee", kind=RuleKind.MULTIPLIER,
            factor=terms.coffee, categories=["coffee"],
        )  # fmt: skip
