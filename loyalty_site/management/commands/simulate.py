"""``manage.py simulate``: random lives of members against a small model, in databases of its own."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.arguments import whole
from loyalty_site.simulation.running import run

MOST = 10**9


class Command(BaseCommand):
    """Tell stories; a seed that fails is printed, and ``--seed`` tells it again."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seeds", type=whole(1, MOST), default=200, help="how many")
        parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
        parser.add_argument("--seed", type=int, help="this one alone")
        parser.add_argument("--workers", type=whole(1, 1_000), default=os.cpu_count() or 1, help="processes")

    def handle(self, **options: Any) -> None:
        """Run, and fail when a seed fails."""
        first, count = options["first"], options["seeds"]
        seeds = [options["seed"]] if options["seed"] is not None else list(range(first, first + count))
        failed = run(seeds, workers=max(1, min(options["workers"], len(seeds))), say=self.stdout.write)
        if failed:
            raise CommandError(f"These seeds failed: {', '.join(map(str, failed))}")
