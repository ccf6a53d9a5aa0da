"""Many at once, in real processes: fifty clients on one member, and a retry while the first still runs."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.db import connection, connections

from accounts.errors import WalaaError
from ledger.events import RedemptionIssued
from ledger.models import Movement, Purchase, Redemption
from ledger.posting import post
from tests.cast import open_shop
from tests.ledger.books import START, Books, prove
from tests.ledger.test_concurrency import FORK, at_once, posting
from tests.ops.processes import until

pytestmark = pytest.mark.processes
CLIENTS = 50


@pytest.fixture
def books(transactional_db: None) -> Iterator[Books]:
    """A member of a shop where ten points are a block."""
    shop = open_shop("oasis", "0501234567", block_points=10, block_value_minor=50)
    yield Books(shop.member)
    prove(shop.merchant)


def test_rule_20_of_a_hundred_redemptions_of_ten_sixty_fit_into_six_hundred(books: Books) -> None:
    books.earn(600)
    answers = at_once([_spend_twice(books) for _client in range(CLIENTS)])
    flat = [answer for pair in answers for answer in pair]
    assert {"ok": flat.count("ok"), "short": flat.count("not_enough_points")} == {"ok": 60, "short": 40}, flat
    assert (books.available, Redemption.objects.count()) == (0, 60)


def _spend_twice(books: Books) -> Callable[[], list[str]]:
    events = [RedemptionIssued(**books.said("issue", None, None), points=10) for _time in range(2)]

    def spend() -> list[str]:
        said = []
        for event in events:
            try:
                post(event, now=START)
                said.append("ok")
            except WalaaError as refusal:
                said.append(refusal.code)
        return said

    return spend


def test_rule_14_a_retry_while_the_first_still_runs_has_the_same_answer(books: Books) -> None:
    books.earn(1)
    event, answers = books.order(9999, key="A-1"), FORK.Queue()

    def run() -> None:
        assert may_start.acquire(timeout=60)
        started.release()
        answers.put(posting(event, books)())
        connections.close_all()

    may_start, started = FORK.Semaphore(0), FORK.Semaphore(0)
    connections.close_all()
    tills = [FORK.Process(target=run) for _till in range(2)]
    for till in tills:  # before anything is held: a connection does not survive a fork
        till.start()
    with _hold_the_member(books) as both_wait:
        for _till in tills:
            may_start.release()
        for _till in tills:
            assert started.acquire(timeout=60)
        until(both_wait, "both requests waiting for the member")
    found = [answers.get(timeout=60) for _till in tills]
    for till in tills:
        till.join()
    assert sorted(receipt.repeated for receipt in found) == [False, True]
    assert len({(receipt.points, receipt.purchase_id, receipt.movement_id) for receipt in found}) == 1
    assert (Purchase.objects.count(), Movement.objects.count()) == (2, 2)


@contextmanager
def _hold_the_member(books: Books) -> Iterator[Callable[[], bool]]:
    """Keep everybody out of the member's row; yields whether two wait for it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            yield lambda: True  # SQLite does not say who waits
            cursor.execute("ROLLBACK")
        return
    settings = connection.get_connection_params()
    server = {
        name: settings[name] for name in ("dbname", "user", "password", "host", "port") if name in settings
    }
    with (
        closing(psycopg.connect(**server)) as holder,
        closing(psycopg.connect(**server, autocommit=True)) as eye,
    ):
        holder.execute("SELECT 1 FROM ledger_balance WHERE member_id = %s FOR UPDATE", [books.member.pk])

        def both_wait() -> bool:
            waiting = eye.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            return waiting == (2,)

        yield both_wait
        holder.rollback()
