"""``manage.py rehearse_restore``: a backup taken, restored beside the site, proved, and thrown away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loyalty_site.safekeeping.errors import SafekeepingError
from loyalty_site.safekeeping.rehearsing import rehearse


class Command(BaseCommand):
    """Rehearse, and print what it took; exits 1 when the restored books are not proved."""

    help = "Take a backup, restore it into a scratch database, verify it there, and print what that took."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            took = rehearse(now=timezone.now(), say=self.stdout.write)
        except SafekeepingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{took.engine}, {took.rows:,} rows: backup {took.backup_seconds:.1f} s and "
            f"{took.megabytes:,.1f} MB, restore and proof {took.restore_seconds:.1f} s"
        )
        if not took.is_green:
            raise CommandError("RED: this backup would not bring the books back.")
        self.stdout.write(self.style.SUCCESS("GREEN"))
