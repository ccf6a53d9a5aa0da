"""RULES 8: how a typical member buys, counted from the merchant's own purchases."""

from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest

from accounts.joining import join
from analytics.pace import Typical, measure_pace, typical_of
from analytics.tasks import measure_paces
from ledger.event import LineItem
from ledger.events import PurchaseMade, RefundMade
from ledger.posting import post
from programs.models import MemberPace
from tests.cast import FOUNDED, NOW, Shop

TODAY = 20_000


def log(*rows: tuple[int, int, int]) -> pd.DataFrame:
    """Purchases as (member, days ago, amount)."""
    told = [(member, TODAY - ago, amount) for member, ago, amount in rows]
    return pd.DataFrame(told, columns=["member", "day", "amount_minor"])


def test_rule_08_the_typical_member_is_the_median_by_their_own_time() -> None:
    """One buys for 365 days, one for 73, one buys a hundred times as much: the middle one counts."""
    table = log(
        *((1, ago, 1_000) for ago in range(1, 366, 30)),
        *((2, ago, 2_000) for ago in (73, 50, 25, 1)),
        *((3, ago, 200_000) for ago in range(1, 366, 7)),
    )
    typical = typical_of(table, TODAY)
    assert typical.members == 3
    assert typical.monthly_minor == int(8_000 / (73 / (365.25 / 12)))
    assert typical.monthly_orders == Decimal("1.668")


def test_rule_08_newcomers_and_those_long_gone_say_nothing_of_the_pace() -> None:
    table = log((1, 100, 3_000), (2, 59, 99_000), (3, 900, 5_000))
    assert typical_of(table, TODAY).members == 1
    assert typical_of(table, TODAY).days == 900
    assert typical_of(log((2, 5, 100)), TODAY) == Typical(0, Decimal(0), 0, 5)
    assert typical_of(log(), TODAY) == Typical(0, Decimal(0), 0, 0)


def test_rule_08_the_pace_is_measured_from_the_books_each_night(shop: Shop) -> None:
    other, _new = join(
        merchant=shop.merchant, now=FOUNDED, source="test", actor="test", quiet=True, phone="0555555555"
    )
    for key, member_id, amount_minor in (("a", shop.member.pk, 7_000), ("b", other.pk, 50_000)):
        post(
            PurchaseMade(
                merchant_id=shop.merchant.pk, member_id=member_id, source="test", actor="test",
                occurred_at=NOW - timedelta(days=20), key=key, lines=(LineItem(amount_minor),), quiet=True,
            ),
            now=NOW,
        )  # fmt: skip
    later = NOW + timedelta(days=53)
    pace = measure_pace(merchant=shop.merchant, now=later)
    assert (pace.members, pace.days, pace.is_enough) == (2, 73, False)
    assert pace.monthly_minor == pytest.approx(28_500 / (73 / 30.4375), abs=1)
    refund = RefundMade(
        merchant_id=shop.merchant.pk, member_id=other.pk, source="test", actor="test", occurred_at=later,
        key="r", purchase_source="test", purchase_key="b", amount_minor=50_000,
    )  # fmt: skip
    post(refund, now=later)
    pace = measure_pace(merchant=shop.merchant, now=later + timedelta(days=1))
    assert pace.members == 1
    assert MemberPace.objects.filter(merchant=shop.merchant).count() == 1


def test_rule_08_every_merchant_is_measured(stage: object) -> None:
    assert measure_paces() == MemberPace.objects.count() == 2
