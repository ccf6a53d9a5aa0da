"""Opening balances from another system (RULES 47): lots with their own life, stamps, tiers, consent; once."""

import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.joining import record_consent
from accounts.models import Consent, Member, Merchant, OutboxEvent
from accounts.queries import consents_of
from ledger.events import PointsOpened
from ledger.models import Balance, ImportRun, Lot, Movement, Opening, PostingKey, TierPeriod
from ledger.posting import post
from tests.cast import Cast, Shop, the_cast
from tests.imports.conftest import Write
from tests.ledger.books import Books, prove

HEADER = "phone,points,expires_on,earned_on,lot_id\n"


def bring(path: Path, *wishes: str, merchant: str = "oasis") -> ImportRun:
    """Run the command; return the run it made."""
    call_command("import_balances", str(path), "--merchant", merchant, *wishes)
    return ImportRun.objects.latest("id")


def day(days: int) -> date:
    """A day some days from today, in Riyadh."""
    return (timezone.now() + timedelta(hours=3)).date() + timedelta(days=days)


def everything() -> list[object]:
    """All that an import of balances may touch."""
    return [
        list(model._default_manager.order_by("pk").values_list())
        for model in (Member, Consent, Movement, Lot, Balance, Opening, TierPeriod, PostingKey)
    ]


def test_rules_47_balances_come_in_as_lots_with_their_own_life(shop: Shop, write: Write) -> None:
    run = bring(
        write(
            f"0501234567,500,{day(40)},{day(-300)},L-1",
            "0501234567,250,never,,L-2",
            f'0555555555,"1,240",,{day(-30)},L-3',
        )
    )
    assert (run.rows, run.created, run.refused, run.members_created, run.points) == (3, 3, 0, 1, 1990)
    ours = Lot.objects.filter(member=shop.member).order_by("id")
    assert [(lot.points, lot.expires_on) for lot in ours] == [(500, day(40)), (250, None)]
    first = ours[0]
    assert first.earned_at.astimezone(shop.merchant.timezone).date() == day(-300)
    assert (first.movement.kind, first.movement.business_date) == ("opening", day(0))
    assert Balance.objects.get(member=shop.member).available == 750
    newcomer = Lot.objects.get(member__phone="+966555555555")
    assert newcomer.points == 1240
    assert newcomer.expires_on is not None  # RULES 24: as the programme says of points earned then
    assert day(300) < newcomer.expires_on < day(340)
    assert not OutboxEvent.objects.exists()  # nobody is told
    prove(shop.merchant)


def test_rules_47_the_same_file_again_changes_nothing(shop: Shop, write: Write) -> None:
    path = write(
        f"0501234567,500,{day(40)},,,gold,{day(90)},coffee,7,yes,{day(-10)},no,,old till",
        f"0555555555,80,{day(40)},,L-9,,,,,no,,yes,{day(-3)},old till",
        header="phone,points,expires_on,earned_on,lot_id,tier,tier_until,card,stamps,"
        "sms_consent,sms_consent_on,email_consent,email_consent_on,consent_source\n",
    )
    bring(path)
    before = everything()
    run = bring(path)
    assert (run.created, run.repeated, run.points) == (0, 2, 0)
    assert everything() == before


def test_rules_47_a_phone_that_changed_meanwhile_brings_nothing_twice(shop: Shop, write: Write) -> None:
    path = write(f"0555555555,80,{day(40)},,", f"0555555556,90,{day(40)},,L-1")
    bring(path)
    Member.objects.filter(phone="+966555555555").update(phone="+966555555557")
    Member.objects.filter(phone="+966555555556").update(phone=None, erased_at=timezone.now())
    members = Member.objects.count()
    assert bring(path).repeated == 2
    assert Member.objects.count() == members


def test_rules_47_the_same_file_after_the_secret_was_changed(shop: Shop, write: Write, settings: Any) -> None:
    bare = write(f"0501234567,80,{day(40)},,", f"0555555556,90,{day(40)},,row-1")
    bring(bare)
    before, old = everything(), settings.SECRET_KEY
    settings.SECRET_KEY = "a-new-secret-of-this-installation"
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        bring(bare)
    assert everything() == before
    settings.SECRET_KEY_FALLBACKS = [old]
    assert (bring(bare).repeated, everything()) == (2, before)
    bring(write(f"0555555557,70,{day(40)},,"))  # under the new secret
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        bring(write(f"0555555558,60,{day(40)},,"))
    assert bring(write(f"0555555558,60,{day(40)},,L-9")).created == 1  # a lot's own id needs no secret


def test_stamps_and_tier_come_in(shop: Shop, write: Write) -> None:
    header = "phone,points,card,stamps,tier,tier_until\n"
    bring(write(f"0501234567,0,قهوة,٧,ذهبي,{day(90)}", "0555555555,0,,,silver,", header=header))
    opening = Opening.objects.get(member=shop.member)
    assert (opening.card, opening.stamps, opening.movement) == ("قهوة", 7, None)
    gold = TierPeriod.objects.get(member=shop.member)
    assert (gold.tier_code, gold.why) == ("gold", "opening")
    assert gold.ends_at is not None
    assert gold.ends_at.astimezone(shop.merchant.timezone).date() == day(91)  # the last day counts
    assert Balance.objects.get(member=shop.member).tier_code == "gold"
    silver = TierPeriod.objects.get(member__phone="+966555555555")
    assert silver.ends_at is not None  # its year, as for any upgrade
    # a lower tier than the one that is held takes nothing away
    bring(write("0501234567,5,,,silver,", header=header))
    assert Balance.objects.get(member=shop.member).tier_code == "gold"


def test_consent_is_the_strictest_and_never_wider_than_what_was_said_here(shop: Shop, write: Write) -> None:
    now = timezone.now()
    said: dict[str, bool] = {"email": False, "whatsapp": True}
    for channel, granted in said.items():
        record_consent(
            member=shop.member, channel=channel, purpose="marketing", granted=granted, source="portal",
            actor="member", now=now - timedelta(days=9),
        )  # fmt: skip
    header = "phone,lot_id,points,sms_consent,sms_consent_on,email_consent,whatsapp_consent,consent_source\n"
    bring(
        write(
            f"0501234567,A,5,yes,{day(-100)},yes,no,pos", "0501234567,B,5,,,,yes,pos",
            "0555555555,C,5,yes,,,,", "0555555555,D,5,no,,,,", header=header,
        )
    )  # fmt: skip
    force = consents_of([shop.member.pk])
    ours = {channel: granted for (_pk, channel, purpose), granted in force.items() if purpose == "marketing"}
    assert ours == {"sms": True, "email": False, "whatsapp": False}
    sms = Consent.objects.get(member=shop.member, channel="sms")
    assert (sms.source, sms.text_version) == ("pos", "elsewhere/terms-1")
    assert sms.at.astimezone(shop.merchant.timezone).date() == day(-100)
    other = Consent.objects.get(member__phone="+966555555555")
    assert other.granted is False


def test_today_is_the_last_day_on_which_points_come_in(shop: Shop, write: Write) -> None:
    run = bring(write(f"0501234567,100,{day(0)},,L-1", f"0501234567,100,{day(-1)},,L-2"))
    assert (run.created, run.refused, run.issues.get().code) == (1, 1, "dead_already")
    assert Balance.objects.get(member=shop.member).available == 100


def test_the_same_lot_twice_in_a_file_is_refused(shop: Shop, write: Write) -> None:
    run = bring(write("0501234567,5,,,L-1", "0501234567,5,,,L-1"))
    (issue,) = run.issues.all()
    assert (issue.row, issue.column, issue.code, issue.params) == (3, "lot_id", "repeated_lot", {"first": 2})


def test_a_known_lot_with_other_content_or_another_owner_is_refused(
    cast: Cast, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(write("0501234567,5,,,L-1", "0501234568,6,,,L-2"))
    with pytest.raises(CommandError, match="No row could be used"):
        bring(write("0501234567,50,,,L-1", "0501234567,6,,,L-2"))
    printed = capsys.readouterr().err
    assert "row 2, column lot_id: This lot is already recorded with other content" in printed
    assert "row 3, column lot_id: This lot already belongs to another member" in printed
    # the same lot at the rival is the rival's own
    assert bring(write("0501234567,50,,,L-1"), merchant="mirage").created == 1


def test_without_a_programme_the_file_must_say_how_long_points_live(cast: Cast, write: Write) -> None:
    Merchant.objects.create(slug="fresh", name_ar="جديد", name_en="Fresh")
    run = bring(write("0501234567,5,,,L-1", "0501234567,6,never,,L-2"), merchant="fresh")
    assert (run.created, run.refused, run.issues.get().code) == (1, 1, "no_life_known")


def test_a_debt_is_paid_by_what_comes_in(shop: Shop, write: Write) -> None:
    books = Books(shop.member, now=timezone.now() - timedelta(days=2))
    books.earn(600, key="A")
    books.close(books.issue(500).code)
    books.refund("A", 60_000)
    assert (books.balance.available, books.balance.owed) == (0, 500)
    bring(write(f"0501234567,700,{day(30)},,L-1"))
    assert (books.balance.available, books.balance.owed) == (200, 0)
    prove(shop.merchant)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "windows-1256", "utf-16"])
def test_arabic_headers_and_digits_in_every_encoding(shop: Shop, write: Write, encoding: str) -> None:
    digits = "120" if encoding == "windows-1256" else "١٢٠"
    path = write(
        f"0501234567,{digits},لا تنتهي,نعم",
        header="رقم الجوال,النقاط,تاريخ الانتهاء,موافقة واتساب\n",
        encoding=encoding,
    )
    assert bring(path).points == 120
    assert Lot.objects.get(member=shop.member).expires_on is None


def test_a_spreadsheet_comes_in_as_well(shop: Shop, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["phone", "points", "expires_on", "member_id"])
    sheet.append(["0501234567", 100.0, day(10), None])
    sheet.append([966555555555, 7, None, "K-1"])
    book.save(tmp_path / "b.xlsx")
    assert bring(tmp_path / "b.xlsx").points == 107
    assert Lot.objects.get(member=shop.member).expires_on == day(10)
    assert Member.objects.get(external_id="K-1").phone == "+966555555555"


def test_an_event_posted_alone_is_the_same_as_a_row(shop: Shop) -> None:
    now = timezone.now()
    event = PointsOpened(
        merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=now, source="opening", key="L-1",
        actor="test", points=50, expires_on=day(5),
    )  # fmt: skip
    receipt = post(event, now=now)
    assert (receipt.kind, receipt.points, receipt.available) == ("opening", 50, 50)
    assert post(event, now=now + timedelta(days=9)).repeated


def test_query_count_of_a_chunk_does_not_grow_with_its_rows(shop: Shop, write: Write) -> None:
    counts = []
    for first, size in ((0, 20), (1_000, 240)):
        path = write(*[f"05500000{n % 20:02d},10,,,L-{first + n}" for n in range(size)])
        with CaptureQueriesContext(connection) as queries:
            bring(path)
        counts.append(len(queries))
    assert counts[1] <= counts[0]


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_taken_up_again_and_loses_and_doubles_nothing(
    database_url: str, write: Write
) -> None:
    shop = the_cast().shop
    path = write(*[f"05500{n % 900:05d},{10 + n % 11},,,{f'L-{n}' if n % 2 else ''}" for n in range(1_800)])
    command = [sys.executable, "manage.py", "import_balances", str(path), "--merchant", "oasis"]
    environment = os.environ | {"DATABASE_URL": database_url}
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None and not PostingKey.objects.exists():
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < Movement.objects.count() < 1_800
    ImportRun.objects.update(claimed_until=timezone.now())
    call_command("import_balances", str(path), "--merchant", "oasis")
    assert Movement.objects.count() == 1_800
    assert Member.objects.filter(merchant=shop.merchant).count() == 901
    prove(shop.merchant)
