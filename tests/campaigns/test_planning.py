"""Who is written to, about what, and how often: once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

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
from ledger.bulk.activating import activate
from ledger.events import AwardsOpened, PointsExpired, Receipt, RedemptionIssued, RefundMade
from ledger.models import ExpiryNotice, Purchase
from ledger.posting import post
from programs.lifecycle import pause
from tests.campaigns.scene import (
    NOON,
    OPENING,
    agree,
    buy,
    enter,
    hear,
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


def at(month: int, day: int, hour: int = 9) -> datetime:
    """An instant of 2027, in UTC."""
    return datetime(2027, month, day, hour, tzinfo=UTC)


def monthly_shop(slug: str = "cafe") -> Any:
    """A shop whose points live one month, to the day."""
    return open_shop(slug, expiry_months=1, expiry_rounding="none")


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
    assert message.subject == "Only 150.00 SAR to Silver"
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


# --- points that waited ---


def waiting_shop(**terms: Any) -> Any:
    """A shop whose points wait two days."""
    waits: dict[str, Any] = {"hold": "days", "hold_days": 2}
    return open_shop(**(waits | terms))


def order_of(receipt: Receipt) -> str:
    """The number of the order a receipt is of."""
    assert receipt.purchase_id
    return Purchase.objects.get(pk=receipt.purchase_id).external_id


def opened_messages(member: Member) -> list[tuple[str, str, str]]:
    """Channel, state and reason of what was planned about an opening."""
    rows = Message.objects.filter(member=member, recipe__kind=RecipeKind.ACTIVATED).order_by("channel")
    return list(rows.values_list("channel", "state", "reason"))


def test_rule_11_points_that_opened_are_told_once_at_midnight_in_the_inbox_and_by_mail_in_the_morning() -> (
    None
):
    shop = waiting_shop()
    member = enter(shop, "0501234567", language="en")
    buy(member, 50_000, NOON)
    buy(member, 10_000, NOON + timedelta(hours=1))
    midnight = datetime(2026, 11, 21, 21, 1, tzinfo=UTC)  # 00:01 of the 22nd in Riyadh
    activate(merchant=shop, now=midnight)
    for _again in range(3):
        hear(midnight)
        send_all(midnight)
    [inbox] = [message for message in sent_to(member, INBOX) if "yours to spend" in message.subject]
    assert inbox.subject == "600 points are now yours to spend"
    assert "600 points from your purchases at Diwan Café" in inbox.body
    assert opened_messages(member) == [(EMAIL, MessageState.PLANNED, ""), (INBOX, MessageState.DELIVERED, "")]
    send_all(datetime(2026, 11, 22, 7, 0, tzinfo=UTC))  # 10:00
    assert [message.subject for message in sent_to(member, EMAIL)][-1] == inbox.subject
    assert len(opened_messages(member)) == 2


def test_rule_11_points_an_event_opened_are_told_at_once() -> None:
    shop = waiting_shop(hold="event", hold_event="delivered")
    member = enter(shop, "0501234567", gender="f")
    order = buy(member, 50_000, NOON)
    told = AwardsOpened(
        merchant_id=shop.pk, member_id=member.pk, occurred_at=NOON, source="till", key="d1", actor="till",
        purchase_source="till", purchase_key=order_of(order),
        awaits="delivered",
    )  # fmt: skip
    post(told, now=NOON)
    hear(NOON)
    send_all(NOON)
    assert [message.subject for message in sent_to(member, EMAIL)][-1] == "500 نقطة أصبحت جاهزة في رصيدك"
    assert "استخدميها متى شئتِ" in sent_to(member, INBOX)[-1].body


def test_rule_11_an_opening_that_was_taken_back_is_no_news_and_a_withdrawn_consent_is_kept() -> None:
    shop = waiting_shop()
    gone, quiet = enter(shop, "0501234567"), enter(shop, "0507654321")
    agree(quiet, EMAIL, Purpose.SERVICE, granted=False)
    orders = [buy(member, 50_000, NOON) for member in (gone, quiet)]
    midnight = datetime(2026, 11, 21, 21, 1, tzinfo=UTC)
    activate(merchant=shop, now=midnight)
    hear(midnight)
    back = RefundMade(
        merchant_id=shop.pk, member_id=gone.pk, occurred_at=midnight, source="till", key="back",
        actor="till", purchase_source="till", amount_minor=50_000,
        purchase_key=order_of(orders[0]),
    )  # fmt: skip
    post(back, now=midnight)
    send_all(datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    stale = (MessageState.SUPPRESSED, Reason.STALE)
    assert opened_messages(gone) == [(EMAIL, *stale), (INBOX, *stale)]
    assert opened_messages(quiet) == [
        (EMAIL, MessageState.SUPPRESSED, Reason.OPTED_OUT), (INBOX, MessageState.DELIVERED, ""),
    ]  # fmt: skip


# --- expiry ---


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
