"""``manage.py audit``: are there known holes in what is pinned? A silent registry fails nobody."""

import json
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PIP_AUDIT = ("pip_audit", "--progress-spinner=off", "--disable-pip", "--require-hashes", "--timeout=10")


class Command(BaseCommand):
    """Ask pip-audit about requirements.txt."""

    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        """Fail on a known vulnerability; say how many pins nobody answered for."""
        asked = subprocess.run(  # noqa: S603 (our own interpreter, fixed arguments)
            [sys.executable, "-m", *PIP_AUDIT, "-r", "requirements.txt", "-f", "json"],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            pins = json.loads(asked.stdout)["dependencies"]
        except ValueError:
            self.stdout.write("audit skipped: the registry did not answer")
            return
        bad = [
            f"{pin['name']} {pin['version']}: {hole['id']}" for pin in pins for hole in pin.get("vulns", [])
        ]
        if bad:
            raise CommandError("known vulnerabilities:\n" + "\n".join(bad))
        silent = sum("skip_reason" in pin for pin in pins)
        self.stdout.write(f"audit: {len(pins) - silent} pins without known holes, {silent} without an answer")
