"""The stage of the API's and the till's tests, and a look at everything the database holds."""

import hashlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from programs.queries import forget_terms
from tests.api.conftest import api
from tests.till.conftest import cashier, sign_in

if TYPE_CHECKING:
    from tests.faults.desk import Desk

__all__ = ["api", "cashier", "everything", "sign_in"]
OURS = ("accounts", "programs", "ledger", "analytics", "campaigns")
SEEN_AT = {"accounts_apikey": "used_at"}


def everything(tables: Collection[str] | None = None) -> dict[str, tuple[int, str]]:
    """How many rows every table of ours has (or each of these), and a hash of what they say."""
    found: dict[str, tuple[int, str]] = {}
    with connection.cursor() as cursor:
        for model in (model for name in OURS for model in apps.get_app_config(name).get_models()):
            table = model._meta.db_table
            if tables is not None and table not in tables:
                continue
            columns = ", ".join(
                connection.ops.quote_name(str(field.column))
                for field in model._meta.concrete_fields
                if field.name not in {"last_used_at", "last_login"}
            )
            cursor.execute(f"SELECT {columns} FROM {connection.ops.quote_name(table)}")
            rows: list[Any] = sorted(map(repr, cursor.fetchall()))
            found[table] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


@pytest.fixture(autouse=True)
def _no_limit(settings: Any) -> None:
    """A caller who tries everything is not what is tested here."""
    settings.API_CALLS_PER_MINUTE = 1_000_000


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator["Desk"]:
    """Two shops on which every operation of the API has something to refuse; a module's tests share them.

    Whatever is tried there is taken back (``Desk.ask``), and in the end the shops are. A module that uses it
    has no stage of its own beside it.
    """
    from tests.cast import NOW, the_cast
    from tests.faults.desk import Desk
    from tests.portal import carrier

    carrier.kept.clear()
    forget_terms()
    settings = {"PHONE_CODE_CARRIER": "tests.portal.carrier.keep", "API_CALLS_PER_MINUTE": 1_000_000}
    with (
        django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), override_settings(**settings),
        transaction.atomic(),
    ):  # fmt: skip
        yield Desk(the_cast())
        transaction.set_rollback(True)
