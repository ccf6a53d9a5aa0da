"""The way back: an archive into an empty installation, proved before anybody sells on it.

Nothing is touched before the archive has proved whole, of this release or an older one, of the same kind of
database, and the installation empty. What follows the loading is a process of its own (``finish_restore``),
with the secret that came back.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from accounts.erasing import record_file
from loyalty_site.safekeeping.archive import Archive, opened
from loyalty_site.safekeeping.backing_up import ERASURES, MEDIA, SECRET, fingerprint, secret_file
from loyalty_site.safekeeping.encrypting import in_the_clear
from loyalty_site.safekeeping.engines import ENTRY, landing_place, load, what_is_there
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.figures import figures
from loyalty_site.safekeeping.workrooms import workroom

Say = Callable[[str], None]


def restore(*, file: Path, erasures: Path | None, say: Say, key: Path | None = None) -> bool:
    """Restore an archive; True when the books are proved afterwards. Raises ``SafekeepingError``.

    ``key`` is the file of the secret key that an encrypted archive asks for.
    """
    say("Proving the archive …")
    with in_the_clear(file, key) as clear, opened(clear) as archive:
        refuse_foreign(archive.manifest)
        refuse_full()
        say("Loading the database …")
        _load(archive)
        _bring_files(archive, erasures)
        manifest = archive.manifest
    differing = differences(manifest, figures("default"))
    for line in differing:
        say(f"  differs: {line}")
    connections.close_all()
    proved = not differing and _finish(say)
    _remind(manifest, say)
    return proved


def refuse_foreign(manifest: dict[str, Any]) -> None:
    """Refuse an archive of a newer release or of another kind of database. Raises ``SafekeepingError``."""
    if manifest["engine"] != connection.vendor:
        raise SafekeepingError(
            f"This is a backup of {manifest['engine']}; the database here is {connection.vendor}. Restore it "
            "on the same kind of database (export_merchant moves a merchant between kinds)."
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(set(manifest["migrations"]) - known)
    if newer:
        raise SafekeepingError(
            f"This backup was made by release {manifest['release']}, newer than this one (unknown here: "
            f"{', '.join(newer[:3])}). Install that release first."
        )


def refuse_full() -> None:
    """Refuse to write over anything. Raises ``SafekeepingError``."""
    found = what_is_there()
    if found:
        raise SafekeepingError(
            f"The database here is not empty: {found}. A backup is restored into an empty installation only; "
            "choose another DATABASE_URL or WALAA_VAR, or move the old database away."
        )


def differences(manifest: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Every number of the manifest that the restored database does not show."""
    wanted = {f"rows of {table}": count for table, count in manifest["tables"].items()}
    there = {f"rows of {table}": count for table, count in found["tables"].items()}
    for figures_, told in ((manifest["merchants"], wanted), (found["merchants"], there)):
        told.update({f"{name} of {slug}": n for slug, row in figures_.items() for name, n in row.items()})
    return [
        f"{name}: {there.get(name)} instead of {value}"
        for name, value in wanted.items()
        if there.get(name) != value
    ]


def _load(archive: Archive) -> None:
    """Unpack the dump and load it; a full disk leaves the database empty."""
    try:
        with workroom(landing_place()) as folder:
            archive.extract(ENTRY[connection.vendor], folder / "dump")
            load(folder / "dump")
    except OSError as error:
        raise SafekeepingError(f"The backup could not be unpacked: {error.strerror or error}.") from error


def _bring_files(archive: Archive, erasures: Path | None) -> None:
    """Bring back uploaded files, the secret, and every erasure that any record knows."""
    for name in archive.names(MEDIA):
        archive.extract(name, Path(settings.MEDIA_ROOT) / name.removeprefix(MEDIA))
    record, draft = record_file(), record_file().with_suffix(".restored")
    if archive.names(ERASURES):
        archive.extract(ERASURES, draft)
    known = dict.fromkeys(
        line
        for source in (draft, record, erasures)
        if source is not None and source.exists()
        for line in source.read_text(encoding="utf-8").splitlines()
    )
    draft.unlink(missing_ok=True)
    if known:
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{line}\n" for line in known), encoding="utf-8")
        draft.replace(record)
    if archive.names(SECRET):
        archive.extract(SECRET, secret_file())


def _finish(say: Say) -> bool:
    """Run the rest on the restored installation; False when it was refused or the books are wrong."""
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "finish_restore"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own command)
    for line in (done.stdout + done.stderr).splitlines():
        say(f"  {line}")
    return done.returncode == 0


def _remind(manifest: dict[str, Any], say: Say) -> None:
    """Say what the archive could not bring along."""
    secret = secret_file().read_text().strip() if secret_file().exists() else ""
    if manifest["secret"]["fingerprint"] not in {fingerprint(secret), fingerprint(settings.SECRET_KEY)}:
        say(
            "The SECRET_KEY in use is not the one of the backup: everybody signs in again, and erased phones "
            "are not recognised by later imports. Set the old SECRET_KEY in the environment to keep both."
        )
