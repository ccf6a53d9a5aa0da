"""Badges of tiers and risk, read for a whole page at once."""

from collections.abc import Collection
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _

from accounts.cells import isolated
from accounts.reach import Reach
from analytics.models import DormancyScore
from programs.models import Tier

HIGH_RISK: Final = 0.5
SOME_RISK: Final = 0.25


class Badge:
    """The colours of badges by their key; the theme draws "default" grey."""

    COLOURS: ClassVar[dict[str, str]] = {
        "tier0": "warning",
        "tier1": "info",
        "tier2": "success",
        "tier3": "primary",
        "none": "default",
        "high": "danger",
        "some": "warning",
        "low": "success",
    }


class TierBadges:
    """The names and ranks of the tiers within reach; the newest name of a code counts."""

    def __init__(self, reach: Reach) -> None:
        rows = reach.limit(Tier.objects.all(), room="programme", path="version__programme__merchant")
        known = rows.select_related("version__programme").order_by("version__number", "threshold_minor")
        self.tiers = {(tier.version.programme.merchant_id, tier.code): tier for tier in known}
        self.ranks: dict[tuple[int, str], int] = {}
        for (merchant_id, code), _tier in sorted(
            self.tiers.items(), key=lambda pair: pair[1].threshold_minor
        ):
            self.ranks[merchant_id, code] = sum(owner == merchant_id for owner, _code in self.ranks)

    def of(self, merchant_id: int, code: str) -> tuple[str, str]:
        """Return the badge's colour key and text."""
        tier = self.tiers.get((merchant_id, code))
        if tier is None:
            return "none", "—"
        return f"tier{min(self.ranks[merchant_id, code], 3)}", tier.name

    def choices(self) -> list[tuple[str, str]]:
        """Return (code, name) once per code, the lowest tier first."""
        return list({code: self.tiers[owner, code].name for owner, code in self.ranks}.items())


def scores_of(member_ids: Collection[int]) -> dict[int, DormancyScore]:
    """Return the scores in use of these members; one without a score was not seen for 90 days."""
    rows = DormancyScore.objects.filter(model__is_current=True, member_id__in=member_ids)
    return {row.member_id: row for row in rows}


def risk_badge(score: Any) -> tuple[str, str]:
    """Return the badge of a score."""
    if score is None:
        return "none", "—"
    share = isolated(f"{score.probability:.0%}")
    if score.is_slipping or score.probability >= HIGH_RISK:
        return "high", _("High · %(share)s") % {"share": share}
    if score.probability >= SOME_RISK:
        return "some", _("Some · %(share)s") % {"share": share}
    return "low", _("Low · %(share)s") % {"share": share}
