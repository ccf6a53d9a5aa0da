"""The site's own settings in the disposition "test", each process with a folder for data of its own.

What one worker erases, uploads or throws away is nothing to another, nor to a suite that runs beside this.
"""

import os
import tempfile
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
RUN = int(os.environ.setdefault("WALAA_TESTS_RUN", str(os.getpid())))  # inherited by workers and processes
SHARED = Path(tempfile.gettempdir()) / f"walaa-tests-{os.getuid()}"
"""What runs leave to one another: the migrated file."""

os.environ["WALAA_ENV"] = "test"
os.environ["WALAA_VAR"] = str(SHARED / f"run-{RUN}" / WORKER)
os.environ.pop("BROKER_URL", None)
os.environ["CACHE_URL"] = "locmemcache://"  # a cache of its own for every worker of pytest
# Playwright keeps an event loop in the test's thread; the ORM is used beside that loop, never in it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from loyalty_site.settings import *  # noqa: E402, F403

STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405
