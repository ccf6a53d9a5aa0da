"""``manage.py install_guards``: put the guards and the posting function in place, and check them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ledger.guards import install_guards, missing_guards
from ledger.writing import post_function


class Command(BaseCommand):
    """Install what is missing; installing again changes nothing."""

    help = __doc__
    requires_system_checks: list[str] = []  # the checks would refuse what this repairs

    def handle(self, *_args: Any, **_options: Any) -> None:
        install_guards(connection)
        post_function.install(connection)
        missing = missing_guards(connection)
        if missing:
            raise CommandError(f"The guards are still missing: {', '.join(missing)}.")
        self.stdout.write("The guards are in place.")
