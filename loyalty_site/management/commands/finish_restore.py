"""``manage.py finish_restore``: what a database just loaded still needs, and the proof of its books."""

import time
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand

STEPS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("migrate", {"verbosity": 0, "interactive": False}),
    ("install_guards", {}),
    ("replay_erasures", {}),
    ("verify_ledger", {}),
)


class Command(BaseCommand):
    """Run by ``restore``, in a process of its own: it reads the secret that came back."""

    help = "Bring a restored database up to this release, erase again who was erased, and prove the books."
    requires_system_checks: list[str] = []  # tables may be of an older release

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Stop at the first step that refuses."""
        for name, options in STEPS:
            began = time.perf_counter()
            call_command(name, stdout=self.stdout, stderr=self.stderr, **options)
            self.stdout.write(f"{name}: {time.perf_counter() - began:.1f} s")
