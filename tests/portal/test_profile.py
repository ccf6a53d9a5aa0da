"""The account: what a member may say, see, take along and withdraw."""

import csv
import io
import json
import re

import pytest
import time_machine
from django.core import mail

from accounts.joining import join
from accounts.models import Consent, Member
from accounts.queries import consents_of
from tests.cast import NOW, Shop
from tests.portal import carrier
from tests.portal.conftest import Buy, Visitor, token_of, words

PERSON = {"given_name": "Noura", "family_name": "A", "birthday": "1990-05-01", "gender": "f"}


def person(visitor: Visitor) -> Member:
    return Member.objects.get(pk=visitor.shop.member.pk)


def answers(visitor: Visitor) -> dict[tuple[str, str], bool]:
    found = consents_of([visitor.shop.member.pk])
    return {(channel, purpose): granted for (_pk, channel, purpose), granted in found.items()}


def test_a_member_says_who_they_are(member: Visitor) -> None:
    assert member.post("profile/", **PERSON).status_code == 302
    now = person(member)
    assert (now.given_name, now.family_name, now.gender) == ("Noura", "A", "f")
    assert now.birthday_changed_on is not None
    assert "Noura" in words(member.get())


@pytest.mark.parametrize(
    "wrong", [{"given_name": " "}, {"birthday": "2026-11-16"}, {"birthday": "1-2"}, {"gender": "z"}]
)
def test_what_cannot_be_is_refused_and_nothing_saved(member: Visitor, wrong: dict[str, str]) -> None:
    answer = member.post("profile/", **(PERSON | wrong))
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert person(member).given_name == "نورة"


def test_what_a_member_may_not_say_is_not_heard(member: Visitor) -> None:
    before = person(member)
    member.post("profile/", **PERSON, phone="0551112223", number="M-1", email="x@example.com", merchant=2)
    after = person(member)
    assert (after.phone, after.number, after.email) == (before.phone, before.number, before.email)


def test_an_e_mail_address_is_saved_when_its_code_came_back(member: Visitor) -> None:
    answer = member.post("profile/email/", email="New@Example.com")
    assert answer.headers["location"] == member.url("profile/email/confirm/")
    assert person(member).email == "noura@oasis.example"
    code = re.search(r"\d{6}", str(mail.outbox[-1].subject))
    assert code
    assert mail.outbox[-1].to == ["new@example.com"]
    assert (
        member.post("profile/email/confirm/", code="000000" if code[0] != "000000" else "1").status_code
        == 422
    )
    member.post("profile/email/confirm/", code=code[0])
    assert person(member).email == "new@example.com"


def test_anothers_address_is_not_told_until_it_is_proved_and_not_taken(member: Visitor) -> None:
    join(
        merchant=member.shop.merchant,
        now=NOW,
        source="t",
        actor="x",
        phone="0551112223",
        email="taken@example.com",
    )
    assert member.post("profile/email/", email="taken@example.com").status_code == 302
    code = re.search(r"\d{6}", str(mail.outbox[-1].subject))
    assert code
    answer = member.post("profile/email/confirm/", code=code[0])
    assert answer.status_code == 422
    assert "another card" in words(answer)
    assert person(member).email == "noura@oasis.example"


def test_an_address_code_opens_no_door(member: Visitor) -> None:
    member.post("profile/email/", email="noura@oasis.example")
    code = re.search(r"\d{6}", str(mail.outbox[-1].subject))
    assert code
    stranger = Visitor(member.shop)
    stranger.ask("noura@oasis.example")
    stranger.post("code/", code=code[0])
    assert stranger.member_id is None


def test_messages_are_switched_off_as_easily_as_on(member: Visitor) -> None:
    page = member.get("profile/").content.decode()
    assert re.findall(r'name="(consent_\w+)"[^>]*checked', page) == [
        "consent_inbox_marketing",
        "consent_email_service",
    ]
    member.post("profile/messages/", consent_email_marketing="on", consent_email_service="on")
    assert answers(member) == {("inbox", "marketing"): False, ("email", "marketing"): True}
    member.post("profile/messages/", consent_email_service="on")
    assert answers(member)["email", "marketing"] is False
    row = Consent.objects.order_by("-id")[0]
    assert (row.source, row.actor, row.language) == ("portal", f"member:{member.shop.member.pk}", "en")
    count = Consent.objects.count()
    member.post("profile/messages/", consent_email_service="on")
    assert Consent.objects.count() == count


def test_the_invitation_names_the_members_code_and_counts_guests(member: Visitor) -> None:
    code = person(member).referral_code
    assert f"/m/oasis/join/?ref={code}" in member.get("profile/").content.decode()
    join(
        merchant=member.shop.merchant, now=NOW, source="t", actor="x", phone="0551112223",
        referred_by=member.shop.member,
    )  # fmt: skip
    assert "1 friend joined through you" in words(member.get("profile/"))


def test_everything_held_about_a_member_can_be_taken_along(member: Visitor, buy: Buy, rival: Shop) -> None:
    buy(1240_00)
    member.post("rewards/points/", token=token_of(member.get("rewards/points/")), points="500")
    member.post("profile/messages/")
    answer = member.get("profile/walaa.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    data = json.loads(answer.content)
    assert data["about"]["phone"] == "+966501234567"
    assert [row["total_minor"] for row in data["purchases"]] == [1240_00]
    assert [row["points"] for row in data["movements"]] == [1240, -500]
    assert len(data["consents"]) == 2
    assert "mirage" not in answer.content.decode()
    table = list(csv.reader(io.StringIO(member.get("profile/walaa.csv").content.decode("utf-8-sig"))))
    assert all(len(row) == 5 for row in table)
    assert ["Purchase", "2026-11-15 09:00:00+00:00", "order-1", "1,240.00 SAR", "1240"] in table


def test_a_spreadsheet_takes_no_name_for_a_formula(member: Visitor) -> None:
    member.post("profile/", **(PERSON | {"given_name": '=HYPERLINK("http://x")', "family_name": "@x"}))
    table = list(csv.reader(io.StringIO(member.get("profile/walaa.csv").content.decode("utf-8-sig"))))
    cells = [cell for row in table for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=@+-" and cell and not cell.lstrip("+-").isdigit()]


def test_nobody_else_takes_it(visitor: Visitor) -> None:
    for path in ("profile/", "profile/walaa.json", "profile/walaa.csv"):
        assert visitor.get(path).headers["location"] == visitor.url("sign-in/")


@pytest.mark.parametrize("path", ["profile/walaa.json", "profile/walaa.csv", "profile/delete/"])
def test_a_session_left_open_takes_nothing_away_without_a_fresh_code(
    member: Visitor, clock: time_machine.Traveller, path: str
) -> None:
    assert member.get(path).status_code == 200
    clock.shift(600)
    for answer in (member.get(path), member.post(path, sure="on") if "delete" in path else member.get(path)):
        assert answer.headers["location"].startswith(member.url("profile/prove/"))
    assert person(member).erased_at is None
    door = member.get(path).headers["location"].removeprefix(member.url())
    assert member.get(door).status_code == 200
    assert "The 6-digit code" in words(member.post(door))
    code = carrier.kept[-1][1]
    wrong = "000000" if code != "000000" else "111111"
    assert member.post(door, code=wrong).status_code == 422
    assert member.get(path).status_code == 302
    after = "profile/delete/" if "delete" in path else "profile/"
    assert member.post(door, code=code).headers["location"] == member.url(after)
    assert member.get(path).status_code == 200
    assert member.post(door, code=code).status_code == 422  # once
