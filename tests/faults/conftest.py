"""The stage of the API's and the till's tests, and a look at everything the database holds."""

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import connection

from tests.api.conftest import api
from tests.till.conftest import cashier, sign_in

if TYPE_CHECKING:
    from tests.cast import Cast
    from tests.faults.calls import Desk

__all__ = ["api", "cashier", "everything", "sign_in"]
OURS = ("accounts", "programs", "ledger", "analytics", "campaigns")
SEEN_AT = {"accounts_apikey": "used_at"}


def everything() -> dict[str, tuple[int, str]]:
    """How many rows every table of ours has, and a hash of what they say."""
    found: dict[str, tuple[int, str]] = {}
    with connection.cursor() as cursor:
        for model in (model for name in OURS for model in apps.get_app_config(name).get_models()):
            table = model._meta.db_table
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


@pytest.fixture
def desk(stage: "Cast", settings: Any) -> "Desk":
    """Two shops on which every operation of the API has something to refuse."""
    from tests.faults.calls import Desk
    from tests.portal import carrier

    carrier.kept.clear()
    settings.PHONE_CODE_CARRIER = "tests.portal.carrier.keep"
    return Desk(stage)
