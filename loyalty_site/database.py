"""How connections to the database behave, on SQLite and on PostgreSQL."""

from pathlib import Path
from typing import Any

import environ


def configured(env: environ.Env, *, folder: Path, testing: bool) -> dict[str, Any]:
    """Return Django's settings of the database at DATABASE_URL, by default a file in ``folder``."""
    database: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{folder / 'walaa.sqlite3'}")
    if database["ENGINE"].endswith("sqlite3"):
        return database | {"ENGINE": "loyalty_site.sqlite3", "OPTIONS": sqlite_options(testing=testing)}
    reuse = {"CONN_MAX_AGE": env.int("DB_CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
    return database | reuse | {"ENGINE": "loyalty_site.postgresql", "OPTIONS": postgres_options(env)}


def sqlite_options(*, testing: bool) -> dict[str, Any]:
    """One writer at a time, who waits at the start of its transaction and never in the middle.

    FULL keeps every acknowledged write over a power cut; tests have nothing to keep. What is deleted or
    written over leaves no old bytes in the file: an erased person's phone would be among them.
    """
    synchronous = "OFF" if testing else "FULL"
    pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA secure_delete=ON;"
    return {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": pragmas}


def postgres_options(env: environ.Env) -> dict[str, Any]:
    """Nobody waits for a lock or a statement for ever."""
    limits = {
        "lock_timeout": env.int("DB_LOCK_TIMEOUT_MS", default=5_000),
        "statement_timeout": env.int("DB_STATEMENT_TIMEOUT_MS", default=60_000),
    }
    return {
        "options": " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items()),
        "server_side_binding": env.bool("DB_SERVER_SIDE_BINDING", default=True),
        # A statement that comes again is planned once. None for a pooler that cannot keep prepared ones.
        "prepare_threshold": env.int("DB_PREPARE_AFTER", default=5) or None,
    }
