"""Guards on the facts: triggers that refuse DELETE, TRUNCATE, and UPDATE of what a fact says.

A table whose every column is a fact is append-only; another names the columns that are caches or that its
life moves, and only those may be updated. SQLite drops triggers when it rebuilds a table, so
``InstallGuards`` is the last operation of every migration that touches a guarded one. Installing again
changes nothing. A system check and ``verify_ledger`` refuse to run without the guards.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from ledger.writing import post_function

GUARDED: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("ledger_movement", "ledger_lotuse", "ledger_lotextension", "ledger_postingkey"), ()),
    **dict.fromkeys(("ledger_purchaseline", "ledger_refund", "ledger_refundline"), ()),
    **dict.fromkeys(("ledger_mergedlot", "ledger_occurrence", "ledger_capuse"), ()),
    "ledger_goalentry": (),
    "ledger_conteststanding": (),
    "ledger_contender": ("left_at",),
    "ledger_contestclosing": ("contenders", "done_at"),
    "ledger_achievement": ("revoked_at", "refund_id", "taken_id"),
    "ledger_membershippayment": (),
    "ledger_membership": (
        *("fees", "paid_through", "state", "cancelled_at", "ended_at", "ended_why", "card_token"),
    ),
    **dict.fromkeys(("ledger_causechoice", "ledger_causeentry", "ledger_clearingentry"), ()),
    "ledger_causeshare": ("entered_at",),
    "ledger_place": ("state", "changed_at"),
    "ledger_merge": ("undone_at", "undone_by"),
    **dict.fromkeys(("ledger_opening", "ledger_sealblock", "ledger_sealentry"), ()),
    "ledger_lot": ("remaining", "expires_on", "expired_at"),
    "ledger_purchase": ("refunded_minor", "refunded_spend_minor", "clawed_points"),
    "ledger_pendingaward": ("member_id", "left", "opens_on", "awaits", "state", "closed_at"),
    **dict.fromkeys(("ledger_giftcardentry", "ledger_upgrade"), ()),
    "ledger_giftcard": ("balance_minor", "expires_on", "closed_at"),
    "ledger_redemption": (
        *("state", "code", "expires_at", "closed_at", "closed_by"),
        *("branch_id", "purchase_id", "order_ref"),
    ),
}
"""The guarded tables, each with the columns that may be updated."""
REFUSED: Final = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}
SQL: Final = Path(__file__).parent / "sql"
TRIGGERS: Final = """
    SELECT tgname, relname, proname, prosrc, tgtype, tgqual IS NULL, ARRAY(
        SELECT attname::text FROM pg_attribute WHERE attrelid = tgrelid AND attnum = ANY(tgattr))
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace
"""
FIRES: Final = {"update": 1 | 2 | 16, "delete": 1 | 2 | 8, "truncate": 2 | 32}
"""What PostgreSQL calls a trigger that fires before: for each row, or for a whole TRUNCATE."""
ABSENT, OTHER = "absent or disabled", "not the one of this release"


def install_guards(connection: BaseDatabaseWrapper) -> None:
    """Put every guard in place, on the columns that the tables have now.

    A table that a later migration makes is guarded by that one.
    """
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in (table for table in GUARDED if table in there):
            for statement in _statements(connection, table):
                cursor.execute(statement)


def guarded_columns(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The columns of a guarded table that no UPDATE may touch, quoted."""
    return [connection.ops.quote_name(name) for name in _fixed_columns(connection, table)]


def _fixed_columns(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """Told by an empty answer: Django's own description parses the words that made SQLite's table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608 (our own)
        return [name for name, *_more in cursor.description or () if name not in GUARDED[table]]


def _statements(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """What makes the guards of one table."""
    text = (SQL / f"guards_{connection.vendor}.sql").read_text()
    columns = f"OF {', '.join(guarded_columns(connection, table))}" if GUARDED.get(table) else ""
    parts = text.split("-- next\n")
    return [part.replace("{table}", table).replace("{columns}", columns) for part in parts]


def missing_guards(connection: BaseDatabaseWrapper) -> list[str]:
    """The guards that should be there and are not, are disabled, or do something else."""
    return [name for name, _standing in faulty_guards(connection)]


def faulty_guards(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """Every guard that does not stand as it was installed, and how it stands."""
    there = _standing_in_sqlite(connection) if connection.vendor == "sqlite" else _standing(connection)
    wanted = [f"{table}_refuses_{act}" for table in GUARDED for act in REFUSED[connection.vendor]]
    return [(name, OTHER if name in there else ABSENT) for name in wanted if not there.get(name)]


def _standing(connection: BaseDatabaseWrapper) -> dict[str, bool]:
    """Triggers by name: whether each is the guard it is called after."""
    refusal = _statements(connection, "")[0].split("$body$")[1].split()
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        rows = cursor.fetchall()
    standing = {}
    for name, table, function, body, fires, always, columns in rows:
        act = name.rpartition("_")[2]
        free = act == "update" and GUARDED.get(table)
        guarded = sorted(_fixed_columns(connection, table)) if free else []
        standing[name] = (
            name == f"{table}_refuses_{act}"
            and (function, body.split()) == ("ledger_refuse_change", refusal)
            and (fires, always, sorted(columns)) == (FIRES.get(act), True, guarded)
        )
    return standing


def _standing_in_sqlite(connection: BaseDatabaseWrapper) -> dict[str, bool]:
    """The same of SQLite, which keeps the words a trigger was made with."""
    said = {
        words[2]: words
        for table in GUARDED
        for statement in _statements(connection, table)
        if (words := statement.split())[:2] == ["CREATE", "TRIGGER"]
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: said.get(name) == sql.split() for name, sql in cursor.fetchall()}


class InstallGuards(Operation):
    """The migration step. Going back drops the tables, and their triggers with them."""

    reduces_to_sql = False
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing that Django knows of."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Install what is missing: the guards, and the function that posts (PostgreSQL)."""
        install_guards(schema_editor.connection)
        post_function.install(schema_editor.connection)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Leave the guards: they fall with their tables."""

    def describe(self) -> str:
        """Say what the step does."""
        return "Guard the facts"


@register(Tags.database)
def check_guards(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Report facts that stand unguarded (before the first migration there are none)."""
    errors: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        tables = set(connection.introspection.table_names())
        if set(GUARDED) <= tables and (missing := missing_guards(connection)):
            errors.append(
                Error(
                    f"The ledger's guards are missing: {', '.join(missing)}.",
                    hint="Run ledger.guards.install_guards on this database.",
                    id="ledger.E001",
                )
            )
    return errors
