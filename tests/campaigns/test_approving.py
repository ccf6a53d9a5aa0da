"""Reactivation waits for a person: nothing leaves before a yes, and a yes counts once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts.access import Actor
from accounts.errors import Forbidden, NotFound
from accounts.joining import change_member
from accounts.models import Member, Merchant
from accounts.models.consent import Channel, Purpose
from analytics.models import DormancyModel, DormancyScore
from campaigns.approving import approve, reject
from campaigns.errors import AlreadyDecided
from campaigns.models import Message, MessageState, Reason, RecipeKind, Run, RunState
from campaigns.planning import is_due, plan, plan_due
from campaigns.previewing import preview
from campaigns.queries import waiting_runs
from tests.campaigns.scene import (
    NOON,
    agree,
    buy,
    enter,
    open_shop,
    owner,
    recipe,
    send_all,
    sent_to,
    slipping,
)

LAST_VISIT = NOON - timedelta(days=35)


def silent_member(shop: Merchant, phone: str = "0501234567", **fields: Any) -> Member:
    """A member who bought once, agreed to offers, and was last seen five weeks ago."""
    member = enter(shop, phone, **fields)
    agree(member, Channel.EMAIL, Purpose.MARKETING)
    buy(member, 124_000, LAST_VISIT)
    slipping(member, scored_at=NOON)
    return member


def waiting_run(shop: Merchant) -> Run:
    """Plan reactivation and return the run that waits."""
    plan(recipe=recipe(shop, RecipeKind.REACTIVATION), now=NOON)
    return waiting_runs(shop).get()


@pytest.mark.django_db
def test_nothing_leaves_before_approval_and_everything_after_it() -> None:
    shop = open_shop()
    member = silent_member(shop, given_name="نورة", gender="f")
    run = waiting_run(shop)
    send_all(NOON + timedelta(days=3))
    assert not mail.outbox
    assert set(run.messages.values_list("state", flat=True)) == {MessageState.HELD}

    approve(run=run, actor=owner(shop), now=NOON + timedelta(days=3))
    send_all(NOON + timedelta(days=3))
    [inbox] = sent_to(member, Channel.INBOX)
    assert inbox.subject == "اشتقنا لك في مقهى الديوان"
    assert "أهلًا نورة" in inbox.body
    assert "لديك 1,240 نقطة بقيمة 62.00 ر.س في انتظارك. تفضّلي بزيارتنا" in inbox.body
    assert [message.to for message in mail.outbox] == [[member.email]]
    run.refresh_from_db()
    assert (run.state, run.decided_by) == (RunState.APPROVED, "staff:1")


@pytest.mark.django_db
def test_who_chose_another_language_while_the_run_waited_is_written_to_in_it() -> None:
    shop = open_shop()
    member = silent_member(shop)
    run = waiting_run(shop)
    change_member(member=member, now=NOON, changes={"language": "en"})
    approve(run=run, actor=owner(shop), now=NOON)
    send_all(NOON)
    [inbox] = sent_to(member, Channel.INBOX)
    assert (inbox.language, inbox.subject) == ("en", "We miss you at Diwan Café")
    [letter] = mail.outbox
    assert letter.subject == inbox.subject
    assert "Hello Sara" in letter.body


@pytest.mark.django_db
def test_a_rejected_run_is_never_sent_and_its_members_are_left_in_peace() -> None:
    shop = open_shop()
    silent_member(shop)
    run = waiting_run(shop)
    reject(run=run, actor=owner(shop), now=NOON)
    send_all(NOON)
    assert set(Message.objects.values_list("state", "reason")) == {(MessageState.SUPPRESSED, Reason.REJECTED)}
    assert plan(recipe=recipe(shop, RecipeKind.REACTIVATION), now=NOON + timedelta(days=1)) == 0
    with pytest.raises(AlreadyDecided):
        approve(run=run, actor=owner(shop), now=NOON)
    assert Message.objects.filter(state=MessageState.SUPPRESSED).count() == 2


@pytest.mark.django_db
def test_two_clicks_approve_once() -> None:
    shop = open_shop()
    member = silent_member(shop)
    run = waiting_run(shop)
    first = approve(run=run, actor=owner(shop), now=NOON)
    send_all(NOON)
    again = approve(run=run, actor=Actor(shop, "staff:2", owner(shop).rights), now=NOON + timedelta(hours=1))
    send_all(NOON + timedelta(hours=1))
    assert (again.decided_by, again.decided_at) == (first.decided_by, first.decided_at)
    assert len(sent_to(member, Channel.INBOX)) == len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_yes_and_a_no_at_once_are_one_decision() -> None:
    shop = open_shop()
    silent_member(shop)
    run = waiting_run(shop)
    barrier, outcomes = threading.Barrier(2), []

    def decide(verb: object) -> None:
        barrier.wait()
        try:
            outcomes.append(verb(run=run, actor=owner(shop), now=NOON).state)  # type: ignore[operator]
        except AlreadyDecided:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(verb,)) for verb in (approve, reject)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.refresh_from_db()
    assert sorted(outcomes) == sorted([run.state, "refused"])
    expected = MessageState.PLANNED if run.state == RunState.APPROVED else MessageState.SUPPRESSED
    assert set(run.messages.values_list("state", flat=True)) == {expected}


@pytest.mark.django_db
def test_who_came_back_since_is_left_in_peace() -> None:
    shop = open_shop()
    back, still_away = silent_member(shop), silent_member(shop, "0501234568")
    run = waiting_run(shop)
    buy(back, 5_000, NOON + timedelta(hours=1))
    approve(run=run, actor=owner(shop), now=NOON + timedelta(hours=2))
    send_all(NOON + timedelta(hours=2))
    assert not sent_to(back, Channel.INBOX)
    assert set(Message.objects.filter(member=back).values_list("reason", flat=True)) == {Reason.STALE}
    assert len(sent_to(still_away, Channel.INBOX)) == 1


@pytest.mark.django_db
def test_who_came_back_between_scoring_and_planning_is_not_planned() -> None:
    shop = open_shop()
    buy(silent_member(shop), 5_000, NOON + timedelta(hours=1))
    assert plan(recipe=recipe(shop, RecipeKind.REACTIVATION), now=NOON + timedelta(hours=2)) == 0


@pytest.mark.django_db
def test_who_the_newer_scores_no_longer_call_slipping_is_left_in_peace() -> None:
    shop = open_shop()
    member = silent_member(shop)
    run = waiting_run(shop)
    DormancyScore.objects.filter(member=member).update(is_slipping=False)
    approve(run=run, actor=owner(shop), now=NOON)
    send_all(NOON)
    assert set(run.messages.values_list("reason", flat=True)) == {Reason.STALE}


@pytest.mark.django_db
def test_one_run_waits_at_a_time_and_later_silences_join_the_next_one() -> None:
    shop = open_shop()
    silent_member(shop)
    reactivation = recipe(shop, RecipeKind.REACTIVATION)
    run = waiting_run(shop)
    late = enter(shop, "0501234569")
    buy(late, 10_000, LAST_VISIT)
    DormancyScore.objects.create(
        model=DormancyModel.objects.get(), merchant=shop, member=late, probability=0.9, is_slipping=True,
        days_silent=35,
    )  # fmt: skip
    assert plan(recipe=reactivation, now=NOON + timedelta(days=1)) == 0
    approve(run=run, actor=owner(shop), now=NOON + timedelta(days=1))
    assert plan(recipe=reactivation, now=NOON + timedelta(days=1)) == 1
    assert waiting_runs(shop).get().messages.values_list("member_id", flat=True)[0] == late.pk


@pytest.mark.django_db
def test_reactivation_is_planned_after_each_scoring() -> None:
    shop = open_shop()
    reactivation = recipe(shop, RecipeKind.REACTIVATION)
    assert not is_due(reactivation, now=NOON)
    silent_member(shop)
    assert is_due(reactivation, now=NOON)
    plan_due(now=NOON + timedelta(minutes=1))
    reactivation.refresh_from_db()
    assert not is_due(reactivation, now=NOON + timedelta(minutes=2))
    DormancyModel.objects.update(scored_at=NOON + timedelta(days=1))
    assert is_due(reactivation, now=NOON + timedelta(days=1))


@pytest.mark.django_db
def test_only_the_shops_own_staff_with_the_right_decide_and_look() -> None:
    shop, rival = open_shop(), open_shop("rival")
    silent_member(shop)
    run = waiting_run(shop)
    cashier = Actor(shop, "staff:9", {"till": frozenset({"view", "change"})})
    analyst = Actor(shop, "staff:8", {"campaigns": frozenset({"view"})})
    for verb in (approve, reject):
        with pytest.raises(NotFound):
            verb(run=run, actor=owner(rival), now=NOON)
        for actor in (cashier, analyst):
            with pytest.raises(Forbidden):
                verb(run=run, actor=actor, now=NOON)
    with pytest.raises(NotFound):
        preview(actor=owner(rival), run_id=run.pk, language="ar")
    with pytest.raises(Forbidden):
        preview(actor=cashier, run_id=run.pk, language="ar")
    run.refresh_from_db()
    assert run.state == RunState.WAITING


@pytest.mark.django_db
def test_the_preview_says_who_why_and_what_they_would_read() -> None:
    shop = open_shop()
    agreed = silent_member(shop, given_name="Huda", gender="f")
    silent = enter(shop, "0501234568", given_name="Omar")
    buy(silent, 10_000, LAST_VISIT)
    DormancyScore.objects.create(
        model=DormancyModel.objects.get(), merchant=shop, member=silent, probability=0.95, is_slipping=True,
        days_silent=35, reasons=[{"code": "no_visit_for", "days": 35}],
    )  # fmt: skip
    shown = preview(actor=owner(shop), run_id=waiting_run(shop).pk, language="en")
    assert [person.name for person in shown.members] == ["Omar", "Huda"]  # the likeliest to leave first
    assert shown.members[0].reasons
    assert [list(person.channels) for person in shown.members] == [["inbox"], ["inbox", "email"]]
    assert shown.by_outcome == {("inbox", ""): 2, ("email", ""): 1, ("email", "no_consent"): 1}
    assert {text.language for text in shown.texts} == {"ar", "en"}
    assert "Omar" in next(text for text in shown.texts if text.language == "en").body
    assert agreed.pk in {person.member_id for person in shown.members}
