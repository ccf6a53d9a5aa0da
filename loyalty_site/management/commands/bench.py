"""``make bench``: the figures of the README, each beside its floor, measured in empty installations."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from loyalty_site.benchmarks.figures import table
from loyalty_site.benchmarks.running import MODULES, measure


class Command(BaseCommand):
    """Measure, and print one table."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("only", nargs="*", choices=[*MODULES, []], help="the modules to measure (all)")

    def handle(self, **options: Any) -> None:
        """Run every step in a temporary installation of its own."""
        self.stdout.write(table(measure(say=self.stderr.write, only=options["only"])))
