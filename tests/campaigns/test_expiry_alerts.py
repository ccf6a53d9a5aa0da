"""Points that are about to die are told in time, and only those (RULES 25-27)."""

from datetime import UTC, date, datetime

import pytest

from accounts.models.consent import Channel, Purpose
from campaigns.models import Message, MessageState, Reason, RecipeKind
from campaigns.planning import plan
from ledger.events import PointsExpired, RedemptionIssued
from ledger.models import ExpiryNotice
from ledger.posting import post
from programs.lifecycle import pause
from tests.campaigns.scene import (
    agree,
    at,
    buy,
    enter,
    monthly_shop,
    recipe,
    send_all,
    sent_to,
)

pytestmark = pytest.mark.django_db
INBOX, EMAIL = Channel.INBOX, Channel.EMAIL
JANUARY_25 = datetime(2027, 1, 25, 12, tzinfo=UTC)


def test_rule_25_the_alert_goes_ten_days_before_the_last_spendable_day() -> None:
    shop = monthly_shop()
    member = enter(shop, "0501234567", language="en")
    buy(member, 50_000, JANUARY_25)  # spendable to 25 February
    alert = recipe(shop, RecipeKind.EXPIRING)
    assert plan(recipe=alert, now=at(2, 14)) == 0
    assert plan(recipe=alert, now=at(2, 15)) == 1
    send_all(at(2, 15))
    [message] = sent_to(member, INBOX)
    assert "• 500 points, last day 25 February 2027" in message.body
    assert "25.00 SAR" in message.body
    notice = ExpiryNotice.objects.get(member=member)
    assert (notice.expires_on, notice.points, notice.deliverable) == (date(2027, 2, 25), 500, True)


def test_rule_25_what_dies_within_the_next_week_joins_one_message() -> None:
    shop = monthly_shop()
    member = enter(shop, "0501234567", language="en")
    buy(member, 50_000, JANUARY_25)
    buy(member, 20_000, at(2, 4))  # spendable to 4 March: 7 days after the first
    buy(member, 30_000, at(2, 5))  # to 5 March: a week later, its own message
    alert = recipe(shop, RecipeKind.EXPIRING)
    for day in range(10, 29):
        plan(recipe=alert, now=at(2, day))
        send_all(at(2, day))
    joined, single = sent_to(member, INBOX)
    assert joined.subject == "Use your 700 points before they expire"
    assert joined.body.count("last day") == 2
    assert (single.subject, single.sent_at) == ("Use your 300 points before they expire", at(2, 23))
    assert set(ExpiryNotice.objects.values_list("expires_on", "points")) == {
        (date(2027, 2, 25), 500), (date(2027, 3, 4), 200), (date(2027, 3, 5), 300),
    }  # fmt: skip


def test_rule_25_nothing_is_sent_for_less_than_one_riyal() -> None:
    shop = monthly_shop()
    enter(shop, "0501234567")
    buy(enter(shop, "0501234568"), 1_900, JANUARY_25)  # 19 points: 0.95
    rich = enter(shop, "0501234569")
    buy(rich, 2_000, JANUARY_25)  # 20 points: 1.00
    assert plan(recipe=recipe(shop, RecipeKind.EXPIRING), now=at(2, 15)) == 1
    assert Message.objects.values_list("member_id", flat=True).distinct().get() == rich.pk


def test_rule_25_a_few_dying_points_do_not_hide_the_many_that_follow() -> None:
    shop = monthly_shop()
    member = enter(shop, "0501234567")
    buy(member, 1_000, JANUARY_25)  # 10 points to 25 February: not worth a message
    buy(member, 50_000, at(2, 7))  # 500 points to 7 March: alert on 25 February
    assert plan(recipe=recipe(shop, RecipeKind.EXPIRING), now=at(2, 24)) == 0
    assert plan(recipe=recipe(shop, RecipeKind.EXPIRING), now=at(2, 25)) == 1


def test_rule_25_points_spent_before_the_alert_leaves_raise_no_alarm() -> None:
    shop = monthly_shop()
    member = enter(shop, "0501234567")
    buy(member, 50_000, JANUARY_25)
    plan(recipe=recipe(shop, RecipeKind.EXPIRING), now=at(2, 15))
    post(
        RedemptionIssued(
            merchant_id=shop.pk,
            member_id=member.pk,
            occurred_at=at(2, 15),
            source="portal",
            key="r1",
            actor="member",
            points=500,
        ),
        now=at(2, 15),
    )
    send_all(at(2, 15))
    assert set(Message.objects.values_list("state", "reason")) == {(MessageState.SUPPRESSED, Reason.STALE)}
    assert not ExpiryNotice.objects.exists()
    post(
        PointsExpired(
            merchant_id=shop.pk,
            member_id=member.pk,
            occurred_at=at(2, 26),
            source="sweep",
            key="",
            actor="system",
        ),
        now=at(2, 26),
    )


def test_the_alert_counts_again_what_is_left_when_it_leaves() -> None:
    shop = monthly_shop()
    member = enter(shop, "0501234567", language="en")
    buy(member, 60_000, JANUARY_25)
    plan(recipe=recipe(shop, RecipeKind.EXPIRING), now=at(2, 15))
    post(
        RedemptionIssued(
            merchant_id=shop.pk,
            member_id=member.pk,
            occurred_at=at(2, 15),
            source="portal",
            key="r1",
            actor="member",
            points=500,
        ),
        now=at(2, 15),
    )
    send_all(at(2, 15))
    assert sent_to(member, INBOX)[0].subject == "Use your 100 points before they expire"


def test_rule_26_a_paused_programme_alarms_nobody() -> None:
    shop = monthly_shop()
    buy(enter(shop, "0501234567"), 50_000, JANUARY_25)
    pause(programme=shop.programme, now=at(2, 1))
    assert plan(recipe=recipe(shop, RecipeKind.EXPIRING), now=at(2, 15)) == 0


def test_an_alert_that_reached_nobody_is_noted_as_undeliverable() -> None:
    shop = monthly_shop()
    alert = recipe(shop, RecipeKind.EXPIRING)
    alert.channels = [EMAIL]
    alert.save()
    member = enter(shop, "0501234567")
    agree(member, EMAIL, Purpose.SERVICE)
    buy(member, 50_000, JANUARY_25)
    plan(recipe=alert, now=at(2, 15))
    agree(member, EMAIL, Purpose.SERVICE, granted=False)
    send_all(at(2, 15))
    assert Message.objects.get().reason == Reason.OPTED_OUT
    assert ExpiryNotice.objects.get().deliverable is False


# --- the clock, the constraint, the tenants ---
