"""The site's own settings in the disposition "test", with data in a folder of this user's tests."""

import os
import tempfile
from pathlib import Path

os.environ["WALAA_ENV"] = "test"
os.environ["WALAA_VAR"] = str(Path(tempfile.gettempdir()) / f"walaa-tests-{os.getuid()}")
os.environ.pop("BROKER_URL", None)
os.environ["CACHE_URL"] = "locmemcache://"  # a cache of its own for every worker of pytest
# Playwright keeps an event loop in the test's thread; the ORM is used beside that loop, never in it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from loyalty_site.settings import *  # noqa: F403

STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405
