"""The whole installation into one file, while tills go on selling.

The archive holds the database at one moment, the uploaded files, the record of erasures, and the secret that
was made at the first run; a secret from the environment is never written, only its fingerprint. Whoever has
the file has everything: it is readable by its owner alone and belongs where the database may be, unless it is
encrypted.
"""

import hashlib
import platform
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from accounts.erasing import record_file
from loyalty_site.safekeeping.archive import ArchiveWriter
from loyalty_site.safekeeping.encrypting import encrypt, public_key
from loyalty_site.safekeeping.engines import ENTRY, dumped, landing_place
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.figures import figures, migrations
from loyalty_site.safekeeping.frozen import frozen
from loyalty_site.safekeeping.workrooms import workroom

MEDIA: Final = "media/"
ERASURES: Final = "erasures.jsonl"
SECRET: Final = "secret_key"  # noqa: S105 (a file's name)
PASSING: Final = frozenset({"uploads", "takeout"})
"""Folders of uploaded files that are thrown away by themselves."""


def back_up(*, output: Path, now: datetime, encrypt_to: str = "") -> dict[str, Any]:
    """Write an archive to ``output``, encrypted to the public key if one is given; return its manifest.

    Raises ``SafekeepingError``; no half file stays then.
    """
    if connection.in_atomic_block:
        raise SafekeepingError("A backup is not taken from within a transaction.")
    if not output.parent.is_dir():
        raise SafekeepingError(f"There is no folder {output.parent}.")
    try:
        if not encrypt_to:
            return _write(output, now)
        public_key(encrypt_to)  # refused before the work, not after it
        with workroom(landing_place()) as folder:
            manifest = _write(folder / "clear", now)
            encrypt(folder / "clear", output, to=encrypt_to)
            return manifest
    except OSError as error:
        raise SafekeepingError(f"{output} could not be written: {error.strerror or error}.") from error


def _write(output: Path, now: datetime) -> dict[str, Any]:
    with ArchiveWriter(output) as archive, frozen() as alias:
        with dumped(alias, output.parent) as stream:
            archive.add(ENTRY[connection.vendor], stream, packed=connection.vendor == "postgresql")
        manifest = described(alias, now)
        _add_files(archive)
        archive.finish(manifest)
    return manifest


def described(alias: str, now: datetime) -> dict[str, Any]:
    """What the archive says of itself: release, engine, migrations, figures, and whose secret it needs."""
    return {
        "made_at": now.isoformat(),
        "release": release(),
        "engine": connection.vendor,
        "python": platform.python_version(),
        "migrations": migrations(alias),
        "secret": {"included": bool(_secret()), "fingerprint": fingerprint(settings.SECRET_KEY)},
        **figures(alias),
    }


def release() -> str:
    """Return the release of this code."""
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def secret_file() -> Path:
    """Return where the secret of the first run lies."""
    return Path(settings.VAR_DIR) / "secret_key"


def fingerprint(secret: str) -> str:
    """Return what tells two secrets apart and gives neither away."""
    return hashlib.sha256(f"walaa:{secret}".encode()).hexdigest()[:16]


def _add_files(archive: ArchiveWriter) -> None:
    """Add what lies beside the database; a file that went meanwhile was on its way out."""
    root = Path(settings.MEDIA_ROOT)
    files = [(f"{MEDIA}{path.relative_to(root).as_posix()}", path) for path in sorted(root.rglob("*"))]
    kept = [(name, path) for name, path in files if path.is_file() and name.split("/")[1] not in PASSING]
    for name, path in [*kept, (ERASURES, record_file()), *_secret()]:
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            continue
        with stream:
            archive.add(name, stream)


def _secret() -> list[tuple[str, Path]]:
    """The secret of the first run, if it is the one in use."""
    file = secret_file()
    own = file.exists() and file.read_text().strip() == settings.SECRET_KEY
    return [(SECRET, file)] if own else []
