"""Give the application's PostgreSQL role exactly the rights it needs; after every migration, as the owner."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.app_role import grant_app_role
from ledger.errors import UnfitRole


class Command(BaseCommand):
    """Grants reading and writing, and takes updating and deleting of facts."""

    help = "Grant the application's role its rights: no UPDATE, DELETE or TRUNCATE of facts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="an existing role, neither superuser nor the tables' owner")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            grant_app_role(options["role"])
        except UnfitRole as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{options['role']} may work, and change no fact.")
