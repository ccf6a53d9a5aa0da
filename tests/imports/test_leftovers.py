"""Working files of imports that were cut off hold people's phones: they have an end (RULES 46)."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from accounts.erasing import erase
from accounts.models import OutboxEvent
from ledger.forgetting import forget_in_books
from ledger.imports.errors import FileInUse
from ledger.imports.issues import file_sentence
from ledger.imports.leftovers import clean
from ledger.imports.purchases import run_import, run_pending, start_import
from ledger.imports.runs import claim
from ledger.models import ImportRun, PostingKey
from loyalty_site.tasks import purge
from tests.cast import Shop, the_cast

HEADER = "external_id,phone,occurred_at,amount\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def waiting_run(shop: Shop, tmp_path: Path, rows: int = 1) -> ImportRun:
    """A file that waits for a worker."""
    day, path = timezone.now() - timedelta(days=2), tmp_path / "purchases.csv"
    lines = [f"A-{n},05012{n % 90:05d},{day:%Y-%m-%d},10\n" for n in range(rows)]
    path.write_text(HEADER + "".join(lines))
    return start_import(
        merchant=shop.merchant, file=path, name=path.name, actor="test", now=timezone.now()
    )  # fmt: skip


def left_by(run: ImportRun) -> Path:
    """What a worker that was killed left beside the upload."""
    path = Path(run.file.path)
    left = path.with_name(f"{path.name}.0badcafe.staged")
    left.write_bytes(b"+966501234567")
    return left


def stages() -> list[Path]:
    """Every working file."""
    return list((Path(settings.MEDIA_ROOT) / "imports").glob("*.staged"))


def test_the_next_worker_throws_out_what_the_last_one_left(shop: Shop, tmp_path: Path) -> None:
    run = waiting_run(shop, tmp_path)
    left_by(run)
    done = run_import(run_id=run.pk, clock=timezone.now)
    assert done is not None
    assert (done.state, done.created, stages()) == ("done", 1, [])


def test_a_refused_file_leaves_nothing(shop: Shop, tmp_path: Path) -> None:
    run = waiting_run(shop, tmp_path)
    Path(run.file.path).write_text(HEADER)
    left_by(run)
    done = run_import(run_id=run.pk, clock=timezone.now)
    assert done is not None
    assert (done.state, stages()) == ("failed", [])


def test_at_night_working_files_go_unless_somebody_works_on_them(shop: Shop, tmp_path: Path) -> None:
    now = timezone.now()
    run = waiting_run(shop, tmp_path)
    left = left_by(run)
    assert claim(run.pk, now) is not None
    assert clean(now=now) == 0
    assert stages() == [left]
    assert clean(now=now + timedelta(minutes=6)) == 1  # the claim is over: whoever held it is dead
    assert stages() == []
    run.refresh_from_db()
    assert run.state == "running"  # it can still be taken up again


def test_after_a_week_a_run_that_nobody_takes_up_is_given_up(shop: Shop, tmp_path: Path) -> None:
    now = timezone.now()
    run = waiting_run(shop, tmp_path)
    assert claim(run.pk, now) is not None
    clean(now=now + timedelta(days=6))
    run.refresh_from_db()
    assert run.state == "running"
    clean(now=now + timedelta(days=8))
    run.refresh_from_db()
    assert (run.state, run.refusal) == ("failed", {"code": "not_taken_up"})
    with override("en"):
        assert "given up" in file_sentence(run.refusal)
    assert run_pending(clock=timezone.now) == 0


def test_rules_46_an_erasure_ends_a_dead_run_s_working_file(shop: Shop, tmp_path: Path) -> None:
    now = timezone.now()
    run = waiting_run(shop, tmp_path)
    left_by(run)
    erase(member=shop.member, actor="test", now=now)
    told = OutboxEvent.objects.get(topic="member.erased", member_id=shop.member.pk)
    with pytest.raises(FileInUse):  # the upload itself waits: the run may be taken up
        forget_in_books(told, now)
    assert stages() == []
    clean(now=now + timedelta(days=8))
    forget_in_books(told, now)
    assert "0501200000" in Path(run.file.path).read_text()  # another's row stays


def test_the_night_throws_out_uploads_that_nobody_confirmed(shop: Shop) -> None:
    folder = Path(settings.MEDIA_ROOT) / "uploads"
    folder.mkdir(parents=True)
    old, fresh = folder / "old.csv", folder / "fresh.csv"
    for path in (old, fresh):
        path.write_text("0501234567")
    yesterday = (timezone.now() - timedelta(days=1)).timestamp()
    os.utime(old, (yesterday, yesterday))
    purge()
    assert list(folder.iterdir()) == [fresh]


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_s_file_goes_at_night(database_url: str, tmp_path: Path) -> None:
    run = waiting_run(the_cast().shop, tmp_path, rows=4_000)
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings; from django.utils import timezone\n"
        f"settings.MEDIA_ROOT = {str(settings.MEDIA_ROOT)!r}\n"
        "from ledger.imports.purchases import run_import\n"
        f"run_import(run_id={run.pk}, clock=timezone.now, processes=1)\n"
    )
    environment = os.environ | {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    while process.poll() is None and not PostingKey.objects.exists():
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(stages()) == 1
    assert clean(now=timezone.now() + timedelta(minutes=6)) == 1
    assert stages() == []
    ImportRun.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert run_pending(clock=timezone.now) == 1
    assert PostingKey.objects.count() == 4_000
