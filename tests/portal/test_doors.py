"""Coming in and going out."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.joining import join
from accounts.models import Consent, LoginCode, Member
from tests.cast import NOW, Shop
from tests.portal import carrier
from tests.portal.conftest import Visitor, words

SPELLINGS = (
    "0501234567", "501234567", "+966501234567", "00966 50 123 4567", "٠٥٠١٢٣٤٥٦٧", "۰۵۰۱۲۳۴۵۶۷",
    "050-123-4567",
)  # fmt: skip
JOINING = {"given_name": "Lama", "language": "en"}


@pytest.mark.parametrize("typed", SPELLINGS)
def test_rule_41_a_member_comes_in_by_their_phone_in_any_spelling(visitor: Visitor, typed: str) -> None:
    assert visitor.ask(typed).headers["location"] == visitor.url("code/")
    assert carrier.kept[-1][0] == "+966501234567"
    answer = visitor.enter(typed)
    assert answer.headers["location"] == visitor.url()
    assert visitor.member_id == visitor.shop.member.pk
    assert visitor.get().status_code == 200


def test_a_member_comes_in_by_e_mail(visitor: Visitor) -> None:
    visitor.ask("NOURA@oasis.example")
    (letter,) = mail.outbox
    code = re.search(r"\d{6}", str(letter.subject))
    assert code
    visitor.post("code/", code=code[0])
    assert visitor.member_id == visitor.shop.member.pk


def test_members_and_strangers_are_answered_alike(shop: Shop) -> None:
    pages = []
    for phone in ("0501234567", "0551112223"):
        visitor = Visitor(shop)
        answer = visitor.ask(phone)
        pages.append((answer.status_code, answer.headers["location"], words(visitor.get("code/"))[:400]))
    first, second = pages
    assert first[:2] == second[:2]
    assert first[2].replace("50 123 4567", "") == second[2].replace("55 111 2223", "")


@pytest.mark.parametrize("typed", ["", "12", "a@", "x" * 300, "\0"])
def test_what_is_no_phone_and_no_address_is_refused_politely(visitor: Visitor, typed: str) -> None:
    answer = visitor.ask(typed)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not LoginCode.objects.exists()


def test_a_wrong_code_is_refused_and_says_so_in_the_readers_language(visitor: Visitor) -> None:
    visitor.ask("0501234567")
    wrong = f"{(int(carrier.kept[-1][1]) + 1) % 10**6:06}"
    assert "This code is not right" in words(visitor.post("code/", code=wrong))
    visitor.post("language/", language="ar")
    assert "الرمز غير صحيح" in words(visitor.post("code/", code=wrong))
    assert visitor.member_id is None


def test_an_expired_code_is_refused(visitor: Visitor, clock: time_machine.Traveller) -> None:
    visitor.ask("0501234567")
    clock.shift(timedelta(minutes=10, seconds=1))
    answer = visitor.post("code/", code=carrier.kept[-1][1])
    assert answer.status_code == 422
    assert "no longer works" in words(answer)
    assert visitor.member_id is None


def test_five_wrong_codes_end_the_code(visitor: Visitor) -> None:
    visitor.ask("0501234567")
    right = carrier.kept[-1][1]
    for _try in range(5):
        visitor.post("code/", code=f"{(int(right) + 1) % 10**6:06}")
    assert "no longer works" in words(visitor.post("code/", code=right))
    assert visitor.member_id is None


def test_asking_too_often_is_answered_429(visitor: Visitor) -> None:
    for _time in range(5):
        assert visitor.ask("0501234567").status_code == 302
    answer = visitor.ask("0501234567")
    assert answer.status_code == 429
    assert "wait a little" in words(answer)


def test_a_stranger_joins_after_proving_the_phone(visitor: Visitor) -> None:
    answer = visitor.enter("٠٥٥١١١٢٢٢٣")
    assert answer.headers["location"] == visitor.url("join/")
    assert not visitor.is_inside
    answer = visitor.post(
        "join/", **JOINING, family_name="Q", birthday="١٩٩٤-٠٥-٠٢", gender="f", offers="on",
        referral=visitor.shop.member.referral_code.lower(),
    )  # fmt: skip
    assert answer.headers["location"] == visitor.url()
    member = Member.objects.get(phone="+966551112223")
    assert visitor.member_id == member.pk
    assert (member.given_name, member.language, member.gender) == ("Lama", "en", "f")
    assert member.birthday is not None
    assert member.birthday.isoformat() == "1994-05-02"
    assert member.referred_by == visitor.shop.member
    agreed = Consent.objects.filter(member=member, granted=True)
    assert set(agreed.values_list("channel", "purpose")) == {("inbox", "marketing"), ("email", "marketing")}
    assert "Your card is ready" in words(visitor.get())


def test_who_ticks_nothing_has_agreed_to_nothing(visitor: Visitor) -> None:
    visitor.enter("0551112223")
    visitor.post("join/", **JOINING)
    assert visitor.member_id
    assert not Consent.objects.exists()


def test_an_invitation_link_carries_its_code_to_the_form(visitor: Visitor) -> None:
    code = visitor.shop.member.referral_code
    assert code in visitor.get("sign-in/", ref=code).content.decode()
    visitor.ask("0551112223", referral=code)
    visitor.post("code/", code=carrier.kept[-1][1])
    assert f'value="{code}"' in visitor.get("join/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"given_name": ""},
        {"language": "fr"},
        {"birthday": "2027-01-01"},
        {"birthday": "1850-01-01"},
        {"birthday": "yesterday"},
        {"referral": "NOBODY7"},
        {"gender": "x"},
        {"given_name": "x" * 81},
    ],
)
def test_a_form_that_cannot_be_makes_no_member(visitor: Visitor, wrong: dict[str, str]) -> None:
    visitor.enter("0551112223")
    answer = visitor.post("join/", **(JOINING | wrong))
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not Member.objects.filter(phone="+966551112223").exists()


def test_nobody_joins_without_proof(visitor: Visitor) -> None:
    visitor.ask("0551112223")
    for answer in (visitor.get("join/"), visitor.post("join/", **JOINING)):
        assert answer.headers["location"] == visitor.url("sign-in/")
    assert not Member.objects.filter(phone="+966551112223").exists()


def test_a_forged_or_foreign_proof_is_none(visitor: Visitor, rival: Shop) -> None:
    visitor.enter("0551112223")
    proof = visitor.client.cookies["walaa_door"].value
    elsewhere = Visitor(rival)
    for value in (proof, proof.replace("proved", "proven"), "x", ""):
        elsewhere.client.cookies["walaa_door"] = value
        answer = elsewhere.post("join/", **JOINING)
        assert answer.headers["location"] == elsewhere.url("sign-in/")
    assert not Member.objects.filter(phone="+966551112223").exists()


def test_who_joined_at_the_till_meanwhile_finds_that_card(visitor: Visitor) -> None:
    visitor.enter("0551112223")
    at_the_till, _new = join(
        merchant=visitor.shop.merchant, now=NOW, source="till", actor="x", phone="0551112223"
    )
    visitor.post("join/", **JOINING)
    assert visitor.member_id == at_the_till.pk
    assert Member.objects.filter(phone="+966551112223").count() == 1


def test_a_member_here_is_nobody_next_door(member: Visitor, rival: Shop) -> None:
    next_door = Visitor(rival, member.client)
    assert next_door.get().headers["location"] == next_door.url("sign-in/")


def test_a_staff_session_is_no_member_session_and_survives_one(shop: Shop) -> None:
    visitor = Visitor(shop)
    visitor.client.force_login(
        shop.staff["owner"], backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert visitor.get().headers["location"] == visitor.url("sign-in/")
    visitor.enter()
    visitor.post("sign-out/")
    assert visitor.member_id is None
    assert visitor.client.session["_auth_user_id"] == str(shop.staff["owner"].pk)


def test_the_session_changes_its_name_at_the_door(visitor: Visitor) -> None:
    session = visitor.client.session
    session["planted"] = 1
    session.save()
    visitor.client.cookies["sessionid"] = session.session_key or ""
    visitor.enter()
    inside = visitor.client.session.session_key
    assert inside != session.session_key
    visitor.post("sign-out/")
    assert visitor.client.session.session_key != inside


@pytest.mark.parametrize("gone", ["detached_at", "erased_at", "merged_into"])
def test_who_was_merged_detached_or_erased_is_signed_out(member: Visitor, gone: str) -> None:
    other, _new = join(merchant=member.shop.merchant, now=NOW, source="t", actor="x", phone="0551112223")
    Member.objects.filter(pk=member.shop.member.pk).update(**{gone: other if gone == "merged_into" else NOW})
    assert member.get().headers["location"] == member.url("sign-in/")
    assert member.member_id is None


def test_only_a_demo_shows_the_code_on_the_page(visitor: Visitor) -> None:
    visitor.ask("0501234567")
    assert carrier.kept[-1][1] not in visitor.get("code/").content.decode()
    assert carrier.kept[-1][1] not in visitor.client.cookies["walaa_door"].value
    visitor.shop.merchant.is_demo = True
    visitor.shop.merchant.save()
    visitor.ask("0501234567")
    assert carrier.kept[-1][1] in words(visitor.get("code/"))


def test_the_language_is_the_members_then_the_cookies_then_the_browsers(visitor: Visitor) -> None:
    def language(page: Visitor) -> str:
        found = re.search(r'<html lang="(\w\w)" dir="(\w\w\w)">', page.get("terms/").content.decode())
        assert found
        assert found[2] == {"ar": "rtl", "en": "ltr"}[found[1]]
        return found[1]

    assert language(visitor) == "en"
    assert language(Visitor(visitor.shop, Client(headers={"accept-language": "ar-SA,ar;q=0.9"}))) == "ar"
    assert language(Visitor(visitor.shop, Client(headers={"accept-language": "fr"}))) == "ar"
    visitor.enter()
    assert language(visitor) == "ar"  # the member's own, whatever the browser says
    visitor.post("language/", language="en")
    assert language(visitor) == "en"
    assert Member.objects.get(pk=visitor.shop.member.pk).language == "en"
    visitor.post("sign-out/")
    assert language(visitor) == "en"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_choosing_a_language_leads_nowhere_else(visitor: Visitor, back: str) -> None:
    answer = visitor.post("language/", language="ar", next=back)
    assert answer.headers["location"] == visitor.url()


def test_a_language_the_merchant_does_not_speak_is_not_spoken(visitor: Visitor) -> None:
    visitor.shop.merchant.languages = ["ar"]
    visitor.shop.merchant.save()
    visitor.post("language/", language="en")
    assert 'lang="ar" dir="rtl"' in visitor.get("sign-in/").content.decode()


@pytest.mark.parametrize(
    "name", ["sign-out", "language", "inbox-read-all", "profile-email", "profile-consent"]
)
def test_what_changes_something_is_never_a_get(member: Visitor, name: str) -> None:
    before = member.client.session.items()
    assert member.client.get(reverse(f"portal:{name}", args=["oasis"])).status_code == 405
    assert member.client.session.items() == before


def test_every_form_is_guarded_against_forgery(shop: Shop) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in (
        "sign-in/",
        "code/",
        "join/",
        "sign-out/",
        "language/",
        "inbox/read/",
        "profile/email/",
        "rewards/points/",
    ):
        assert client.post(f"/m/oasis/{path}").status_code == 403
