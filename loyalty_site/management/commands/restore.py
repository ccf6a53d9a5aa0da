"""``manage.py restore FILE``: a backup into an empty installation, proved before anybody sells on it."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.restoring import restore


class Command(BaseCommand):
    """Restore, migrate, guard, erase again, verify; exits 1 when the books are not proved."""

    help = (
        "Restore a backup into an empty installation, bring it to this release, erase again whoever was "
        "erased since the backup, and verify the books. Stop the site first."
    )
    requires_system_checks: list[str] = []  # tables may not be there yet

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--erasures",
            type=Path,
            metavar="FILE",
            help="a newer record of erasures, from elsewhere",
        )

        parser.add_argument(
            "--key", type=Path, metavar="FILE", help="the file of the secret key, for an encrypted backup"
        )

    def handle(
        self, *_args: Any, file: Path, erasures: Path | None, key: Path | None, **_options: Any
    ) -> None:
        began = time.perf_counter()
        try:
            proved = restore(file=file, erasures=erasures, say=self.stdout.write, key=key)
        except SafekeepingError as error:
            raise CommandError(str(error)) from error
        seconds = f"{time.perf_counter() - began:.1f} s"
        if not proved:
            raise CommandError(f"RED: loaded, and not proved ({seconds}). Do not sell on it.")
        self.stdout.write(self.style.SUCCESS(f"GREEN: restored and proved in {seconds}."))
