"""Rehearsing the way back: a backup is taken, restored beside the installation, proved, and thrown away."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from loyalty_site.safekeeping.backing_up import back_up
from loyalty_site.safekeeping.restoring import Say
from loyalty_site.safekeeping.workrooms import workroom


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal took (seconds, MB) and whether the restored books were proved."""

    engine: str
    rows: int
    backup_seconds: float
    megabytes: float
    restore_seconds: float
    is_green: bool


def rehearse(*, now: datetime, say: Say) -> Rehearsal:
    """Back up, restore into a scratch installation, verify there. Raises ``SafekeepingError``."""
    with workroom(Path(settings.VAR_DIR)) as folder:
        began = time.perf_counter()
        archive = folder / "walaa.backup"
        manifest = back_up(output=archive, now=now)
        backed_up = time.perf_counter()
        with _empty_database(folder) as url:
            is_green = _restore(archive, folder, url, say)
        return Rehearsal(
            engine=connection.vendor,
            rows=sum(manifest["tables"].values()),
            backup_seconds=backed_up - began,
            megabytes=archive.stat().st_size / 1e6,
            restore_seconds=time.perf_counter() - backed_up,
            is_green=is_green,
        )


def _restore(archive: Path, folder: Path, url: str, say: Say) -> bool:
    environment = os.environ | {"DATABASE_URL": url, "WALAA_VAR": str(folder / "var")}
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "restore", str(archive)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    for line in (done.stdout + done.stderr).splitlines():
        say(f"  {line}")
    return done.returncode == 0


@contextmanager
def _empty_database(folder: Path) -> Iterator[str]:
    """Yield the address of a database that is gone afterwards."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'rehearsal.sqlite3'}"
        return
    name, now = f"walaa_rehearsal_{secrets.token_hex(4)}", connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        secret = f":{quote(str(now['PASSWORD']), safe='')}" if now["PASSWORD"] else ""
        host = f"{now['HOST'] or 'localhost'}:{now['PORT'] or 5432}"
        yield f"postgres://{quote(str(now['USER']), safe='')}{secret}@{host}/{name}"
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
