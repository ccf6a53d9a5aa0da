"""``manage.py bench_step MODULE:FUNCTION JSON``: one step of a figure, in a process on its database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Call a function of the benchmarks and print what it returned."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("function")
        parser.add_argument("arguments", type=json.loads)

    def handle(self, function: str, arguments: dict[str, Any], **options: Any) -> None:
        """Only what stands in the package of benchmarks is called."""
        if not function.startswith("loyalty_site.benchmarks."):
            raise CommandError(f"{function} is no step of a figure")
        self.stdout.write(json.dumps(import_string(function.replace(":", "."))(**arguments)))
