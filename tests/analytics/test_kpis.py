"""The dashboard's figures, counted from purchases that went through the front door."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from accounts.models import Member
from analytics.kpis import key_figures
from analytics.queries import newest_snapshot
from analytics.snapshots import refresh_snapshot
from ledger.event import LineItem
from ledger.events import PurchaseMade, RedemptionIssued, RefundMade
from ledger.posting import post
from tests.cast import Cast, the_cast

NOW = datetime(2026, 11, 15, 9, 0, tzinfo=UTC)
NUMBERS = count(1)


@pytest.fixture
def cast(db: None) -> Cast:
    return the_cast()


def said(member: Member, days_ago: int, prefix: str) -> dict[str, Any]:
    return {
        "merchant_id": member.merchant_id,
        "member_id": member.pk,
        "occurred_at": NOW - timedelta(days=days_ago),
        "source": "till",
        "key": f"{prefix}-{next(NUMBERS)}",
        "actor": "test",
    }


def buy(member: Member, days_ago: int, minor: int) -> str:
    event = PurchaseMade(**said(member, days_ago, "order"), lines=(LineItem(minor),), award=True)
    post(event, now=NOW)
    return event.key


def test_an_empty_shop_claims_nothing(cast: Cast) -> None:
    figures = key_figures(cast.shop.merchant, now=NOW)
    assert (figures["members"], figures["active_30"], figures["active_90"]) == (1, 0, 0)
    assert figures["repeat_60"]["value"] is figures["redemption_rate"] is figures["value_12m_minor"] is None
    assert len(figures["months"]) == 12


def test_figures_of_a_small_history(cast: Cast) -> None:
    member = cast.shop.member
    buy(member, 80, 200_000)
    order = buy(member, 20, 100_000)
    post(RedemptionIssued(**said(member, 10, "burn"), points=500), now=NOW)
    post(
        RefundMade(
            **said(member, 5, "refund"), purchase_source="till", purchase_key=order, amount_minor=40_000
        ),
        now=NOW,
    )
    figures = key_figures(cast.shop.merchant, now=NOW)
    assert (figures["active_30"], figures["active_90"]) == (1, 1)
    assert (figures["repeat_60"]["value"], figures["repeat_90"]["value"]) == (0.0, 1.0)
    assert figures["earned"] == 2000 + 1250 - 500
    assert figures["redeemed"] == 500
    assert figures["outstanding"] == 2250
    assert figures["outstanding_worth_minor"] == 11_250
    assert figures["expected_cost_minor"] == 9_000
    assert figures["value_12m_minor"] == 260_000
    assert [row["members"] for row in figures["tiers"]] == [0, 1, 0]
    assert figures["migration"] == [{"from": "bronze", "to": "silver", "members": 1}]
    assert figures["months"][-1] | {"revenue_minor": 0} == {
        "month": "2026-11", "earned": -500, "redeemed": 500, "purchases": 0, "revenue_minor": 0,
    }  # fmt: skip


def test_a_rival_changes_no_figure(cast: Cast) -> None:
    before = key_figures(cast.shop.merchant, now=NOW)
    buy(cast.rival.member, 3, 500_000)
    assert key_figures(cast.shop.merchant, now=NOW) == before


def test_members_silent_for_more_than_90_days_are_lost(cast: Cast) -> None:
    buy(cast.shop.member, 91, 10_000)
    assert key_figures(cast.shop.merchant, now=NOW)["lost"] == 1


def test_snapshots_keep_one_per_older_day_and_the_newest_is_shown(cast: Cast) -> None:
    merchant = cast.shop.merchant
    for hours in (100, 99, 98, 3):
        refresh_snapshot(merchant=merchant, now=NOW - timedelta(hours=hours))
    newest = refresh_snapshot(merchant=merchant, now=NOW)
    assert newest_snapshot(merchant) == newest
    ages = sorted(
        int((NOW - snapshot.as_of).total_seconds() // 3600) for snapshot in merchant.snapshots.all()
    )
    assert ages == [0, 3, 98]
