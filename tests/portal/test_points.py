"""Where did my points go? Every balance opens into what moved, lot by lot, and everything ties."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import WalaaError
from accounts.models import Member
from ledger.bulk.sweeping import sweep
from ledger.events import PointsAdjusted, RedemptionIssued, RefundMade
from ledger.models import Movement, PendingAward
from ledger.posting import post
from ledger.proofs import entry_story, proof
from ledger.queries import account
from tests.cast import NOW, Shop, open_shop
from tests.ledger.books import Books, bought
from tests.ledger.test_liability import a_step
from tests.ledger.test_sequences import Story
from tests.portal.conftest import Buy, Visitor, words


def said(shop: Shop, key: str, **facts: Any) -> dict[str, Any]:
    ours = {"merchant_id": shop.merchant.pk, "member_id": shop.member.pk, "occurred_at": NOW}
    return ours | {"source": "till", "key": key, "actor": "test"} | facts


def test_the_page_opens_the_balance_in_both_languages(shop: Shop, member: Visitor, buy: Buy) -> None:
    buy(700_00, days_ago=40)
    buy(300_00, days_ago=2)
    post(RedemptionIssued(**said(shop, "i"), points=500), now=NOW)
    page = words(member.get("points/"))
    for text in (
        "Earned +1,000", "Redeemed −500", "Your balance 500 points", "200 points of 700",
        "Redeemed for 25.00 SAR off · today", "1 point per 1.00 SAR", "until 6 October 2027", "200 left",
    ):  # fmt: skip
        assert text in page, page
    Member.objects.filter(pk=shop.member.pk).update(language="ar")
    page = words(member.get("points/"))
    for text in ("أين ذهبت نقاطي؟", "المتبقي", "استبدال بخصم 25.00 ر.س"):
        assert text in page, page


def test_what_paid_a_debt_is_told_on_both_sides(shop: Shop, member: Visitor, buy: Buy) -> None:
    first = buy(500_00)
    post(RedemptionIssued(**said(shop, "i"), points=500), now=NOW)
    order = bought(first)
    post(
        RefundMade(**said(shop, "r"), purchase_source="till", purchase_key=order.external_id,
                   amount_minor=100_00),
        now=NOW,
    )  # fmt: skip
    clawback = Movement.objects.get(kind="clawback")
    assert "100 points still owed: your next purchase pays it" in words(member.get(f"history/{clawback.pk}/"))
    page = words(member.get("points/"))
    assert "Still owed: your next purchase pays it +100" in page
    assert "100 points Refund of 100.00 SAR" in page
    later = buy(150_00)
    page = words(member.get(f"history/{later.movement_id}/"))
    assert "−100 paid what was owed since today" in page
    assert "50 points of 150" in words(member.get("points/"))


def test_what_waits_stands_apart(shop: Shop, member: Visitor, buy: Buy) -> None:
    made = buy(100_00)
    PendingAward.objects.create(
        merchant=shop.merchant, member=shop.member, purchase=bought(made), version=shop.version,
        points=70, left=70, opens_on=NOW.date() + timedelta(days=14), recorded_at=NOW,
    )  # fmt: skip
    page = words(member.get("points/"))
    assert "On their way 70 points" in page
    assert "yours to use from 29 November 2026" in page
    assert "Your balance 100 points" in page


def test_points_whose_last_day_is_over_are_told_as_expired_before_any_sweep(
    shop: Shop, member: Visitor, buy: Buy
) -> None:
    buy(100_00, at=NOW - timedelta(days=400))
    found = proof(shop.member, now=NOW)
    assert (found.available, found.lots) == (0, ())
    assert [(line.kind, line.points) for line in found.sums] == [("earn", 100), ("expire", -100)]
    sweep(merchant=shop.merchant, now=NOW)
    assert proof(shop.member, now=NOW) == found


@pytest.mark.parametrize("seed", range(4))
def test_any_history_ties_to_the_balance_that_is_shown(seed: int, db: None) -> None:
    draw = Random(seed)
    shop = open_shop("oasis", "0501234567", expiry_months=draw.choice([1, 12]))
    books = Books(shop.member)
    story = Story(books)
    for _step in range(40):
        step = a_step(draw)
        with suppress(WalaaError):
            getattr(story, step[0])(*step[1:])
        if draw.random() < 0.3:
            books.wait(days=draw.choice([1, 12, 40]))
        found, shown = proof(books.member, now=books.now), account(books.member, now=books.now)
        assert (found.available, found.owed, found.pending) == (shown.available, shown.owed, shown.pending)
        assert sum(line.points for line in found.sums) == found.available - found.owed
        assert sum(lot.remaining for lot in found.lots) + found.more_points == found.available
        assert sum(unpaid for _source, unpaid in found.debts) == found.owed
        for lot in found.lots:
            assert lot.points == lot.remaining + sum(use.points for use in lot.uses)
    for movement in Movement.objects.all():
        opened = entry_story(movement)
        made = sum(lot.points for lot in opened.made)
        assert movement.points == made - sum(part.points for part in opened.taken) - opened.unpaid


def test_questions_are_bounded_and_long_lists_say_what_they_leave_out(
    shop: Shop, member: Visitor, buy: Buy
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert member.get("points/").status_code == 200
        return len(seen)

    buy(10_00)
    few = asked()
    for day in range(65):
        buy(10_00, days_ago=day / 10)
    assert asked() <= few + 1 <= 26, few
    found = proof(shop.member, now=NOW)
    assert (len(found.lots), found.more_lots, found.more_points) == (60, 6, 60)
    first = member.get("points/")
    assert "and 6 more, with 60 points" in words(first)
    assert '?from=60"' in first.content.decode()


def test_the_lots_beyond_the_list_are_a_page_away_and_every_day_tells_its_whole_sum(
    shop: Shop, member: Visitor, buy: Buy
) -> None:
    for _order in range(66):
        buy(10_00)  # all die on one day
    first, second = proof(shop.member, now=NOW), proof(shop.member, now=NOW, passed=60)
    assert [(day.points, len(day.lots)) for day in first.last_days] == [(660, 60)]
    assert [(day.points, len(day.lots)) for day in second.last_days] == [(660, 6)]
    assert (second.more_lots, second.more_points, second.available) == (0, 0, 660)
    listed = [lot.lot_id for page in (first, second) for lot in page.lots]
    assert len(set(listed)) == 66
    page = member.get("points/?from=60")
    assert '?from=0"' in page.content.decode()
    assert "660 points" in words(page)
    for odd in ("x", "-1", "9" * 40, "٦٠", "999999"):
        assert member.get(f"points/?from={odd}").status_code == 200


def test_rule_44_the_member_reads_the_reason_of_what_was_moved_by_hand(shop: Shop, member: Visitor) -> None:
    post(PointsAdjusted(**said(shop, "a"), points=50, reason="تأخر الطلب"), now=NOW)
    assert "Adjusted by the shop: تأخر الطلب" in words(member.get("points/"))
