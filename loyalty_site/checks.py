"""Settings, validated when the site starts: what is wrong, and what to do about it."""

import ctypes.util
import os
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

ENVIRONMENTS = ("demo", "test", "production")


@register()
def check_environment(**_kwargs: Any) -> list[CheckMessage]:
    """WALAA_ENV is known, the zone exists, the site's address is an origin."""
    found: list[CheckMessage] = []
    if settings.ENVIRONMENT not in ENVIRONMENTS:
        found.append(Error(f"WALAA_ENV must be one of {', '.join(ENVIRONMENTS)}.", id="walaa.E001"))
    try:
        ZoneInfo(settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        found.append(Error(f"TIME_ZONE {settings.TIME_ZONE!r} is not a known zone.", id="walaa.E002"))
    address = urlsplit(settings.SITE_URL)
    if address.scheme not in ("http", "https") or not address.hostname or address.path not in ("", "/"):
        found.append(Error("SITE_URL must look like https://loyalty.example.com", id="walaa.E003"))
    return found


@register()
def check_var(**_kwargs: Any) -> list[CheckMessage]:
    """The folder for data can be written."""
    if os.access(settings.VAR_DIR, os.W_OK | os.X_OK):
        return []
    return [Error(f"WALAA_VAR {settings.VAR_DIR} cannot be written.", id="walaa.E004")]


@register(Tags.security, deploy=True)
def check_production(**_kwargs: Any) -> list[CheckMessage]:
    """In production the secret, the hosts and the address are stated, and nothing demonstrates itself."""
    if not settings.PRODUCTION:
        return [Caution("WALAA_ENV is not production.", id="walaa.W001")]
    found: list[CheckMessage] = []
    if not os.environ.get("SECRET_KEY"):
        found.append(Error("Set SECRET_KEY: several machines must share one secret.", id="walaa.E005"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS must name the hosts.", id="walaa.E006"))
    if urlsplit(settings.SITE_URL).scheme != "https":
        found.append(Error("SITE_URL must be https in production.", id="walaa.E007"))
    if settings.EMAIL_BACKEND.startswith("loyalty_site.mail."):
        found.append(
            Error("Set EMAIL_URL or EMAIL_BACKEND: codes would be printed, not sent.", id="walaa.E008")
        )
    return found


@register()
def check_processes_share(**_kwargs: Any) -> list[CheckMessage]:
    """The cache and the broker are shared by all processes; several machines need servers for both."""
    found: list[CheckMessage] = []
    cache = settings.CACHES["default"]["BACKEND"]
    if cache.endswith(("LocMemCache", "DummyCache")) and not settings.TESTING:
        found.append(Error("CACHE_URL must be shared by all processes: limits count in it.", id="walaa.E009"))
    embedded = settings.CELERY_BROKER_URL.startswith(("sqla+sqlite", "filesystem"))
    remote_data = not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if settings.CELERY_BROKER_URL.startswith("memory") and not settings.TESTING:
        found.append(Error("BROKER_URL memory:// reaches no worker.", id="walaa.E010"))
    if settings.PRODUCTION and remote_data and embedded:
        found.append(
            Caution(
                "The broker is a file on this machine while the database is a server.",
                hint="Set BROKER_URL=redis://… before running workers on a second machine.",
                id="walaa.W002",
            )
        )
    return found


@register()
def check_learning_library(**_kwargs: Any) -> list[CheckMessage]:
    """LightGBM can be loaded; without it the plain rule of 30–45 days stands in."""
    if ctypes.util.find_library("gomp"):
        return []
    return [
        Caution(
            "libgomp is missing: dormancy falls back to the plain 30-45-day rule.",
            hint="apt-get install libgomp1",
            id="walaa.W003",
        )
    ]
