"""The command that brings a file into the books: what goes in, what is refused, and what a crash leaves."""

import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member, OutboxEvent
from ledger.event import LineItem
from ledger.events import PurchaseMade
from ledger.imports.purchases import run_import, run_pending, start_import
from ledger.models import Balance, ImportRun, Movement, PostingKey, Purchase, TierPeriod
from ledger.posting import post
from tests.cast import Cast, Shop, the_cast
from tests.imports.conftest import Write

HEADER = "external_id,phone,occurred_at,amount,branch,category\n"


def bring(path: Path, *wishes: str, merchant: str = "oasis") -> ImportRun:
    """Run the command; return the run it made."""
    call_command("import_purchases", str(path), "--merchant", merchant, *wishes)
    return ImportRun.objects.latest("id")


def day(days_ago: int) -> str:
    """Return a day some days before today as text."""
    return f"{timezone.now() - timedelta(days=days_ago):%Y-%m-%d}"


def test_rows_become_purchases_and_unknown_people_become_members(shop: Shop, write: Write) -> None:
    run = bring(
        write(f"A-1,0501234567,{day(2)} 18:00,99.99,olaya,coffee", f"A-2,0555555555,{day(1)},10.50,,")
    )
    assert (run.rows, run.created, run.refused, run.members_created, run.points) == (2, 2, 0, 1, 109)
    bought = Purchase.objects.get(merchant=shop.merchant, external_id="A-1")
    assert (bought.member, bought.branch, bought.points) == (shop.member, shop.branch, 99)
    assert bought.lines.get().category == "coffee"
    newcomer = Member.objects.get(phone="+966555555555")
    assert (newcomer.merchant, newcomer.source) == (shop.merchant, "import")
    assert newcomer.joined_at == Purchase.objects.get(external_id="A-2").occurred_at


def test_the_same_file_again_changes_nothing(shop: Shop, write: Write) -> None:
    path = write(f"A-1,0501234567,{day(2)},50", f"A-2,0501234567,{day(1)},50")
    bring(path)
    before = (Movement.objects.count(), Balance.objects.get(member=shop.member).available)
    run = bring(path)
    assert (run.created, run.repeated) == (0, 2)
    assert (Movement.objects.count(), Balance.objects.get(member=shop.member).available) == before


def test_a_known_number_with_another_content_is_refused_by_row(
    shop: Shop, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(write(f"A-1,0501234567,{day(2)},50"))
    with pytest.raises(CommandError, match="No row could be used"):
        bring(write(f"A-1,0501234567,{day(2)},51"))
    assert "row 2, column external_id: This order number is already recorded" in capsys.readouterr().err
    assert Purchase.objects.get(external_id="A-1").total_minor == 5000


def test_old_purchases_earn_only_when_asked(shop: Shop, write: Write) -> None:
    path = write(f"A-1,0501234567,{day(200)},1600", f"A-2,0501234567,{day(1)},100")
    run = bring(path)
    assert run.points == 125  # the old one moved the tier and earned nothing
    assert Purchase.objects.get(external_id="A-1").points == 0
    assert TierPeriod.objects.get(member=shop.member).tier_code == "silver"


def test_awarded_history_earns_at_its_own_date_and_tier_whatever_the_order_of_rows(
    shop: Shop, write: Write
) -> None:
    path = write(f"A-2,0501234567,{day(100)},100", f"A-1,0501234567,{day(200)},1600")
    assert bring(path, "--award").points == 1600 + 125
    assert Purchase.objects.get(external_id="A-2").tier_code == "silver"


def test_awarded_history_that_is_older_than_a_points_life_has_died(shop: Shop, write: Write) -> None:
    bring(write(f"A-1,0501234567,{day(400)},700", f"A-2,0501234567,{day(5)},80"), "--award")
    assert Balance.objects.get(member=shop.member).available == 80
    assert Movement.objects.get(member=shop.member, kind="expire").points == -700


def test_no_award_is_history_only(shop: Shop, write: Write) -> None:
    run = bring(write(f"A-1,0501234567,{day(1)},100"), "--no-award")
    assert (run.created, run.points) == (1, 0)
    assert not Movement.objects.exists()


def test_an_import_tells_nobody_but_its_one_batch_event(shop: Shop, write: Write) -> None:
    bring(write(f"A-1,0501234567,{day(2)},5000", f"A-2,0555555555,{day(1)},10"))
    topics = OutboxEvent.objects.values_list("topic", flat=True)
    assert list(topics) == ["purchases.imported"]


def test_a_bad_row_is_refused_by_number_and_column_and_the_good_ones_kept(
    shop: Shop, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    run = bring(
        write(
            f"A-1,0501234567,{day(1)},10",
            f"A-2,0501234567,{day(1)},-5",
            f"A-3,12,{day(1)},5",
            f"A-1,0501234567,{day(1)},20",
            f"A-5,0501234567,{day(-3)},20",
            f"A-6,0501234567,{day(1)},20,nowhere",
        )
    )
    assert (run.rows, run.created, run.refused) == (6, 1, 5)
    printed = capsys.readouterr().err
    assert "row 3, column amount: An amount cannot be negative" in printed
    assert "row 4, column phone: This does not look like a phone number" in printed
    assert "row 5, column external_id: Row 2 has this order number already" in printed
    assert "row 6, column occurred_at: This date is in the future" in printed
    assert "row 7, column branch: You have no branch “nowhere”" in printed


def test_strict_keeps_nothing_of_a_file_with_a_bad_row(shop: Shop, write: Write) -> None:
    with pytest.raises(CommandError, match="1 rows were refused, so nothing was imported"):
        bring(write(f"A-1,0501234567,{day(1)},10", f"A-2,0501234567,{day(1)},x"), "--strict")
    assert not Purchase.objects.exists()
    assert ImportRun.objects.get().issues.get().row == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "windows-1256", "utf-16"])
def test_arabic_headers_and_digits_in_every_encoding(shop: Shop, write: Write, encoding: str) -> None:
    digits = "0501234567" if encoding == "windows-1256" else "٠٥٠١٢٣٤٥٦٧"
    path = write(
        f"ط-١,{digits},{day(1)},12.50".replace("١", "1"),
        header="رقم الطلب,الجوال,التاريخ,المبلغ\n",
        encoding=encoding,
    )
    assert bring(path).points == 12
    assert Purchase.objects.get().external_id == "ط-1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file has no rows"),
        (HEADER.encode(), "The file has no rows"),
        (b"a,b\n1,2\n", "The header lacks: external_id, occurred_at, amount, phone / member_id"),
        (b"x" * 2_000_000, "Row 1 is longer than"),
        (b"PK\x03\x04broken", "neither CSV text nor XLSX"),
    ],
)
def test_a_file_that_is_no_table_is_refused_whole(
    shop: Shop, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=re.escape(message)):
        bring(path)
    assert not Purchase.objects.exists()
    assert not ImportRun.objects.exclude(state="failed").exists()


def test_an_unknown_merchant_or_file_is_refused(shop: Shop, write: Write, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no merchant"):
        bring(write(f"A-1,0501234567,{day(1)},10"), merchant="nobody")
    with pytest.raises(CommandError, match="There is no file"):
        bring(tmp_path / "missing.csv")


def test_a_phone_known_at_the_rival_is_a_new_member_here(cast: Cast, write: Write) -> None:
    run = bring(write(f"A-1,0507654321,{day(1)},10"))
    assert run.members_created == 1
    assert Balance.objects.filter(member=cast.rival.member).exists() is False


def test_a_closed_record_takes_no_purchases(shop: Shop, write: Write) -> None:
    shop.member.external_id, shop.member.erased_at = "K-1", timezone.now()
    shop.member.save()
    path = write(f"A-1,K-1,{day(1)},10", header="external_id,member_id,occurred_at,amount\n")
    with pytest.raises(CommandError):
        bring(path)
    assert ImportRun.objects.get().issues.get().code == "closed_member"


def test_an_order_already_posted_by_the_till_under_the_same_source_is_known(shop: Shop, write: Write) -> None:
    at = (timezone.now() - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    post(
        PurchaseMade(
            merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=at, source="pos", key="A-1",
            actor="till", lines=(LineItem(1000),), quiet=True,
        ),
        now=timezone.now(),
    )  # fmt: skip
    run = bring(write(f"A-1,0501234567,{at:%Y-%m-%dT%H:%M}Z,10"), "--source", "pos")
    assert (run.created, run.repeated) == (0, 1)


def test_a_waiting_run_is_done_by_the_worker_once(shop: Shop, write: Write) -> None:
    run = start_import(
        merchant=shop.merchant, file=write(f"A-1,0501234567,{day(1)},10"), name="x.csv", actor="staff:1",
        now=timezone.now(),
    )  # fmt: skip
    assert run_pending(clock=timezone.now) == 1
    assert run_pending(clock=timezone.now) == 0
    assert run_import(run_id=run.pk, clock=timezone.now) is None
    run.refresh_from_db()
    assert (run.state, run.created) == ("done", 1)


def test_query_count_of_a_chunk_does_not_grow_with_its_rows(shop: Shop, write: Write) -> None:
    counts = []
    for first, size in ((0, 60), (1_000, 280)):
        path = write(*[f"A-{first + n},05500000{n % 40:02d},{day(1 + n % 20)},10" for n in range(size)])
        with CaptureQueriesContext(connection) as queries:
            bring(path)
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def start(path: Path, database_url: str, *wishes: str) -> "subprocess.Popen[bytes]":
    """Start the command in a process of its own."""
    command = [sys.executable, "manage.py", "import_purchases", str(path), "--merchant", "oasis", *wishes]
    environment = os.environ | {"DATABASE_URL": database_url}
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_taken_up_again_and_loses_and_doubles_nothing(
    database_url: str, write: Write, workers: int
) -> None:
    the_cast()
    rows = [f"A-{n},05500{n % 60:05d},{day(1 + n % 25)},{10 + n % 9}" for n in range(6_000)]
    process = start(write(*rows), database_url, "--workers", str(workers))
    while process.poll() is None and not PostingKey.objects.exists():
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < Purchase.objects.count() < 6_000
    ImportRun.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert run_pending(clock=timezone.now) == 1
    run = ImportRun.objects.get()
    assert (run.state, run.created + run.repeated) == ("done", 6_000)
    assert Purchase.objects.count() == PostingKey.objects.count() == 6_000
    assert sum(Purchase.objects.values_list("points", flat=True)) == sum(10 + n % 9 for n in range(6_000))
    call_command("verify_ledger")


@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_once_beside_a_till_is_exact(database_url: str, write: Write) -> None:
    shop = the_cast().shop
    rows = [f"A-{n},050{1234567 + n % 40},{day(1 + n % 25)},{10 + n % 9}" for n in range(4_200)]
    path = write(*rows)
    imports = [start(path, database_url, "--workers", "2") for _twice in range(2)]
    while not PostingKey.objects.exists():
        assert None in [process.poll() for process in imports]
    sales = 0
    while sales < 100 and any(process.poll() is None for process in imports):
        sale = PurchaseMade(
            merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=timezone.now(),
            source="till", key=f"T-{sales}", actor="till", lines=(LineItem(100),),
        )  # fmt: skip
        post(sale, now=timezone.now())
        sales += 1
    assert [process.wait() for process in imports] == [0, 0]
    assert sales
    assert Purchase.objects.count() == PostingKey.objects.count() == 4_200 + sales
    runs = list(ImportRun.objects.values_list("state", "rows", "refused", "created", "repeated"))
    assert [(state, count, refused) for state, count, refused, _new, _known in runs] == [
        ("done", 4_200, 0)
    ] * 2
    assert sum(new for *_rest, new, _known in runs) == 4_200
    call_command("verify_ledger")
