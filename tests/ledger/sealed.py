"""Books that are sealed, and the hands of an intruder who owns the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from ledger.guards import GUARDED, REFUSED, install_guards
from ledger.models import SealBlock
from ledger.seals.sealing import seal
from tests.ledger.books import Books

SEALED_AT = datetime.fromisoformat("2026-01-25T12:00:00.250000+00:00")


def seal_now(at: datetime = SEALED_AT) -> int:
    """Seal whatever is ready, until nothing is left to settle."""
    sealed = seal(clock=lambda: at)
    seal(clock=lambda: at)
    return sealed


def in_three_blocks(books: Books) -> list[SealBlock]:
    """Something of everything, sealed in three blocks."""
    books.buy(160_000, key="A-1")
    books.buy(1000, 2000, key="A-2")
    seal_now()
    used, cancelled, _open = (books.issue(500).code for _code in range(3))
    books.close(used)
    books.close(cancelled, "cancelled")
    books.refund("A-1", 10_000)
    seal_now(SEALED_AT + timedelta(seconds=1))
    books.buy(50_000, key="A-3")
    seal_now(SEALED_AT + timedelta(days=1))
    return list(SealBlock.objects.order_by("number"))


@contextmanager
def unguarded() -> Iterator[None]:
    """Do what an intruder with the owner's rights could do, and put the guards back."""
    with connection.cursor() as cursor:
        for table in GUARDED:
            on = f"ON {table}" if connection.vendor == "postgresql" else ""
            for act in REFUSED[connection.vendor]:
                cursor.execute(f"DROP TRIGGER {table}_refuses_{act} {on}")
    yield
    install_guards(connection)


def by_hand(*statements: str) -> None:
    """Run SQL past every guard."""
    with unguarded(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
