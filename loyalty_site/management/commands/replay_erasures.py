"""``manage.py replay_erasures``: after a restore, erase again whom the backup still knew (RULES 46)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import outbox, topics
from accounts.erasing import record_file, replay


class Command(BaseCommand):
    """Reads the record of erasures that lies outside of the database and repeats what is missing."""

    help = "Erase again everybody whom a restored backup brought back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--file", type=Path, help="the record, where it is not in the installation's folder"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path = options["file"] or record_file()
        if options["file"] and not path.exists():
            raise CommandError(f"There is no file {path}.")
        now = timezone.now()
        done = replay(now=now, path=path)
        outbox.relay_topic(topics.MEMBER_ERASED, now=now)
        waiting = outbox.waiting(topics.MEMBER_ERASED)
        rest = f" {waiting} deliveries are left and will be tried again." if waiting else ""
        self.stdout.write(f"Erased again: {done}.{rest}")
