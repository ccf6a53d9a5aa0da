"""Worse terms come with notice (RULES D 26)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from programs.errors import NoticeTooShort
from programs.models import ProgrammeVersion
from programs.publishing import draft_of, publish
from tests.cast import NOW, Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop("oasis", "0501234567")


def drafted(shop: Shop, **terms: Any) -> ProgrammeVersion:
    draft = draft_of(programme=shop.version.programme)
    for name, value in terms.items():
        setattr(draft, name, value)
    draft.save()
    return draft


def published(draft: ProgrammeVersion, effective_from: datetime = NOW) -> ProgrammeVersion:
    return publish(version=draft, actor="test", effective_from=effective_from, now=NOW)


def refused(draft: ProgrammeVersion, effective_from: datetime = NOW) -> list[str]:
    with pytest.raises(NoticeTooShort) as refusal:
        published(draft, effective_from)
    assert refusal.value.field == "effective_from"
    assert refusal.value.params["day"] == "2026-12-15"
    assert "2026-12-15" in str(refusal.value)
    return [field for field, _message in refusal.value.params["problems"]]


def test_rule_26_a_worse_exchange_rate_waits_thirty_days(shop: Shop) -> None:
    draft = drafted(shop, block_value_minor=2400)
    assert refused(draft) == ["block_value_minor"]
    day_before = datetime(2026, 12, 14, 23, 59, tzinfo=ZoneInfo("Asia/Riyadh"))
    assert refused(draft, day_before) == ["block_value_minor"]
    assert published(draft, day_before + timedelta(minutes=1)).is_published


def test_rule_26_the_same_rate_in_larger_blocks_waits_too(shop: Shop) -> None:
    assert refused(drafted(shop, block_points=1000, block_value_minor=5000)) == ["block_points"]


def test_rule_26_a_dearer_a_narrower_and_a_removed_reward_wait(shop: Shop) -> None:
    draft = drafted(shop)
    first, second, third = draft.rewards.order_by("points")
    first.points += 1
    first.save()
    second.tiers = ["gold"]
    second.save()
    third.is_active = False
    third.save()
    assert refused(draft) == [
        *(f"reward.{first.code}.points", f"reward.{second.code}.tiers", f"reward.{third.code}"),
    ]


def test_rule_26_better_terms_and_what_concerns_new_points_alone_start_at_once(shop: Shop) -> None:
    draft = drafted(shop, block_value_minor=2600, expiry_months=1, hold="days", hold_days=3)
    draft.rules.filter(code="base").update(per_minor=200)
    draft.rewards.update(points=50)
    assert published(draft).is_published


def test_rule_26_the_notice_is_that_of_the_terms_before(shop: Shop) -> None:
    published(drafted(shop, notice_days=0))
    draft = drafted(shop, block_value_minor=2400, notice_days=90)
    later = NOW + timedelta(hours=1)
    assert publish(version=draft, actor="test", effective_from=later, now=later).is_published
