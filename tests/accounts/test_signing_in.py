"""One-time codes: once, for ten minutes, five tries, here alone, and they tell nobody anything."""

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from pytest_django import Settings

from accounts import signing_in
from accounts.errors import BadEmail, BadPhone, CodeOver, TooMany, Undelivered, WrongCode
from accounts.joining import join
from accounts.models import LoginCode, Member, Merchant
from accounts.signing_in import Destination, destination_of, member_at, request_code, verify_code

PHONE = Destination("phone", "+966501234567")
MAIL = Destination("email", "sara@example.com")


def ask(shop: Merchant, now: datetime, destination: Destination = PHONE, asker: str = "192.0.2.7") -> str:
    return request_code(merchant=shop, destination=destination, asker=asker, now=now)


def give(shop: Merchant, code: str, now: datetime, destination: Destination = PHONE) -> None:
    verify_code(merchant=shop, destination=destination, code=code, now=now)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_destination_is_read_in_any_spelling(shop: Merchant) -> None:
    assert destination_of(" ٠٥٠١٢٣٤٥٦٧ ", shop) == PHONE
    assert destination_of("Sara@Example.com", shop) == MAIL


@pytest.mark.parametrize(
    ("typed", "refusal"), [("", BadPhone), ("12", BadPhone), ("a@", BadEmail), ("9" * 300, BadPhone)]
)
def test_what_is_no_destination_is_refused(shop: Merchant, typed: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        destination_of(typed, shop)


def test_a_code_is_six_digits_and_works_once(shop: Merchant, now: datetime) -> None:
    code = ask(shop, now)
    assert re.fullmatch(r"\d{6}", code)
    give(shop, code, now)
    with pytest.raises(CodeOver):
        give(shop, code, now)


def test_a_code_may_come_back_in_arabic_digits_with_spaces(shop: Merchant, now: datetime) -> None:
    code = ask(shop, now)
    give(shop, f" {code[:3]} {code[3:]} ".translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), now)


def test_a_code_runs_out_after_ten_minutes(shop: Merchant, now: datetime) -> None:
    code = ask(shop, now)
    with pytest.raises(CodeOver):
        give(shop, code, now + timedelta(minutes=10))
    give(shop, code, now + timedelta(minutes=9, seconds=59))


def test_a_code_bears_five_tries(shop: Merchant, now: datetime) -> None:
    code = ask(shop, now)
    for _try in range(5):
        with pytest.raises(WrongCode):
            give(shop, other_than(code), now)
    with pytest.raises(CodeOver):
        give(shop, code, now)


def test_what_cannot_be_a_code_costs_no_try(shop: Merchant, now: datetime) -> None:
    code = ask(shop, now)
    for typed in ("", "12345", "1234567", "abcdef", "12345x"):
        with pytest.raises(WrongCode):
            give(shop, typed, now)
    give(shop, code, now)


def test_only_the_newest_code_works(shop: Merchant, now: datetime) -> None:
    first, second = ask(shop, now), ask(shop, now)
    if first != second:
        with pytest.raises(WrongCode):
            give(shop, first, now)
    give(shop, second, now)


def test_a_code_is_worth_nothing_at_another_merchant_destination_or_purpose(
    shop: Merchant, rival: Merchant, now: datetime
) -> None:
    code = ask(shop, now)
    ask(rival, now, MAIL)
    for attempt in (
        {"merchant": rival, "destination": PHONE},
        {"merchant": shop, "destination": MAIL},
        {"merchant": shop, "destination": PHONE, "purpose": signing_in.CHANGE_EMAIL},
    ):
        with pytest.raises(CodeOver):
            verify_code(code=code, now=now, **attempt)  # type: ignore[arg-type]
    give(shop, code, now)


def test_neither_the_destination_nor_the_code_can_be_read_from_the_table(
    shop: Merchant, now: datetime
) -> None:
    codes = [ask(shop, now), ask(shop, now, MAIL)]
    stored = repr(list(LoginCode.objects.values()))
    for secret in (*codes, "501234567", "sara", "192.0.2.7"):
        assert secret not in stored.replace("2026", "")


def test_asking_says_the_same_of_members_and_strangers(shop: Merchant, now: datetime) -> None:
    join(merchant=shop, now=now, source="test", actor="x", phone=PHONE.value)
    stranger = Destination("phone", "+966551234567")
    for destination in (PHONE, stranger):
        give(shop, ask(shop, now, destination), now, destination)
    assert member_at(merchant=shop, destination=PHONE) is not None
    assert member_at(merchant=shop, destination=stranger) is None


def test_a_destination_is_asked_for_five_times_an_hour(
    shop: Merchant, rival: Merchant, now: datetime
) -> None:
    for second in range(5):
        ask(shop, now + timedelta(seconds=second), asker=f"192.0.2.{second}")
    with pytest.raises(TooMany):
        ask(shop, now + timedelta(minutes=59), asker="192.0.2.99")
    ask(rival, now)
    ask(shop, now, MAIL)
    ask(shop, now + timedelta(minutes=61))


def test_one_address_asks_sixty_times_an_hour(shop: Merchant, now: datetime) -> None:
    for number in range(60):
        ask(shop, now, Destination("phone", f"+9665012345{number:02}"))
    with pytest.raises(TooMany):
        ask(shop, now, MAIL)
    ask(shop, now, MAIL, asker="198.51.100.1")


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_share_the_limit_and_parallel_guesses_the_five_tries(now: datetime) -> None:
    shop = Merchant.objects.create(slug="oasis", name_ar="م", name_en="O")
    asked = together(12, lambda: ask(shop, now))
    assert sum(isinstance(answer, str) for answer in asked) == 5
    assert sum(isinstance(answer, TooMany) for answer in asked) == 7
    code = ask(shop, now, MAIL)
    guessed = together(12, lambda: give(shop, other_than(code), now, MAIL))
    assert sum(isinstance(answer, WrongCode) for answer in guessed) == 5
    assert sum(isinstance(answer, CodeOver) for answer in guessed) == 7


@pytest.mark.django_db(transaction=True)
def test_one_code_given_back_twice_at_once_lets_one_in(now: datetime) -> None:
    shop = Merchant.objects.create(slug="oasis", name_ar="م", name_en="O")
    code = ask(shop, now)
    answers = together(4, lambda: give(shop, code, now))
    assert sorted(map(type, answers), key=str) == sorted([type(None), *[CodeOver] * 3], key=str)


def together(count: int, call: Callable[[], object]) -> list[Any]:
    answers: list[Any] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            answers.append(call())
        except (TooMany, WrongCode, CodeOver) as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_code_for_an_address_goes_by_e_mail_in_the_readers_language(shop: Merchant, now: datetime) -> None:
    code = ask(shop, now, MAIL)
    (letter,) = mail.outbox
    assert letter.to == [MAIL.value]
    assert code in letter.subject
    assert code in letter.body


def test_a_code_for_a_phone_is_shown_by_the_console_without_the_number(
    shop: Merchant, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    code = ask(shop, now)
    shown = capsys.readouterr().out
    assert code in shown
    assert "501234" not in shown


def test_without_a_way_to_phones_a_phone_is_refused_and_nothing_written(
    shop: Merchant, now: datetime, settings: Settings
) -> None:
    settings.PHONE_CODE_CARRIER = ""
    with pytest.raises(Undelivered):
        ask(shop, now)
    assert not LoginCode.objects.exists()


def test_a_mail_server_that_is_down_is_a_polite_refusal(
    shop: Merchant, now: datetime, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(Undelivered):
        ask(shop, now, MAIL)


@pytest.mark.parametrize("gone", ["detached_at", "erased_at"])
def test_who_left_is_found_neither_by_phone_nor_by_session(shop: Merchant, now: datetime, gone: str) -> None:
    member, _new = join(merchant=shop, now=now, source="test", actor="x", phone=PHONE.value)
    assert signing_in.member_of_session(merchant=shop, member_id=member.pk) == member
    Member.objects.filter(pk=member.pk).update(**{gone: now})
    assert member_at(merchant=shop, destination=PHONE) is None
    assert signing_in.member_of_session(merchant=shop, member_id=member.pk) is None


def test_old_codes_are_purged_when_no_limit_counts_them(shop: Merchant, now: datetime) -> None:
    ask(shop, now)
    ask(shop, now + timedelta(days=2))
    assert signing_in.purge_codes(now=now + timedelta(days=2, seconds=1)) == 1
    assert LoginCode.objects.count() == 1
