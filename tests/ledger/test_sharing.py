"""Work shared out by rows: claimed by one, taken over from the dead, done once, with progress to read."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from random import Random
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from kombu import Connection as Broker

from ledger import tasks
from ledger.bulk import codes, passing, sharing, sweeping
from ledger.bulk.sharing import CLAIM, Job
from ledger.errors import CodeSpent
from ledger.models import LotUse, Movement, Redemption, WorkShard
from ledger.models.redemptions import RedemptionState
from ledger.models.work import Work
from ledger.posting import post
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.test_sweeping import NOW, lives, said

FORK = multiprocessing.get_context("fork")
PATIENCE = 60.0
EXPIRY = replace(sweeping.EXPIRY, most=4)
JOBS = {EXPIRY.work.value: EXPIRY}


def work(shop: Shop, jobs: dict[str, Job] | None = None) -> int:
    return sharing.work(jobs or JOBS, clock=lambda: NOW, merchant=shop.merchant)


def left(shop: Shop) -> int:
    return WorkShard.objects.filter(merchant=shop.merchant, finished_at=None).count()


@pytest.fixture
def small(monkeypatch: Any) -> None:
    """Two changes in each transaction."""
    monkeypatch.setattr(passing, "CHUNK", {"sqlite": 2, "postgresql": 2})


@pytest.fixture
def shops(transactional_db: None) -> tuple[Shop, Shop]:
    """Two shops with the same lives."""
    one, other = open_shop("oasis", "0501234567"), open_shop("mirage", "0507654321")
    return one, other


def between(pipe: Connection) -> Iterator[None]:
    """Die after a piece was written, before anybody was told."""
    honest = sharing._advance

    def dying(*_told: Any, **_values: Any) -> None:
        sharing._advance = honest
        stop_here(pipe)

    sharing._advance = dying
    yield


def within(pipe: Connection) -> Iterator[None]:
    """Die in the middle of a transaction, when the first deaths are written."""

    def dying(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if ("INSERT INTO" in sql and "ledger_lotuse" in sql) or sql.startswith("COPY"):
            stop_here(pipe)
        return answer

    with connection.execute_wrapper(dying):
        yield


def stop_here(pipe: Connection) -> None:
    pipe.send("here")
    pipe.recv()


def die_at(where: Callable[[Connection], Iterator[None]], shop: Shop) -> None:
    """Let a process work until it stands where it is to die, and ``kill -9`` it there."""
    ours, theirs = FORK.Pipe()

    def life() -> None:
        connections.close_all()
        for _moment in where(theirs):
            work(shop)

    connections.close_all()
    process = FORK.Process(target=life, daemon=True)
    process.start()
    assert ours.poll(PATIENCE), "the worker never came to its place"
    assert ours.recv() == "here"
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.processes
@pytest.mark.parametrize("where", [between, within])
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    shops: tuple[Shop, Shop], small: None, where: Callable[[Connection], Iterator[None]]
) -> None:
    one, other = shops
    quiet, restless = lives(one, 21), lives(other, 21)
    sweeping.sweep(merchant=one.merchant, now=NOW)
    shards = sharing.share(EXPIRY, other.merchant, NOW)
    assert shards > 2
    die_at(where, other)
    work(other)
    held = WorkShard.objects.get(merchant=other.merchant, finished_at=None)
    assert (held.attempts, held.claimed_until) == (1, NOW + CLAIM)
    WorkShard.objects.filter(pk=held.pk).update(claimed_until=NOW - timedelta(seconds=1))
    work(other)
    assert left(other) == 0
    assert said(restless) == said(quiet)
    assert sharing.share(EXPIRY, other.merchant, NOW) == 0
    prove(other.merchant)


@pytest.mark.processes
def test_several_workers_do_every_shard_once(shops: tuple[Shop, Shop], small: None) -> None:
    one, other = shops
    alone, together = lives(one, 22), lives(other, 22)
    points = sweeping.sweep(merchant=one.merchant, now=NOW)
    shards = sharing.share(EXPIRY, other.merchant, NOW)
    connections.close_all()
    workers = [FORK.Process(target=_work_alone, args=(other,), daemon=True) for _hand in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.exitcode == 0
    done = WorkShard.objects.filter(merchant=other.merchant, finished_at=NOW, attempts=1)
    assert (done.count(), sum(done.values_list("result", flat=True))) == (shards, points)
    assert said(together) == said(alone)
    prove(other.merchant)


def _work_alone(shop: Shop) -> None:
    connections.close_all()
    work(shop)
    connections.close_all()


def test_who_was_thought_dead_stops_and_the_other_goes_on(shop: Shop, small: None) -> None:
    people = lives(shop, 23)
    sharing.share(EXPIRY, shop.merchant, NOW)

    def overtaken(shard: WorkShard, clock: sharing.Clock) -> Iterator[tuple[int, int]]:
        yield from EXPIRY.bring(shard, clock)
        WorkShard.objects.filter(pk=shard.pk).update(claimed_until=NOW - CLAIM)
        if shard.attempts == 1:
            work(shop)
            assert WorkShard.objects.get(pk=shard.pk).finished_at == NOW

    work(shop, {EXPIRY.work.value: replace(EXPIRY, bring=overtaken)})
    assert left(shop) == 0
    assert {shard.attempts for shard in WorkShard.objects.all()} == {2, 1} or WorkShard.objects.count() == 1
    assert sum(books.available for books in people) >= 0
    prove(shop.merchant)


def test_what_fails_five_times_is_left_for_a_person_and_holds_up_nobody(transactional_db: None) -> None:
    shop = open_shop("oasis", "0501234567")
    lives(shop, 24)
    sharing.share(EXPIRY, shop.merchant, NOW)
    poisoned = WorkShard.objects.earliest("pk")

    def poison(shard: WorkShard, clock: sharing.Clock) -> Iterator[tuple[int, int]]:
        if shard.pk == poisoned.pk:
            raise ZeroDivisionError
        yield from EXPIRY.bring(shard, clock)

    for _attempt in range(sharing.ATTEMPTS):
        with pytest.raises(ZeroDivisionError):
            work(shop, {EXPIRY.work.value: replace(EXPIRY, bring=poison)})
        assert left(shop) == 1
        WorkShard.objects.update(claimed_until=NOW - CLAIM)
    assert work(shop) == 0
    (run,) = sharing.newest_runs(shop.merchant, NOW)
    assert (run.given_up, run.finished, run.held, run.ended_at) == (1, run.shards - 1, 0, None)
    assert sweeping.sweep(merchant=shop.merchant, now=NOW) > 0
    (run,) = sharing.newest_runs(shop.merchant, NOW)
    assert (run.given_up, run.percent) == (0, 100)


def test_what_is_shared_out_is_not_shared_out_again_and_old_runs_go(shop: Shop) -> None:
    lives(shop, 25)
    assert sharing.share(EXPIRY, shop.merchant, NOW) > 1
    assert sharing.share(EXPIRY, shop.merchant, NOW) == 0
    work(shop)
    WorkShard.objects.update(cut_at=NOW - sharing.KEPT - timedelta(days=1))
    assert sharing.purge(now=NOW) == 0
    sharing.share(sweeping.TIERS, shop.merchant, NOW)
    WorkShard.objects.create(merchant=shop.merchant, work=Work.EXPIRY, run=2, place=0, cut_at=NOW)
    assert sharing.purge(now=NOW) > 1
    assert not WorkShard.objects.filter(work=Work.EXPIRY, run=1).exists()


def with_codes(shop: Shop, seed: int) -> list[Books]:
    """Members with codes that ran out: one, several, none; of lots that died, and with tiers that end."""
    people, draw = lives(shop, seed), Random(seed)
    for number, books in enumerate(people):
        for _code in range(draw.randrange(3)):
            if books.available >= 500:
                books.issue(500)
        if number % 4 == 0:
            books.now = NOW - timedelta(days=1)
            books.buy(90_000, key=f"late-{number}", quiet=True, award=True)
            books.issue(500)
    return people


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_rule_19_codes_closed_together_are_as_if_closed_one_by_one(db: None, seed: int) -> None:
    one, many = open_shop("oasis", "0501234567"), open_shop("mirage", "0507654321")
    first, second = with_codes(one, seed), with_codes(many, seed)
    ran_out = Redemption.objects.filter(state=RedemptionState.RESERVED, expires_at__lte=NOW)
    singles = list(ran_out.filter(merchant=one.merchant).order_by("member_id", "pk"))
    for code in singles:
        post(codes._event(code, NOW), now=NOW)
    assert codes.expire_redemptions(now=NOW) == len(singles) > 3
    assert said(second) == said(first)
    assert closed(many) == closed(one)
    assert codes.expire_redemptions(now=NOW) == 0
    prove(one.merchant)
    prove(many.merchant)


def closed(shop: Shop) -> list[Any]:
    """What the codes of a shop say, and which of their points returned."""
    rows = Redemption.objects.filter(merchant=shop.merchant).order_by("pk")
    back = LotUse.objects.filter(movement__merchant=shop.merchant, movement__kind="return").order_by("pk")
    return [
        *rows.values_list("state", "points", "closed_at", "closed_by", "expires_at"),
        *sorted(back.values_list("points", "recorded_at", "lot__points", "lot__earned_at")),
    ]


def test_a_code_used_at_the_till_meanwhile_stays_used(shop: Shop, monkeypatch: Any) -> None:
    books = [Books(shop.member), another(shop.merchant, "0500000001")]
    for each in books:
        each.earn(1_000)
        each.issue(500, minutes=5)
    now = books[0].now + timedelta(hours=1)
    honest, raced = codes._read, iter([books[0]])

    def read(*told: Any) -> Any:
        known = honest(*told)
        for each in raced:
            each.close(Redemption.objects.get(member=each.member).code)
        return known

    monkeypatch.setattr(codes, "_read", read)
    assert codes.expire_redemptions(now=now) == 1
    states = Redemption.objects.order_by("member_id").values_list("state", flat=True)
    assert list(states) == [RedemptionState.USED, RedemptionState.EXPIRED]
    with pytest.raises(CodeSpent):
        books[1].close(Redemption.objects.get(member=books[1].member).code)
    prove(shop.merchant)


def test_a_task_calls_others_to_what_it_shares_out(shop: Shop, monkeypatch: Any) -> None:
    lives(shop, 26)
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    monkeypatch.setitem(tasks.JOBS, EXPIRY.work.value, EXPIRY)
    monkeypatch.setattr(sweeping, "EXPIRY", EXPIRY)
    with Broker("memory://") as broker:
        queue = broker.SimpleQueue("celery")
        queue.clear()
        assert tasks.sweep_expiry() > 0
        shards = WorkShard.objects.count()
        called = [queue.get_nowait().headers["task"] for _message in range(queue.qsize())]
    others = 0 if connection.vendor == "sqlite" else min(shards, sharing.AT_ONCE) - 1
    assert called == ["ledger.tasks.work_shards"] * others
    assert left(shop) == 0
    assert Movement.objects.filter(kind="expire", recorded_at=NOW).exists()
    assert tasks.work_shards(alone=True) == 0
    prove(shop.merchant)
