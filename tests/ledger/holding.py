"""Contests and prizes of a draft."""

from datetime import date, datetime, timedelta
from typing import Any

from ledger.models import ContestClosing, ContestStanding
from programs.models import Contest, ContestPrize, ProgrammeVersion
from programs.queries import forget_terms
from tests.cast import Shop

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 28)
CUP = {
    "code": "cup", "name_ar": "كأس فبراير", "name_en": "February cup", "counts": "spend",
    "starts_on": FIRST, "ends_on": LAST,
}  # fmt: skip
PRIZES: tuple[dict[str, Any], ...] = (
    {"points": 300, "badge": "regular"},
    {"first_place": 2, "last_place": 3, "points": 100, "reward": "coffee"},
)


def hold(
    version: ProgrammeVersion,
    contests: tuple[dict[str, Any], ...] = ({},),
    prizes: tuple[dict[str, Any], ...] = PRIZES,
) -> None:
    """Add contests and prizes to a draft."""
    for facts in contests:
        Contest.objects.create(version=version, **(CUP | facts))
    for prize in prizes:
        ContestPrize.objects.create(version=version, **({"contest": "cup"} | prize))


def hold_and_decide(shop: Shop, now: datetime) -> ContestClosing:
    """Let a shop whose terms are published already have a decided contest in which its member came first."""
    days = {"starts_on": now.date() - timedelta(days=40), "ends_on": now.date() - timedelta(days=30)}
    Contest.objects.bulk_create([Contest(version=shop.version, **(CUP | days | {"code": "past"}))])
    ContestPrize.objects.bulk_create([ContestPrize(version=shop.version, contest="past", points=10)])
    forget_terms()
    closing = ContestClosing.objects.create(
        merchant=shop.merchant, version=shop.version, code="past", starts_on=days["starts_on"],
        contenders=1, closed_at=now, done_at=now,
    )  # fmt: skip
    ContestStanding.objects.create(closing=closing, member=shop.member, place=1, count=100_00, reached_at=now)
    return closing


def hold_from_now(shop: Shop, now: datetime) -> None:
    """Let a shop whose terms are published already hold a contest that members join."""
    days = {"starts_on": now.date() - timedelta(days=5), "ends_on": now.date() + timedelta(days=5)}
    Contest.objects.bulk_create([Contest(version=shop.version, **(CUP | days), by_joining=True)])
    ContestPrize.objects.bulk_create([ContestPrize(version=shop.version, contest="cup", points=10)])
    forget_terms()
