"""The rights of the role that the application runs as on PostgreSQL: everything it needs, and nothing more.

An owner role migrates. The application's role reads and writes, but may neither update nor delete a fact: not
the rows of an append-only table, nor the columns of a lot or a purchase that say what happened. Triggers
refuse the same; but a trigger can be disabled by whoever owns the table, and this role does not.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from ledger.errors import UnfitRole
from ledger.guards import GUARDED

MIGRATIONS = "django_migrations"


def grant_app_role(role: str) -> None:
    """Give ``role`` the application's rights on this database, and take what it should not have.

    To be done again after a migration made new tables. Raises ``UnfitRole`` for a role that is not there, is
    a superuser, or owns the tables: rights would not bind it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        _check(cursor, role)
        for statement in _statements(connection.ops.quote_name(role)):
            cursor.execute(statement)


def _check(cursor: Any, role: str) -> None:
    if connection.vendor != "postgresql" or "\0" in role:
        raise UnfitRole(role=role)
    owner = "(SELECT relowner FROM pg_class WHERE oid = %s::regclass)"
    cursor.execute(
        f"SELECT rolsuper OR pg_has_role(oid, {owner}, 'MEMBER') FROM pg_roles WHERE rolname = %s",  # noqa: S608
        [next(iter(GUARDED)), role],
    )
    found = cursor.fetchone()
    if found is None or found[0]:
        raise UnfitRole(role=role)


def _statements(role: str) -> Iterator[str]:
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    yield f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {MIGRATIONS} FROM {role}"
    for table, free in GUARDED.items():
        yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"
        if free:
            columns = ", ".join(connection.ops.quote_name(column) for column in free)
            yield f"GRANT UPDATE ({columns}) ON {table} TO {role}"
