"""`manage.py prepare`: everything between a clone and a running site, each step only when it is needed."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty_site import catalogues
from loyalty_site.safekeeping.engines import landing_place
from loyalty_site.safekeeping.workrooms import sweep
from programs.editions import write_missing


class Command(BaseCommand):
    """Catalogues, tables, static files, and the demo merchant where one is wanted."""

    help = "Compile catalogues, migrate, collect static files when they changed, load the demo merchant once."
    requires_system_checks: list[str] = []  # tables may not be there yet

    def handle(self, *args: Any, **options: Any) -> None:
        catalogues.compile_stale()
        call_command("migrate", verbosity=0, interactive=False)
        write_missing(now=timezone.now())
        sweep(landing_place())
        self.collect()
        if settings.LOAD_DEMO:
            call_command("load_demo", stdout=self.stdout)

    def collect(self) -> None:
        """Collect static files unless the very same ones were collected before."""
        mark = settings.STATIC_ROOT / ".collected"
        wanted = sources_digest()
        if mark.exists() and mark.read_text() == wanted:
            return
        self.stdout.write("Collecting static files …")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        mark.write_text(wanted)


def sources_digest() -> str:
    """Hash the names, sizes and times of all static files, and how they are stored."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            digest.update(f"{name}|{storage.size(name)}|{storage.get_modified_time(name)}\n".encode())
    return digest.hexdigest()
