"""One command backs up while tills sell, one restores and proves; whatever is wrong is refused by name."""

import json
import re
import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.erasing import erase, record_file
from ledger.models import Balance, Purchase
from loyalty_site.safekeeping import engines
from loyalty_site.safekeeping.archive import DIGEST, MANIFEST, opened, sign
from loyalty_site.safekeeping.backing_up import back_up
from loyalty_site.safekeeping.engines import ENTRY
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.nightly import back_up_nightly
from loyalty_site.safekeeping.restoring import restore
from tests.cast import Shop, the_cast
from tests.ledger.books import Books
from tests.safekeeping.conftest import Run, environment, rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop with something in its books."""
    shop = the_cast().shop
    books = Books(shop.member, now=timezone.now() - timedelta(days=3))
    books.earn(900, key="A")
    books.close(books.issue(500).code)
    return shop


@pytest.fixture
def archive(shop: Shop, tmp_path: Path) -> Path:
    """A backup of that shop."""
    path = tmp_path / "walaa.backup"
    back_up(output=path, now=timezone.now())
    return path


@pytest.mark.processes
def test_a_backup_taken_while_a_till_sells_comes_back_whole(
    shop: Shop, database_url: str, empty_url: str, manage: Run, tmp_path: Path
) -> None:
    """Every sale acknowledged before is in it, nothing is torn, and the restored books are proved."""
    path, var = tmp_path / "walaa.backup", tmp_path / "var"
    till = subprocess.Popen(
        [sys.executable, "-m", "tests.safekeeping.selling", "oasis"], cwd=settings.BASE_DIR,
        env=environment(database_url, var), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert till.stdout is not None
    for _sale in range(20):
        before = int(till.stdout.readline())
    made = manage("backup", "--output", path, url=database_url, var=var)
    assert made.returncode == 0, made.stderr
    after = Purchase.objects.filter(source="busy").count()
    till.send_signal(signal.SIGKILL)
    till.wait()
    done = manage("restore", path, url=empty_url, var=tmp_path / "elsewhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "GREEN" in done.stdout
    sold = sorted(
        int(n) for (n,) in rows(empty_url, "SELECT external_id FROM ledger_purchase WHERE source = 'busy'")
    )
    assert sold == list(range(1, len(sold) + 1))
    assert before <= len(sold) <= after
    # what was restored is an installation: it can be backed up and is no longer empty
    again = manage("restore", path, url=empty_url, var=tmp_path / "elsewhere")
    assert again.returncode == 1
    assert "not empty" in again.stderr


@pytest.mark.processes
def test_what_belongs_to_the_books_comes_along_and_the_erased_stay_erased(
    shop: Shop, empty_url: str, manage: Run, tmp_path: Path, settings: Any
) -> None:
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path / "var", tmp_path / "var" / "media"
    logo, passing = settings.MEDIA_ROOT / "logos" / "l.png", settings.MEDIA_ROOT / "uploads" / "x.csv"
    for file in (logo, passing):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"content")
    (settings.VAR_DIR / "secret_key").write_text(settings.SECRET_KEY)
    path, elsewhere = tmp_path / "walaa.backup", tmp_path / "elsewhere"
    back_up(output=path, now=timezone.now())
    assert path.stat().st_mode & 0o077 == 0  # its owner's alone
    erase(member=shop.member, actor="test", now=timezone.now())  # after the backup
    done = manage("restore", path, "--erasures", record_file(), url=empty_url, var=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (elsewhere / "media" / "logos" / "l.png").read_bytes() == b"content"
    assert not (elsewhere / "media" / "uploads").exists()
    assert (elsewhere / "secret_key").read_text() == settings.SECRET_KEY
    found = rows(empty_url, f"SELECT phone, given_name FROM accounts_member WHERE id = {shop.member.pk}")
    assert found == [(None, "")]
    assert str(shop.member.pk) in (elsewhere / "erasures.jsonl").read_text()


@pytest.mark.processes
def test_wrong_books_come_back_red(shop: Shop, empty_url: str, manage: Run, tmp_path: Path) -> None:
    Balance.objects.filter(member=shop.member).update(available=77)
    back_up(output=tmp_path / "walaa.backup", now=timezone.now())
    done = manage("restore", tmp_path / "walaa.backup", url=empty_url, var=tmp_path / "elsewhere")
    assert done.returncode == 1
    assert "RED" in done.stderr


@pytest.mark.processes
def test_a_full_disk_is_an_error_and_leaves_no_half_file(
    shop: Shop, database_url: str, manage: Run, tmp_path: Path
) -> None:
    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    target = tmp_path / "full"
    target.mkdir()
    done = manage(
        "backup",
        "--output",
        target / "w.backup",
        url=database_url,
        var=tmp_path / "var",
        preexec_fn=small_disk,
    )
    assert done.returncode == 1, done.stdout
    assert re.search("could not be|pg_dump failed", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert list(target.iterdir()) == []


def test_a_backup_names_what_it_holds(archive: Path, shop: Shop) -> None:
    with zipfile.ZipFile(archive) as file:
        manifest = json.loads(file.read(MANIFEST))
    assert (manifest["format"], manifest["engine"]) == (1, connection.vendor)
    assert manifest["tables"]["ledger_purchase"] == 1
    books = manifest["merchants"]["oasis"]
    assert (books["moved"], books["in_lots"], books["available"], books["owed"]) == (400, 400, 400, 0)
    assert manifest["entries"][ENTRY[connection.vendor]]["bytes"] > 10_000
    assert settings.SECRET_KEY not in json.dumps(manifest)


@pytest.mark.parametrize("kept", [0.2, 0.9, 0.999])
def test_an_archive_that_was_cut_off_is_refused(archive: Path, kept: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(CommandError, match="cut off, damaged"):
        call_command("restore", str(archive))


@pytest.mark.parametrize("bit", [0x01, 0xFF])
def test_an_archive_with_one_wrong_byte_is_refused(archive: Path, bit: int) -> None:
    """Wherever the byte stands: in an entry, in an entry's header, in the list of entries, in the digest."""
    content = archive.read_bytes()
    places = {
        *range(60),
        *range(len(content) - 300, len(content)),
        *range(0, len(content), len(content) // 100),
    }
    for place in places:
        wrong = bytearray(content)
        wrong[place] ^= bit
        archive.write_bytes(wrong)
        with pytest.raises(SafekeepingError, match="damaged"), opened(archive):
            pass


def test_a_damaged_archive_is_named_by_the_command(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(CommandError, match="cut off, damaged"):
        call_command("restore", str(archive))


def changed(archive: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write the archive again with another manifest."""
    path = archive.with_name("changed.backup")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        manifest = json.loads(old.read(MANIFEST))
        change(manifest)
        for name in old.namelist():
            new.writestr(name, json.dumps(manifest) if name == MANIFEST else old.read(name))
        new.comment = b"0" * DIGEST
    resign(path)
    return path


def resign(path: Path) -> None:
    """Make the archive's own digest true again."""
    with path.open("r+b") as file:
        sign(file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found.update(format=2), "format 2"),
        (lambda found: found["migrations"].append("ledger.0999_tomorrow"), "newer than this one"),
        (lambda found: found.update(engine="oracle"), "same kind of database"),
        (lambda found: found["entries"].popitem(), "damaged"),
        (lambda found: found, "not empty"),
    ],
    ids=["format", "newer", "engine", "entries", "full house"],
)
def test_what_does_not_fit_is_refused_with_the_reason(
    archive: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    before = Purchase.objects.count()
    with pytest.raises(CommandError, match=said):
        call_command("restore", str(changed(archive, change)))
    assert Purchase.objects.count() == before


def test_files_that_are_no_backup_are_refused(tmp_path: Path, transactional_db: None) -> None:
    for content, said in ((None, "There is no file"), (b"", "damaged"), (b"hello", "no backup at all")):
        path = tmp_path / "odd.backup"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(CommandError, match=said):
            call_command("restore", str(path))
    with zipfile.ZipFile(tmp_path / "evil.backup", "w") as evil:
        evil.writestr("../out", b"x")
        evil.writestr(MANIFEST, json.dumps({"format": 1, "entries": {"../out": {"bytes": 1, "sha256": ""}}}))
        evil.comment = b"0" * DIGEST
    resign(tmp_path / "evil.backup")
    with pytest.raises(SafekeepingError, match="damaged"):
        restore(file=tmp_path / "evil.backup", erasures=None, say=print)


def test_a_folder_that_is_not_there_is_named(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("backup", "--output", str(tmp_path / "nowhere" / "w.backup"))


def test_without_postgresqls_programs_the_message_says_what_to_install(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite needs no program")
    monkeypatch.setattr(engines, "INSTALLED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="postgresql-client-"):
        call_command("backup", "--output", str(tmp_path / "w.backup"))
    assert not list(tmp_path.glob("*.backup*"))


def test_every_night_one_backup_and_the_oldest_go(shop: Shop, tmp_path: Path) -> None:
    now = timezone.now()
    made = [back_up_nightly(folder=tmp_path, kept=2, now=now + timedelta(days=day)) for day in range(3)]
    assert sorted(tmp_path.iterdir()) == made[1:]
