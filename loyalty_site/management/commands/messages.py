"""`manage.py messages`: compile the Arabic catalogues; with --check, find what is missing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty_site import catalogues


class Command(BaseCommand):
    """Compiles, and checks when asked."""

    help = "Compile every catalogue under locale/; --check fails on texts without complete Arabic."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare the catalogues with the sources")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        compiled = catalogues.compile_stale()
        if compiled:
            self.stdout.write(f"Compiled {compiled} catalogues.")
        if not check:
            return
        found = catalogues.problems()
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{len(found)} texts are not ready in Arabic.")
        self.stdout.write("Every text has its Arabic.")
