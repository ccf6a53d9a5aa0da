"""Seals: what is hashed, that nothing is skipped, and that nobody waits for the sealer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from ledger.models import Lot, LotExtension, LotUse, Movement, PendingAward, SealBlock, SealEntry, SealHorizon
from ledger.proving.verifying import differences
from ledger.seals import canon
from ledger.seals.sealing import seal, seal_of, unsealed
from tests.cast import Shop, open_shop
from tests.ledger.books import Books
from tests.ledger.sealed import SEALED_AT, by_hand, in_three_blocks, seal_now

NEVER_HASHED = {
    Movement: {"reasons", "actor"},
    Lot: {"movement_id", "remaining", "expired_at"},
    LotUse: set(),
    LotExtension: {"occasion"},
    PendingAward: {"left", "opens_on", "awaits", "state", "closed_at"},
}


def test_blocks_hold_every_movement_and_use_once_and_depend_on_one_another(books: Books) -> None:
    blocks = in_three_blocks(books)
    assert [block.number for block in blocks] == [1, 2, 3]
    assert [block.previous for block in blocks] == ["", blocks[0].hash, blocks[1].hash]
    assert all(block.hash == seal_of(block) for block in blocks)
    assert sum(block.points for block in blocks) == sum(Movement.objects.values_list("points", flat=True))
    entries = set(SealEntry.objects.values_list("kind", "row_id"))
    rows = {(1, pk) for pk in Movement.objects.values_list("pk", flat=True)}
    assert entries == rows | {(2, pk) for pk in LotUse.objects.values_list("pk", flat=True)}
    assert unsealed() == 0


def test_nothing_new_writes_nothing(books: Books, django_assert_num_queries: Any) -> None:
    in_three_blocks(books)
    if connection.vendor == "postgresql":
        pytest.skip("the test's own open transaction holds the horizon back; a fresh cluster shows it")
    with django_assert_num_queries(2):
        assert seal(clock=lambda: SEALED_AT) == 0


def test_each_merchant_has_a_chain_of_its_own(books: Books) -> None:
    other = Books(open_shop("mirage", "0507654321").member)
    books.earn(100)
    other.earn(200)
    assert seal_now() == 2
    assert sorted(SealBlock.objects.values_list("merchant__slug", "number", "points")) == [
        ("mirage", 1, 200),
        ("oasis", 1, 100),
    ]


def test_every_column_of_a_sealed_row_is_hashed_or_named_as_left_out() -> None:
    hashed: dict[type, set[str]] = {}
    for kind in canon.KINDS:
        for _alias, model, name in kind.places:
            hashed.setdefault(model, set()).add(name)
    for model, left_out in NEVER_HASHED.items():
        columns = {field.attname for field in model._meta.concrete_fields}
        assert hashed[model] | left_out == columns, model
        assert not hashed[model] & left_out


def lines_of_movements() -> list[str]:
    """What is hashed of every movement."""
    canon.prepare()
    kind = canon.KINDS[0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {canon.line_sql(kind)} FROM ledger_movement f {kind.joins}")
        return [line for (line,) in cursor.fetchall()]


def test_no_personal_value_and_no_free_text_is_hashed(books: Books) -> None:
    member = books.member
    books.buy(160_000, key="order-number-7")
    books.adjust(5, reason="Because Sara complained")
    canon.prepare()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {canon.line_sql(canon.KINDS[0])} FROM ledger_movement f {canon.KINDS[0].joins}"
        )
        text = "\n".join(line for (line,) in cursor.fetchall())
    assert text.count("\n") >= 1
    for secret in (member.name, member.phone, "order-number", "Sara", "test", "|None"):
        assert not secret or secret not in text
    assert set(text) <= set("0123456789|-: .\n") | set("abcdefghijklmnopqrstuvwxyz")


def test_the_lines_are_the_same_on_either_database(books: Books) -> None:
    """The expected text is written out: SQLite and PostgreSQL must both come to it."""
    books.earn(100)
    move, lot = Movement.objects.get(), Lot.objects.get()
    canon.prepare()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {canon.line_sql(canon.KINDS[0])} FROM ledger_movement f {canon.KINDS[0].joins}"
        )
        (line,) = cursor.fetchone()
    at = "2026-01-25 09:00:00"
    assert line == (
        f"1|{move.pk}|{move.merchant_id}|{move.member_id}|earn|100|{at}|2026-01-25|{at}|{move.purchase_id}|||"
        f"{move.version_id}|{lot.pk}|{lot.merchant_id}|{lot.member_id}|100|{at}|{lot.expires_on}|"
    )
    assert canon.instant_text(SEALED_AT) == "2026-01-25 12:00:00.25"


def test_a_moved_last_day_leaves_the_seal_of_its_lot_as_it_was(books: Books) -> None:
    books.earn(100)
    seal_now()
    lot = Lot.objects.get()
    assert lot.expires_on is not None
    until = lot.expires_on + timedelta(days=30)
    LotExtension.objects.create(
        lot=lot, why="pause", from_day=lot.expires_on, until_day=until, recorded_at=books.now
    )
    Lot.objects.update(expires_on=until)
    assert differences() == []
    assert seal_now() == 1
    assert differences() == []


def test_a_long_backlog_is_sealed_in_chunks_and_patience_is_kept(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.seals.sealing.CHUNK", {"sqlite": 2, "postgresql": 2})
    for _order in range(5):
        books.earn(100)
    ticks = iter([SEALED_AT + timedelta(seconds=seconds) for seconds in range(60)])
    assert seal(clock=lambda: next(ticks), patience=timedelta(seconds=1)) == 2
    assert seal(clock=lambda: SEALED_AT) == 3
    assert SealBlock.objects.count() == 3
    assert unsealed() == 0


@contextmanager
def another_connection() -> Iterator[Any]:
    """A second real connection to this test's database, in a transaction of its own."""
    other = connections["default"].copy()
    try:
        with transaction.atomic():
            pass
        other.set_autocommit(False)
        yield other
        other.commit()
    finally:
        other.close()


COPY = """INSERT INTO ledger_movement (id, merchant_id, member_id, kind, points, occurred_at, business_date,
    recorded_at, reasons, actor) SELECT {id}, merchant_id, member_id, 'adjust', points, occurred_at,
    business_date, recorded_at, reasons, actor FROM ledger_movement ORDER BY id LIMIT 1"""


@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_sealed_in_a_later_block() -> None:
    """Two connections draw ids 1, 2 and commit 2, 1: nothing is skipped, no horizon passes the late one."""
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite writers follow one another")
    books = Books(open_shop("oasis", "0501234567").member)
    books.earn(100)
    seal_now()
    with another_connection() as late:
        with late.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")  # the balance a real writer takes first
            cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_movement', 'id'))")
            (early_id,) = cursor.fetchone()
            cursor.execute(COPY.format(id=early_id))
        books.earn(200)
        newest = Movement.objects.latest("pk").pk
        assert newest > early_id
        for _pass in range(3):
            seal_now()
        assert SealEntry.objects.filter(kind=1, row_id=newest).exists()
        assert not SealEntry.objects.filter(kind=1, row_id=early_id).exists()
        assert SealHorizon.objects.get(kind=1).sealed_to < early_id
    assert seal_now() == 1
    assert SealEntry.objects.get(kind=1, row_id=early_id).block.number == 3


@pytest.mark.django_db(transaction=True)
def test_a_second_sealer_leaves_and_postings_wait_for_neither() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite every writer waits for every other, a tenth of a second at most")
    books = Books(open_shop("oasis", "0501234567").member)
    books.earn(100)
    seal_now()
    with another_connection() as first:
        with first.cursor() as cursor:
            cursor.execute("SELECT * FROM ledger_sealhorizon FOR UPDATE")
        books.earn(200)
        assert seal(clock=lambda: SEALED_AT) == 0
        assert unsealed() == 1
    assert seal(clock=lambda: SEALED_AT) == 1


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain() -> None:
    books = Books(open_shop("oasis", "0501234567").member)
    for _order in range(20):
        books.earn(100)
    start = threading.Barrier(2)

    def sealer() -> None:
        start.wait()
        seal(clock=lambda: SEALED_AT)
        connections.close_all()

    threads = [threading.Thread(target=sealer) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_now()
    assert SealEntry.objects.filter(kind=1).count() == 20
    assert differences() == []


def test_a_restored_database_does_not_trust_the_transactions_of_another_cluster(books: Books) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no transaction ids")
    books.earn(100)
    seal_now()
    SealHorizon.objects.filter(kind=1).update(candidate=10**9, candidate_xid=1, cluster="another")
    books.earn(100)
    seal_now()
    assert SealHorizon.objects.get(kind=1).sealed_to <= Movement.objects.latest("pk").pk
    assert unsealed() == 0


def test_a_shop_without_movements_has_nothing_to_seal(shop: Shop) -> None:
    assert seal_now() == 0
    by_hand()
    assert differences() == []
