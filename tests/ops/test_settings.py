"""Settings: their checks, and the three dispositions."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real_settings
from django.core.management import call_command
from pytest_django import Settings

from loyalty_site import checks, secret_key

PRODUCTION = {
    "WALAA_ENV": "production",
    "SECRET_KEY": "k2-x8Tq" * 12,
    "ALLOWED_HOSTS": "loyalty.example.com",
    "SITE_URL": "https://loyalty.example.com",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example.com:587",
    "DATABASE_URL": "postgres://walaa:secret@db.example.com:5432/walaa",
    "BROKER_URL": "redis://redis.example.com:6379/0",
    "CACHE_URL": "rediscache://redis.example.com:6379/1",
}


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the site in an environment of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=real_settings.BASE_DIR,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def found(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    outcome = manage("check", "--deploy", "--fail-level", "WARNING", WALAA_VAR=str(tmp_path), **PRODUCTION)
    assert outcome.returncode == 0, outcome.stderr


def test_production_without_a_secret_a_gateway_and_https_is_refused(tmp_path: Path) -> None:
    careless = {"WALAA_ENV": "production", "ALLOWED_HOSTS": "*"}
    outcome = manage("check", "--deploy", WALAA_VAR=str(tmp_path), **careless)
    assert outcome.returncode == 1
    for code in ("walaa.E005", "walaa.E006", "walaa.E007", "walaa.E008"):
        assert code in outcome.stderr


def test_with_nothing_configured_everything_has_a_default(tmp_path: Path) -> None:
    outcome = manage("check", "--fail-level", "ERROR", WALAA_VAR=str(tmp_path))
    assert outcome.returncode == 0, outcome.stderr
    secret = tmp_path / "secret_key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_text()) >= 50


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    assert secret_key.load_or_create(path) == secret_key.load_or_create(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ENVIRONMENT", "staging", "walaa.E001"),
        ("TIME_ZONE", "Asia/Riyad", "walaa.E002"),
        ("SITE_URL", "loyalty.example.com", "walaa.E003"),
        ("SITE_URL", "https://example.com/shop", "walaa.E003"),
    ],
)
def test_a_wrong_value_is_named(settings: Settings, name: str, value: str, code: str) -> None:
    setattr(settings, name, value)
    assert found(checks.check_environment()) == [code]


def test_a_folder_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "absent"
    assert found(checks.check_var()) == ["walaa.E004"]


def test_what_processes_do_not_share_is_named(settings: Settings) -> None:
    settings.TESTING = False
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.CELERY_BROKER_URL = "memory://"
    assert found(checks.check_processes_share()) == ["walaa.E009", "walaa.E010"]


@pytest.mark.django_db
def test_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
