"""The connection: Django's own, which looks at its socket before a request uses it."""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection to PostgreSQL. Its health costs no statement: Django's own asks one a request."""

    connection: Any

    def is_usable(self) -> bool:
        """Whether nothing is open on it and the server has not hung up.

        On a connection that waits for no answer there is something to be read only when the server said why
        it goes, or that it is gone.
        """
        if self.connection is None or self.connection.closed:
            return False
        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN)
        return not socket.poll(0)
