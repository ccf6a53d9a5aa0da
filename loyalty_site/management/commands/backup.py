"""``manage.py backup [--output FILE]``: the whole installation into one file, while tills go on selling."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.arguments import file_to_write
from loyalty_site.safekeeping.backing_up import back_up
from loyalty_site.safekeeping.encrypting import recipient
from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.nightly import NAME


class Command(BaseCommand):
    """Back up; exits 1 and leaves no half file when anything went wrong."""

    help = (
        "Back up the database, the uploaded files, the record of erasures and the secret of the first run "
        "into one file. Whoever has that file has everything, unless it is encrypted: keep it safe, and not "
        "on this machine alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output", type=file_to_write, metavar="FILE", help="default: walaa-<time>.backup here"
        )

        parser.add_argument(
            "--encrypt-to",
            type=recipient,
            metavar="age1…",
            help="the public key of who may read it (backup_key makes one); default: BACKUP_ENCRYPT_TO",
        )

    def handle(self, *_args: Any, output: Path | None, encrypt_to: str | None, **_options: Any) -> None:
        now, began = timezone.now(), time.perf_counter()
        path = output or Path(NAME.format(now))
        try:
            manifest = back_up(output=path, now=now, encrypt_to=encrypt_to or settings.BACKUP_ENCRYPT_TO)
        except SafekeepingError as error:
            raise CommandError(str(error)) from error
        rows = sum(manifest["tables"].values())
        self.stdout.write(
            f"{path}: {path.stat().st_size / 1e6:,.1f} MB, {rows:,} rows of {len(manifest['merchants'])} "
            f"merchants, {time.perf_counter() - began:.1f} s"
        )
