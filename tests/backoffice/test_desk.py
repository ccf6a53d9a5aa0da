"""RULES 44 and 45 and the proof of a balance, as the back office shows them."""

import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.forms.models import ModelForm
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Member, Staff
from accounts.models.staff import Role
from accounts.tenant_admin import TenantAdmin
from ledger.models import AdjustmentRequest, Balance, BookSettings, Lot, LotUse, Movement
from tests.backoffice.conftest import SignIn, buy
from tests.cast import NOW, Shop
from tests.ledger.books import Books, prove
from tests.ledger.test_second_person import second_factor
from tests.portal.conftest import words as words_of

BOOKS = (Movement, Lot, LotUse, Balance)
READERS = {"owner": 200, "manager": 200, "analyst": 200}
ADDRESSES = ["adjustments", "liability", "controls"]


def words(page: Any) -> str:
    """What a page says."""
    return words_of(page)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def ask(client: Client, shop: Shop, points: Any, reason: str = "Sorry", once: str = "a" * 32) -> Any:
    said = {"points": points, "reason": reason, "expires": "on", "once": once}
    return client.post(url("member_adjust", shop.member.pk), said, follow=True)


def points_of(shop: Shop) -> int:
    return Balance.objects.get(member=shop.member).available


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_pages_open_for_those_who_may_read_and_nobody_else(
    language: str, shop: Shop, sign_in: SignIn
) -> None:
    for role in Role.values:
        client = sign_in(shop.staff[role], language)
        for name in ADDRESSES:
            expected = 200 if role in READERS and (name != "controls" or role != "analyst") else 403
            answer = client.get(url(name))
            if role == Role.CASHIER:
                assert answer.status_code == 302
                continue
            assert answer.status_code == expected, (role, name)
        allowed = {Role.OWNER: 200, Role.MANAGER: 200, Role.ANALYST: 403, Role.CASHIER: 302}[Role(role)]
        assert client.get(url("member_adjust", shop.member.pk)).status_code == allowed
        for file in ("liability_file", "liability_journal"):
            assert client.get(url(file)).status_code == (302 if role == Role.CASHIER else 200)


def test_rule_44_no_form_anywhere_edits_a_balance(shop: Shop, rf: Any) -> None:
    """Whatever is registered: no form field of the books, and nobody may add, change or delete them."""
    request = rf.get("/")
    request.user, request.session = shop.staff["owner"], {}
    for model, page in admin.site._registry.items():
        if model in BOOKS:
            for right in ("add", "change", "delete"):
                assert not getattr(page, f"has_{right}_permission")(request)
        for inline in page.inlines:
            if inline.model in BOOKS:
                made = inline(model, admin.site)
                assert not any(
                    getattr(made, f"has_{r}_permission")(request) for r in ("add", "change", "delete")
                )
        if isinstance(page, TenantAdmin) and model not in BOOKS:
            form: type[ModelForm[Any]] = page.get_form(request)
            names = {"available", "owed", "pending", "balance", "remaining", "earned_ever"}
            assert not names & set(form.base_fields), model


def test_rule_44_an_adjustment_needs_a_reason_and_is_posted_with_who_made_it(
    shop: Shop, owner: Client
) -> None:
    before = points_of(shop)
    assert "This field is required" in ask(owner, shop, 50, reason=" ").content.decode()
    for bad in ("", "0", "abc", "1.5", "99999999999999999999"):
        assert ask(owner, shop, bad).status_code == 200
    assert points_of(shop) == before
    page = ask(owner, shop, "+١٬٠٠".replace("٬", ""), once="b" * 32)
    assert "Posted: +100 points." in words(page)
    ask(owner, shop, "100", once="b" * 32)  # the second press of a double click
    assert points_of(shop) == before + 100
    movement = Movement.objects.get(kind="adjust")
    assert movement.actor == f"staff:{shop.staff['owner'].pk}"
    assert "Posted: -30 points." in words(ask(owner, shop, "−30", once="c" * 32))
    prove(shop.merchant)


def test_rule_44_above_the_limit_another_person_decides_on_the_page(
    shop: Shop, owner: Client, sign_in: SignIn
) -> None:
    before = points_of(shop)
    page = ask(owner, shop, 5_000)
    assert "waits for a second person" in words(page)
    asked = AdjustmentRequest.objects.get()
    assert "You asked for this yourself" in words(page)
    own = owner.post(url("adjustment_decide", asked.pk), {"approve": ""}, follow=True)
    assert "A second person must approve this" in words(own)
    manager = sign_in(shop.staff["manager"])
    listing = manager.get(url("adjustments"))
    assert "+5,000" in words(listing)
    assert re.search(r'href="/admin/adjustments/"[^<]*>.*?1\s*<', listing.content.decode(), re.DOTALL)
    assert "Approve and post" in words(manager.get(url("adjustment", asked.pk)))
    done = manager.post(url("adjustment_decide", asked.pk), {"approve": ""}, follow=True)
    assert "Posted: +5,000 points." in words(done)
    again = manager.post(url("adjustment_decide", asked.pk), {"approve": ""}, follow=True)
    assert "decided already: Posted" in words(again)
    assert points_of(shop) == before + 5_000


def test_rule_44_a_sole_owner_is_told_to_set_up_a_second_factor_and_to_wait(
    shop: Shop, owner: Client, clock: Any
) -> None:
    Staff.objects.filter(merchant=shop.merchant, role=Role.MANAGER).update(is_active=False)
    page = ask(owner, shop, 5_000)
    assert "You have no second factor yet" in words(page)
    assert reverse("mfa_index") in page.content.decode()
    asked = AdjustmentRequest.objects.get()
    code = second_factor(shop.staff["owner"])
    assert "you may approve it from 16 November 2026, 12:00 PM" in words(
        owner.get(url("adjustment", asked.pk))
    )
    early = owner.post(url("adjustment_decide", asked.pk), {"approve": "", "code": code}, follow=True)
    assert "24 more hours" in words(early)
    clock.move_to(NOW + timedelta(hours=24))
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    from tests.ledger.test_second_person import SECRET

    code = format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))
    wrong = owner.post(url("adjustment_decide", asked.pk), {"approve": "", "code": "12"}, follow=True)
    assert "This code is not right" in words(wrong)
    done = owner.post(url("adjustment_decide", asked.pk), {"approve": "", "code": code}, follow=True)
    assert "Posted: +5,000 points." in words(done)
    asked.refresh_from_db()
    assert asked.second_factor_at == asked.decided_at == NOW + timedelta(hours=24)


def test_rule_44_refusing_and_withdrawing(shop: Shop, owner: Client, sign_in: SignIn) -> None:
    manager = sign_in(shop.staff["manager"])
    for client, once, said in ((manager, "a", "Refused"), (owner, "b", "Withdrawn")):
        ask(owner, shop, 5_000, once=once * 32)
        asked = AdjustmentRequest.objects.latest("pk")
        assert said in words(client.post(url("adjustment_decide", asked.pk), {"decline": ""}, follow=True))
    assert not Movement.objects.filter(kind="adjust").exists()


def test_the_limits_are_the_owners(shop: Shop, owner: Client, sign_in: SignIn) -> None:
    page = owner.get(url("controls"))
    fields = {name: field.initial or page.context["form"].initial.get(name, "")
              for name, field in page.context["form"].fields.items()}  # fmt: skip
    changed = fields | {"make_good_daily": 50, "second_person_over": 5_000, "liability_code": "21-7"}
    assert sign_in(shop.staff["manager"]).post(url("controls"), changed).status_code == 403
    assert "Saved." in words(owner.post(url("controls"), changed, follow=True))
    chosen = BookSettings.objects.get()
    assert (chosen.make_good_daily, chosen.limit_at(NOW), chosen.looser_limit) == (50, 1_000, 5_000)
    assert "Until 16 November 2026, 12:00 PM the limit is 1000 points still." in words(
        owner.get(url("controls"))
    )
    assert "21-7" in words(owner.get(url("liability")))
    bad = owner.post(url("controls"), changed | {"second_person_over": "-5"})
    assert bad.context["form"].errors


@pytest.mark.parametrize("name", ["adjustment", "adjustment_decide", "member_adjust", "member_points"])
def test_what_is_the_rivals_is_not_there(name: str, shop: Shop, rival: Shop, owner: Client) -> None:
    theirs = AdjustmentRequest.objects.create(
        merchant=rival.merchant, member=rival.member, points=5_000, reason="x", source="x", key="x",
        asked_by="staff:0", asked_at=NOW, ripe_at=NOW,
    )  # fmt: skip
    pk = theirs.pk if name.startswith("adjustment") else rival.member.pk
    said = {"approve": "", "points": "5", "reason": "x", "once": "z" * 32}
    for target in (pk, 987_654_321):
        assert owner.post(url(name, target), said).status_code in {404, 405}
        if name != "adjustment_decide":
            assert owner.get(url(name, target)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == "waiting"


def test_rule_45_the_page_and_its_files_say_the_same(shop: Shop, owner: Client) -> None:
    page = owner.get(url("liability"))
    found = page.context["found"]
    assert (found.outstanding, found.expected_minor) == (700, 2_800)
    said = words(page)
    for text in ("28.00 SAR", "700", "worth 35.00 SAR if all were used", "80%", "no range yet"):
        assert text in said
    text = owner.get(url("liability_file")).content.decode("utf-8-sig")
    assert ["Points outstanding", "700"] in list(csv.reader(StringIO(text)))
    book = load_workbook(BytesIO(owner.get(url("liability_file"), {"format": "xlsx"}).content))
    assert book.sheetnames == ["Liability", "By month of expiry", "Movement by month"]
    assert [row[1].value for row in book.worksheets[1].iter_rows()][-1] == 700
    lines = list(csv.DictReader(StringIO(owner.get(url("liability_journal")).content.decode("utf-8-sig"))))
    debit, credit = (sum(float(line[side]) for line in lines) for side in ("Debit", "Credit"))
    assert debit == credit > 0
    liability = [line for line in lines if line["Account"] == "2410"]
    assert sum(float(line["Credit"]) - float(line["Debit"]) for line in liability) == 28.0


@pytest.mark.parametrize("language", ["ar", "en"])
def test_rule_45_with_enough_history_the_page_shows_a_range(
    language: str, shop: Shop, sign_in: SignIn
) -> None:
    books = Books(shop.member)
    for month in range(8):
        books.now = NOW - timedelta(days=700 - 30 * month)
        books.adjust(2_000)
        books.issue(1_000 + 500 * (month % 2))
    page = sign_in(shop.staff["owner"], language).get(url("liability"))
    found = page.context["found"]
    assert found.use.is_proven
    assert found.low_minor < found.expected_minor < found.high_minor
    assert len(page.context["cohorts"]) >= 6


def test_rule_45_an_arabic_workbook_reads_from_right_to_left(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in(shop.staff["analyst"], "ar")
    book = load_workbook(BytesIO(client.get(url("liability_journal"), {"format": "xlsx"}).content))
    (sheet,) = book.worksheets
    assert sheet.sheet_view.rightToLeft
    assert [cell.value for cell in sheet[1]][5:7] == ["مدين", "دائن"]


@pytest.mark.parametrize("query", ["?as_of=x", "?as_of=2999-01-01", "?as_of=1066-10-14", "?format=pdf"])
def test_a_day_or_a_format_that_cannot_be_is_not_there(query: str, owner: Client, shop: Shop) -> None:
    assert owner.get(url("liability_file") + query).status_code == 404


def test_questions_are_bounded(shop: Shop, owner: Client) -> None:
    def asked(path: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as seen:
            assert owner.get(path).status_code == 200
        return len(seen)

    paths = [url("liability"), url("adjustments"), url("member_points", shop.member.pk)]
    few = {path: asked(path) for path in paths}
    for number in range(6):
        buy(shop, f"m-{number}", 40_000, days_ago=number * 30)
        ask(owner, shop, 5_000 + number, once=f"{number}" * 32)
    many = {path: asked(path) for path in paths}
    assert all(many[path] <= few[path] + 4 for path in paths), (few, many)
    assert max(many.values()) < 45, many


def test_a_balance_opens_on_the_page_and_ties(shop: Shop, owner: Client) -> None:
    page = owner.get(url("member_points", shop.member.pk))
    proof = page.context["proof"]
    assert sum(line.points for line in proof.sums) == proof.available - proof.owed == points_of(shop)
    said = words(page)
    for text in ("+1,200", "-500", "700 of 1,200", "1 point per 1.00 SAR", "Redeemed for 25.00 SAR off"):
        assert text in said
    movement = Movement.objects.get(member=shop.member, kind="redeem")
    story = words(owner.get(url("ledger_movement_change", movement.pk)))
    assert "Which points it took" in story
    assert "Earned, 12 November 2026" in story
    assert Member.objects.filter(pk=shop.member.pk).exists()


def test_the_command_prints_and_writes_files(shop: Shop, tmp_path: Path) -> None:
    out = StringIO()
    call_command("liability", "--merchant", shop.merchant.slug, "--language", "en", stdout=out)
    assert "Points outstanding,700" in out.getvalue()
    for name in ("report.csv", "report.xlsx", "journal.xlsx"):
        journal = ["--journal"] if "journal" in name else []
        path = tmp_path / name
        call_command(
            "liability", "--merchant", shop.merchant.slug, "--as-of", "2026-11-15", "--output", str(path),
            *journal, stdout=StringIO(),
        )  # fmt: skip
        assert path.stat().st_size > 100
    for wrong in (["--as-of", "x"], ["--as-of", "2999-01-01"], ["--output", "x.pdf"]):
        with pytest.raises(CommandError):
            call_command("liability", "--merchant", shop.merchant.slug, *wrong, stdout=StringIO())
