"""The connection: Django's own, whose cursors wait as ``loyalty_site.sqlite3.waiting`` says."""

from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base

from loyalty_site.sqlite3.waiting import PatientCursor


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection to SQLite with patient cursors; ``OPTIONS["timeout"]`` is their patience."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file; remember how long to wait for its lock (sqlite3's own default is 5 seconds)."""
        self.patience = float(conn_params.get("timeout", 5.0))
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that waits its turn."""
        return self.connection.cursor(factory=partial(PatientCursor, patience=self.patience))
