"""``manage.py backup_key --output FILE``: a key for backups and exports that only its holder can open."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.arguments import file_to_write
from loyalty_site.safekeeping.encrypting import new_key
from loyalty_site.safekeeping.errors import SafekeepingError


class Command(BaseCommand):
    """Make a secret key; print the public one."""

    help = (
        "Make a key: the secret one into FILE, to be kept away from this machine (without it no encrypted "
        "backup can be read, by anybody); the public one is printed, for --encrypt-to and BACKUP_ENCRYPT_TO."
    )
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", required=True, type=file_to_write, metavar="FILE")

    def handle(self, *_args: Any, output: Path, **_options: Any) -> None:
        try:
            self.stdout.write(new_key(output))
        except SafekeepingError as error:
            raise CommandError(str(error)) from error
