"""``manage.py bench_pages``: queries and time of the dashboard and of every page of the portal."""

from typing import Any

from django.core.management.base import BaseCommand

from loyalty_site.benchmarks import pages


class Command(BaseCommand):
    """Ask for every page of the loaded demo again and again; one tab-separated line a page."""

    help = __doc__

    def handle(self, **options: Any) -> None:
        """Measure in this process, with the site's own middleware."""
        for line in pages.measure():
            self.stdout.write(line)
