"""One path (DESIGN, Posting): the call on PostgreSQL and the rows on SQLite leave the same books."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as installed
from django.db import connection
from pytest_django import Settings

from tests.ledger.both_ways import tell

SEEDS = range(5, 10)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_posting_call_writes_what_the_rows_write(db: None, settings: Settings, seed: int) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("there is one writer on SQLite")
    called = tell(seed)
    settings.LEDGER_BY_ROWS = True
    assert called == tell(seed)
    assert called["ledger_movement"]


def test_both_databases_keep_the_same_books(db: None, tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("told on PostgreSQL, beside an SQLite file")
    beside = os.environ | {"WALAA_ENV": "test", "WALAA_VAR": str(tmp_path), "LOG_LEVEL": "ERROR"}
    beside["DATABASE_URL"] = f"sqlite:///{tmp_path / 'books.sqlite3'}"
    beside["DJANGO_SETTINGS_MODULE"] = "loyalty_site.settings"
    program = (
        "import django; django.setup(); from django.core.management import call_command;"
        "call_command('migrate', verbosity=0); import runpy;"
        "runpy.run_module('tests.ledger.both_ways', run_name='__main__')"
    )
    seeds = [str(seed) for seed in SEEDS]
    told = subprocess.run(
        [sys.executable, "-c", program, *seeds],
        env=beside, cwd=installed.BASE_DIR, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(told.stdout.splitlines()[-1]) == [tell(int(seed)) for seed in seeds]
