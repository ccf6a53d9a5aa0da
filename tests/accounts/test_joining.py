"""Becoming a member, and being one only once."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts import joining
from accounts.errors import BadEmail, Conflict, Invalid
from accounts.joining import change_member, join, record_consent
from accounts.models import Member, Merchant, OutboxEvent
from accounts.queries import consents_of, member_with_referral_code


def joined(shop: Merchant, now: datetime, phone: str = "0501234567", **fields: Any) -> Member:
    member, _is_new = join(merchant=shop, now=now, source="test", actor="test", phone=phone, **fields)
    return member


def test_rule_41_the_same_phone_in_another_spelling_is_the_same_member(shop: Merchant, now: datetime) -> None:
    first = joined(shop, now, "٠٥٠١٢٣٤٥٦٧")
    again, is_new = join(merchant=shop, now=now, source="till", actor="x", phone="+966 50 123 4567")
    assert (again, is_new) == (first, False)
    assert OutboxEvent.objects.filter(topic="member.joined").count() == 1


@pytest.mark.parametrize("word", ["number", "referral_code"])
def test_rule_41_a_random_word_that_somebody_has_is_drawn_again(
    shop: Merchant, now: datetime, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    taken = getattr(joined(shop, now), word).removeprefix("M-")
    drawn = {"number": [taken, "AAAAAAA"], "referral_code": ["AAAAAAA", taken]}[word]
    draw = joining.readable_code
    monkeypatch.setattr(joining, "readable_code", lambda length: drawn.pop(0) if drawn else draw(length))
    other = joined(shop, now, "0501234568")
    assert getattr(other, word).removeprefix("M-") != taken
    assert OutboxEvent.objects.filter(topic="member.joined").count() == 2


def test_rule_41_two_merchants_know_one_phone_apart(shop: Merchant, rival: Merchant, now: datetime) -> None:
    assert joined(shop, now).pk != joined(rival, now).pk


@pytest.mark.django_db(transaction=True)
def test_rule_41_a_simultaneous_sign_up_at_till_and_portal_makes_one_member(now: datetime) -> None:
    shop = Merchant.objects.create(slug="oasis", name_ar="م", name_en="O")
    answers: list[tuple[int, bool]] = []
    start = threading.Barrier(6)

    def sign_up() -> None:
        start.wait()
        member, is_new = join(merchant=shop, now=now, source="till", actor="x", phone="0501234567")
        answers.append((member.pk, is_new))
        connection.close()

    run_together([sign_up] * 6)
    assert len({pk for pk, _ in answers}) == 1
    assert sorted(is_new for _, is_new in answers) == [False] * 5 + [True]
    assert OutboxEvent.objects.filter(topic="member.joined").count() == 1


def run_together(calls: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_rule_41_the_new_owner_of_a_recycled_number_is_a_new_member(shop: Merchant, now: datetime) -> None:
    old = joined(shop, now)
    Member.objects.filter(pk=old.pk).update(detached_at=now)
    new, is_new = join(merchant=shop, now=now, source="till", actor="x", phone="0501234567")
    assert is_new
    assert new.pk != old.pk


def test_members_are_told_apart_by_numbers_that_can_be_read_aloud(shop: Merchant, now: datetime) -> None:
    numbers = {joined(shop, now, f"05012345{last:02}").number for last in range(20)}
    assert len(numbers) == 20
    assert not set("".join(numbers)) & set("AEIOU01L")


def test_a_birthday_that_has_not_come_or_nobody_remembers_is_refused(shop: Merchant, now: datetime) -> None:
    for birthday in (date(2026, 11, 22), date(1899, 12, 31)):
        with pytest.raises(Invalid):
            joined(shop, now, birthday=birthday)
    assert not Member.objects.exists()


def test_an_address_is_checked_and_kept_in_lower_case(shop: Merchant, now: datetime) -> None:
    assert joined(shop, now, email=" Sara@Example.COM ").email == "sara@example.com"
    with pytest.raises(BadEmail):
        joined(shop, now, "0501234568", email="sara@")


def test_changing_a_birthday_is_remembered_with_its_day(shop: Merchant, now: datetime) -> None:
    member = joined(shop, now, birthday=date(1990, 5, 1))
    change_member(member=member, now=now, changes={"birthday": date(1990, 5, 1)})
    assert member.birthday_changed_on is None
    change_member(member=member, now=now + timedelta(hours=10), changes={"birthday": date(1990, 6, 1)})
    member.refresh_from_db()
    assert member.birthday_changed_on == date(2026, 11, 22)  # after midnight in Riyadh


def test_a_phone_or_address_of_another_member_is_not_taken_over(shop: Merchant, now: datetime) -> None:
    joined(shop, now, email="first@example.com")
    second = joined(shop, now, "0551234567")
    for changes in ({"phone": "0501234567"}, {"email": "FIRST@example.com"}):
        with pytest.raises(Conflict):
            change_member(member=second, now=now, changes=changes)
    second.refresh_from_db()
    assert (second.phone, second.email) == ("+966551234567", "")


def test_a_member_changes_nothing_that_is_not_theirs_to_change(shop: Merchant, now: datetime) -> None:
    member = joined(shop, now)
    with pytest.raises(Invalid):
        change_member(member=member, now=now, changes={"number": "M-1"})


def test_the_newest_answer_about_messages_is_in_force(shop: Merchant, now: datetime) -> None:
    member = joined(shop, now)
    for hours, granted in ((0, True), (2, False), (1, True)):
        record_consent(
            member=member,
            channel="email",
            purpose="marketing",
            granted=granted,
            source="portal",
            actor="x",
            now=now + timedelta(hours=hours),
        )
    assert consents_of([member.pk]) == {(member.pk, "email", "marketing"): False}


def test_a_referral_code_names_its_member_here_and_nowhere_else(
    shop: Merchant, rival: Merchant, now: datetime
) -> None:
    member = joined(shop, now)
    assert member_with_referral_code(shop, f" {member.referral_code.lower()} ") == member
    assert member_with_referral_code(rival, member.referral_code) is None
