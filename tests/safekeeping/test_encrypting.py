"""Backups and exports that only the holder of a key can open."""

import io
import os
import resource
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from loyalty_site.safekeeping.archive import opened
from loyalty_site.safekeeping.encrypting import MAGIC, encrypt, in_the_clear, new_key
from loyalty_site.safekeeping.engines import landing_place
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.nightly import back_up_nightly
from loyalty_site.safekeeping.workrooms import sweep, workroom
from tests.cast import Shop, the_cast
from tests.ledger.books import Books
from tests.ledger.test_concurrency import FORK
from tests.safekeeping.conftest import Run, rows

PIECE = 1 << 16


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The file of a secret key, away from the installation."""
    (tmp_path / "safe").mkdir()
    call_command("backup_key", output=tmp_path / "safe/key", stdout=io.StringIO())
    return tmp_path / "safe/key"


def public(key: Path) -> str:
    return key.read_text().splitlines()[0].removeprefix("# public key: ")


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A shop with something in its books."""
    shop = the_cast().shop
    books = Books(shop.member, now=timezone.now() - timedelta(days=3))
    books.earn(900, key="A")
    return shop


@pytest.mark.postgres
@pytest.mark.processes
def test_an_encrypted_backup_comes_back_with_its_key_and_not_without(
    shop: Shop, key: Path, empty_url: str, manage: Run, tmp_path: Path
) -> None:
    path = tmp_path / "walaa.backup"
    call_command("backup", "--output", str(path), "--encrypt-to", public(key), stdout=io.StringIO())
    assert path.read_bytes().startswith(MAGIC)
    assert path.stat().st_mode & 0o777 == 0o600
    elsewhere = tmp_path / "elsewhere"
    refused = manage("restore", path, url=empty_url, var=elsewhere)
    assert (refused.returncode, "give the file of its secret key by --key" in refused.stderr) == (1, True)
    assert rows_of_nothing(empty_url)
    done = manage("restore", path, "--key", key, url=empty_url, var=elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "GREEN" in done.stdout
    assert rows(empty_url, "SELECT available FROM ledger_balance WHERE available > 0") == [(900,)]
    assert not [*elsewhere.glob(".walaa-*"), *tmp_path.glob(".*")], "nothing in the clear stays"


def rows_of_nothing(url: str) -> bool:
    """Whether there is no table of ours in a database."""
    try:
        rows(url, "SELECT 1 FROM ledger_balance")
    except Exception as error:  # noqa: BLE001 (each engine has its own)
        return "ledger_balance" in str(error)
    return False


@pytest.mark.postgres
@pytest.mark.processes
def test_what_a_killed_backup_left_in_the_clear_goes_with_the_next(
    shop: Shop, key: Path, tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    settings.BACKUP_ENCRYPT_TO = public(key)  # type: ignore[attr-defined]
    with working() as killed, working() as busy:
        killed.process.kill()
        killed.process.join()
        assert killed.file.exists()
        back_up_nightly(folder=tmp_path / "nights", kept=2, now=timezone.now())
        assert not killed.file.exists()
        assert busy.file.exists(), "what somebody works on is left alone"
        assert busy.file.parent.stat().st_mode & 0o777 == 0o700
    assert busy.file.exists()
    sweep(landing_place())
    assert not busy.file.parent.exists()


@dataclass
class Worker:
    """A process, and what it laid in the clear into its room."""

    process: Any
    file: Path


@contextmanager
def working() -> Iterator[Worker]:
    """A process that works until it is killed."""
    connections.close_all()  # a connection does not survive a fork
    place, (ours, theirs) = landing_place(), FORK.Pipe()

    def work() -> None:
        with workroom(place) as room:
            (room / "clear").touch()
            theirs.send(room / "clear")
            theirs.recv()

    process = FORK.Process(target=work)
    process.start()
    try:
        assert ours.poll(60)
        yield Worker(process, ours.recv())
    finally:
        process.kill()
        process.join()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_the_installation_backs_up_by_itself_is_encrypted_to_its_setting(
    shop: Shop, key: Path, tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    settings.BACKUP_ENCRYPT_TO = public(key)  # type: ignore[attr-defined]
    night = back_up_nightly(folder=tmp_path / "nights", kept=2, now=timezone.now())
    assert night.read_bytes().startswith(MAGIC)
    with in_the_clear(night, key) as clear, opened(clear) as archive:
        assert archive.manifest["merchants"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_export_encrypted_to_a_key_is_a_zip_for_its_holder(shop: Shop, key: Path, tmp_path: Path) -> None:
    path = tmp_path / "oasis.age"
    call_command(
        "export_merchant", merchant=shop.merchant.slug, output=path, encrypt_to=public(key),
        stdout=io.StringIO(),
    )  # fmt: skip
    assert path.read_bytes().startswith(MAGIC)
    with in_the_clear(path, key) as clear, zipfile.ZipFile(clear) as packed:
        assert {"manifest.json", "README.md", "movements.csv"} <= set(packed.namelist())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["oasis.age", "safe"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wrong", ["age1", "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA"])
def test_a_wrong_public_key_is_refused_by_name(wrong: str, shop: Shop, tmp_path: Path) -> None:
    for command in (["backup"], ["export_merchant", "--merchant", shop.merchant.slug]):
        with pytest.raises(CommandError, match=f"'{wrong}' is no public key"):
            call_command(*command, "--output", str(tmp_path / "x"), "--encrypt-to", wrong)
    assert not [*tmp_path.iterdir()]


def test_a_full_disk_is_an_error_and_leaves_no_half_file(key: Path, tmp_path: Path) -> None:
    (tmp_path / "clear").write_bytes(bytes(4 * PIECE))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PIECE, before[1]))
    try:
        with pytest.raises(SafekeepingError, match="could not be written"):
            encrypt(tmp_path / "clear", tmp_path / "sealed", to=public(key))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["clear", "safe"]


@pytest.fixture
def sealed(key: Path, tmp_path: Path) -> Path:
    """Two pieces and a half, encrypted."""
    (tmp_path / "clear").write_bytes(os.urandom(PIECE * 5 // 2))
    encrypt(tmp_path / "clear", tmp_path / "sealed", to=public(key))
    return tmp_path / "sealed"


def refusal(sealed: Path, key: Path | None) -> str:
    with pytest.raises(SafekeepingError) as refused, in_the_clear(sealed, key):
        pytest.fail("it opened")
    return str(refused.value)


def test_what_is_in_it_comes_out(sealed: Path, key: Path) -> None:
    with in_the_clear(sealed, key) as clear:
        assert clear.read_bytes() == sealed.with_name("clear").read_bytes()
        assert clear.stat().st_mode & 0o777 == 0o600
    assert not clear.exists()


def test_another_key_opens_nothing(sealed: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "another")
    assert f"does not open with a key of {tmp_path / 'another'}" in refusal(sealed, tmp_path / "another")


@pytest.mark.parametrize("text", ["", "# public key: age1x\n", "AGE-SECRET-KEY-1NONE", "\xff"])
def test_a_file_that_holds_no_key_is_named(sealed: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "odd").write_bytes(text.encode("latin-1"))
    assert f"{tmp_path / 'odd'} holds no secret key" in refusal(sealed, tmp_path / "odd")
    assert "holds no secret key" in refusal(sealed, tmp_path / "absent")


def test_a_key_is_never_written_over(key: Path) -> None:
    kept = key.read_bytes()
    with pytest.raises(SafekeepingError, match="could not be written"):
        new_key(key)
    assert key.read_bytes() == kept
    assert key.stat().st_mode & 0o777 == 0o600


def test_any_wrong_byte_is_refused(sealed: Path, key: Path) -> None:
    whole = sealed.read_bytes()
    begins = len(whole) - (PIECE * 5 // 2 + 3 * 16)  # the header; three pieces with their tags follow
    edges = [begins, begins + PIECE + 15, begins + PIECE + 16, begins + 2 * (PIECE + 16), len(whole) - 1]
    for place in [*range(len(MAGIC), begins), *edges]:
        sealed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert str(sealed) in refusal(sealed, key), place


def test_pieces_left_out_turned_round_or_added_are_refused(sealed: Path, key: Path) -> None:
    whole = sealed.read_bytes()
    begins, piece = len(whole) - (PIECE * 5 // 2 + 3 * 16), PIECE + 16
    head, first, second, last = (
        whole[:begins],
        whole[begins : begins + piece],
        whole[begins + piece : begins + 2 * piece],
        whole[begins + 2 * piece :],
    )
    wrongs = [
        (first, second),
        (first, last),
        (second, first, last),
        (first, second, last, last),
        (first,),
        (),
    ]
    for wrong in wrongs:
        sealed.write_bytes(head + b"".join(wrong))
        assert "cut off or damaged" in refusal(sealed, key)
    sealed.write_bytes(whole[:-1])
    assert "cut off or damaged" in refusal(sealed, key)


def test_age_itself_opens_the_same_file(sealed: Path, key: Path) -> None:
    secret = pyrage.x25519.Identity.from_str(key.read_text().splitlines()[1])
    assert pyrage.decrypt(sealed.read_bytes(), [secret]) == sealed.with_name("clear").read_bytes()
