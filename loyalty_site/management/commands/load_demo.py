"""``manage.py load_demo``: the demo merchant, once; ``--csv FILE`` only writes its year of purchases."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.arguments import file_to_write
from loyalty_site import demo
from loyalty_site.demo_history import history


class Command(BaseCommand):
    """Load the demo merchant, or write its purchases as a file for ``import_purchases``."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file."""
        parser.add_argument("--without-history", action="store_true", help="the empty shop")
        parser.add_argument("--csv", type=file_to_write, metavar="FILE", help="write the purchases instead")

    def handle(self, **options: Any) -> None:
        """Load, or write."""
        now = timezone.now()
        if options["csv"]:
            baskets = history(today=timezone.localdate(now)).baskets
            baskets.rename(columns={"household": "member_id"}).to_csv(options["csv"], index=False)
            self.stdout.write(f"{len(baskets)} purchases written")
            return
        if options["without_history"]:
            demo.open_shop(now=now)
            return
        demo.load(now=now, say=self.stdout.write)
