"""Who is written to, about what, and how often: once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.joining import join
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from campaigns.models import Message, MessageState, Reason, RecipeKind, Run
from campaigns.planning import is_due, plan, plan_due
from campaigns.queries import reconcile
from campaigns.recipes import switch
from tests.campaigns.scene import (
    NOON,
    OPENING,
    agree,
    at,
    buy,
    enter,
    hear,
    monthly_shop,
    open_shop,
    owner,
    recipe,
    send_all,
    sent_to,
    slipping,
)

pytestmark = pytest.mark.django_db
INBOX, EMAIL = Channel.INBOX, Channel.EMAIL
JANUARY_25 = datetime(2027, 1, 25, 12, tzinfo=UTC)


# --- welcome ---


def test_who_joins_is_welcomed_once_however_often_the_news_comes() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567", now=NOON)
    for _again in range(3):
        hear(NOON)
        send_all(NOON)
    [inbox], [mail] = sent_to(member, INBOX), sent_to(member, EMAIL)
    assert inbox.subject == "أهلًا بك في مقهى الديوان"
    assert "أهلًا Sara، سعداء بانضمامك" in mail.body


def test_history_and_members_from_before_the_recipe_are_not_welcomed() -> None:
    shop = open_shop()
    welcome = recipe(shop, RecipeKind.WELCOME)
    switch(actor=owner(shop), recipe=welcome, enabled=False, now=OPENING)
    enter(shop, "0501234567", now=NOON)
    switch(actor=owner(shop), recipe=welcome, enabled=True, now=NOON + timedelta(minutes=1))
    join(
        merchant=shop,
        phone="0507654321",
        source="import",
        actor="x",
        now=NOON + timedelta(hours=1),
        quiet=True,
    )
    hear(NOON + timedelta(hours=2))
    assert not Message.objects.exists()


# --- tiers ---


def test_rule_05_a_first_large_order_makes_gold_and_sends_one_tier_message() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567", language="en")
    buy(member, 420_000, NOON)
    for _again in range(2):
        hear(NOON)
        send_all(NOON)
    messages = Message.objects.filter(recipe__kind=RecipeKind.TIER_CHANGED, channel=INBOX)
    assert [message.subject for message in messages] == ["Congratulations, you have reached Gold"]
    assert "4,200 points" in messages[0].body


def test_a_tier_reached_by_a_late_purchase_of_last_week_is_no_news() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567")
    order = buy(member, 160_000, NOON - timedelta(days=8))
    assert order.tier_code == "silver"
    hear(NOON)
    assert not Message.objects.filter(recipe__kind=RecipeKind.TIER_CHANGED).exists()


def test_rule_35_near_the_next_tier_once_per_tier_and_membership_year() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567", language="en", now=datetime(2026, 3, 1, tzinfo=UTC))
    buy(member, 134_900, NOON - timedelta(days=20))
    near = recipe(shop, RecipeKind.NEAR_TIER)
    assert plan(recipe=near, now=NOON) == 0  # 0.8993 of 1,500
    buy(member, 100, NOON - timedelta(days=1))
    assert plan(recipe=near, now=NOON) == 1
    send_all(NOON)
    for day in (0, 1, 40, 90):
        assert plan(recipe=near, now=NOON + timedelta(days=day)) == 0
    [message] = sent_to(member, INBOX)
    assert message.subject == "Only 150 SAR to Silver"
    assert plan(recipe=near, now=datetime(2027, 3, 1, 9, tzinfo=UTC)) == 1  # the next membership year


def test_who_reached_the_tier_meanwhile_is_not_told_that_it_is_near() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567")
    buy(member, 140_000, NOON - timedelta(days=1))
    plan(recipe=recipe(shop, RecipeKind.NEAR_TIER), now=NOON)
    buy(member, 20_000, NOON)
    send_all(NOON)
    [inbox] = Message.objects.filter(channel=INBOX, recipe__kind=RecipeKind.NEAR_TIER)
    assert (inbox.state, inbox.reason) == (MessageState.SUPPRESSED, Reason.STALE)


def test_recipes_are_planned_once_a_day_from_their_hour_in_the_merchants_zone() -> None:
    shop = open_shop()
    near = recipe(shop, RecipeKind.NEAR_TIER)
    ten_in_riyadh = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert not is_due(near, now=ten_in_riyadh - timedelta(minutes=1))
    assert is_due(near, now=ten_in_riyadh)
    plan_due(now=ten_in_riyadh)
    near.refresh_from_db()
    assert not is_due(near, now=ten_in_riyadh + timedelta(hours=8))
    assert is_due(near, now=ten_in_riyadh + timedelta(days=1))


def test_beat_firing_all_day_plans_each_occasion_once() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567")
    buy(member, 140_000, NOON - timedelta(days=1))
    for minute in range(0, 600, 30):
        plan_due(now=NOON + timedelta(minutes=minute))
        send_all(NOON + timedelta(minutes=minute))
    assert len(sent_to(member, INBOX)) == 1


def test_the_database_itself_refuses_a_second_row() -> None:
    shop = open_shop()
    enter(shop, "0501234567", now=NOON)
    hear(NOON)
    message = Message.objects.filter(channel=INBOX).get()
    message.pk = None
    with pytest.raises(IntegrityError):
        message.save(force_insert=True)


def test_recipients_are_those_reached_plus_every_reason() -> None:
    shop = open_shop()
    people = [enter(shop, f"05012345{n:02}", email="" if n == 0 else f"m{n}@x.example") for n in range(4)]
    agree(people[1], EMAIL, Purpose.MARKETING)
    agree(people[2], EMAIL, Purpose.MARKETING, granted=False)
    agree(people[0], EMAIL, Purpose.MARKETING)
    for member in people:
        buy(member, 140_000, NOON - timedelta(days=1))
    near = recipe(shop, RecipeKind.NEAR_TIER)
    plan(recipe=near, now=NOON)
    send_all(NOON)
    found = reconcile(Message.objects.filter(recipe=near))
    assert found.recipients == 8
    assert found.arrived == 5  # four inboxes, one e-mail
    assert found.not_sent == {Reason.NO_ADDRESS: 1, Reason.OPTED_OUT: 1, Reason.NO_CONSENT: 1}
    assert found.recipients == found.arrived + found.under_way + found.unclear + sum(found.not_sent.values())


def test_one_shop_never_writes_to_anothers_members() -> None:
    shop, rival = open_shop(), open_shop("rival")
    mine, theirs = enter(shop, "0501234567"), enter(rival, "0501234567")
    for member in (mine, theirs):
        buy(member, 140_000, NOON - timedelta(days=1))
        slipping(member, scored_at=NOON)
    assert plan(recipe=recipe(shop, RecipeKind.NEAR_TIER), now=NOON) == 1
    assert plan(recipe=recipe(shop, RecipeKind.REACTIVATION), now=NOON) == 1
    assert set(Message.objects.values_list("member_id", "merchant_id")) == {(mine.pk, shop.pk)}
    assert Run.objects.get().merchant == shop


def test_planning_asks_as_often_for_many_members_as_for_few() -> None:
    shop = monthly_shop()
    alert = recipe(shop, RecipeKind.EXPIRING)

    def cost() -> int:
        Message.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            plan(recipe=alert, now=at(2, 15))
        return len(queries)

    buy(enter(shop, "0501234500"), 50_000, JANUARY_25)
    plan(recipe=alert, now=at(2, 15))
    few = cost()
    for number in range(1, 20):
        buy(enter(shop, f"05012345{number:02}"), 50_000, JANUARY_25)
    assert cost() == few
    assert Message.objects.filter(state=MessageState.PLANNED).count() == 40


def test_a_new_shop_gets_its_recipes_and_an_old_one_keeps_its_own() -> None:
    shop = open_shop()
    switch(actor=owner(shop), recipe=recipe(shop, RecipeKind.WELCOME), enabled=False, now=NOON)
    opened = Merchant.objects.create(slug="new", name_ar="جديد", name_en="New")
    plan_due(now=NOON)
    assert not recipe(shop, RecipeKind.WELCOME).is_enabled
    assert set(opened.recipes.values_list("kind", "is_enabled")) == {
        (kind, True) for kind in RecipeKind.values
    }


def test_a_yes_that_comes_later_revives_nothing_that_was_decided_without_it() -> None:
    """Consent covers what is decided after it: the next occasion goes out, the one before stays as it was."""
    shop = open_shop()
    member = enter(shop, "0501234567", now=datetime(2026, 3, 1, tzinfo=UTC))
    buy(member, 140_000, NOON - timedelta(days=1))
    near = recipe(shop, RecipeKind.NEAR_TIER)
    plan(recipe=near, now=NOON)
    agree(member, EMAIL, Purpose.MARKETING)
    plan(recipe=near, now=NOON + timedelta(days=1))
    send_all(NOON + timedelta(days=1))
    ended = Message.objects.filter(channel=EMAIL, recipe=near)
    assert [(row.state, row.reason) for row in ended] == [(MessageState.SUPPRESSED, Reason.NO_CONSENT)]
    next_year = datetime(2027, 3, 1, 9, tzinfo=UTC)
    plan(recipe=near, now=next_year)
    send_all(next_year)
    assert ended.filter(sent_at__isnull=False).count() == 1


def test_members_who_left_are_not_written_to() -> None:
    shop = open_shop()
    member = enter(shop, "0501234567", now=NOON)
    hear(NOON)
    Member.objects.filter(pk=member.pk).update(detached_at=NOON)
    send_all(NOON)
    assert set(Message.objects.values_list("reason", flat=True)) == {Reason.INACTIVE}
