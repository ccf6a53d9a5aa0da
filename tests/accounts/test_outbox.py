"""News travels up: once per handler, in the order of a member's events, and visibly stuck when it cannot."""

import itertools
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts import outbox
from accounts.models import Merchant, OutboxDelivery, OutboxEvent
from accounts.models.outbox import DeliveryState

heard: list[tuple[str, int, int]] = []
broken: set[str] = set()


def _hear(name: str, event: OutboxEvent) -> None:
    if name in broken:
        raise RuntimeError(f"+966501234567 {name}")
    heard.append((name, event.member_id or 0, int(event.payload["n"])))


def first(event: OutboxEvent, now: datetime) -> None:
    _hear("first", event)


def second(event: OutboxEvent, now: datetime) -> None:
    _hear("second", event)


@pytest.fixture(autouse=True)
def wiring() -> Iterator[None]:
    before = dict(outbox._handlers)
    heard.clear()
    broken.clear()
    outbox.install({"told": [first, second], "unheard": []})
    yield
    outbox._handlers.clear()
    outbox._handlers.update(before)


def tell(
    shop: Merchant, now: datetime, n: int, member_id: int | None = 1, topic: str = "told"
) -> OutboxEvent:
    return outbox.append(merchant_id=shop.pk, topic=topic, member_id=member_id, now=now, payload={"n": n})


def test_every_handler_hears_every_event_once(shop: Merchant, now: datetime) -> None:
    for n in range(3):
        tell(shop, now, n)
    for minute in range(5):
        outbox.relay(now=now + timedelta(minutes=minute))
    assert sorted(heard) == [(name, 1, n) for name in ("first", "second") for n in range(3)]
    assert not OutboxDelivery.objects.exclude(state=DeliveryState.DONE).exists()


def test_news_of_a_transaction_that_failed_is_no_news(shop: Merchant, now: datetime) -> None:
    def fail() -> None:
        with transaction.atomic():
            tell(shop, now, 0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    outbox.relay(now=now)
    assert heard == []


def test_a_members_news_comes_in_the_order_of_events(shop: Merchant, now: datetime) -> None:
    for n in range(4):
        tell(shop, now, n, member_id=1 + n % 2)
    for minute in range(4):
        outbox.relay(now=now + timedelta(minutes=minute))
    for member_id in (1, 2):
        for name in ("first", "second"):
            told = [n for who, member, n in heard if (who, member) == (name, member_id)]
            assert told == sorted(told)
            assert len(told) == 2


def test_a_handler_that_fails_holds_up_its_own_member_alone(shop: Merchant, now: datetime) -> None:
    tell(shop, now, 0, member_id=1)
    broken.add("first")
    outbox.relay(now=now)
    broken.clear()
    tell(shop, now, 1, member_id=1)
    tell(shop, now, 2, member_id=2)
    outbox.relay(now=now + timedelta(seconds=1))  # before the first retry is due
    assert ("first", 1, 1) not in heard
    assert {("first", 2, 2), ("second", 1, 1), ("second", 2, 2)} <= set(heard)
    for minute in (5, 6):
        outbox.relay(now=now + timedelta(minutes=minute))
    assert [n for who, member, n in heard if (who, member) == ("first", 1)] == [0, 1]


def test_a_failing_delivery_is_tried_less_and_less_often_and_ends_stuck_in_sight(
    shop: Merchant, now: datetime
) -> None:
    tell(shop, now, 0)
    broken.add("first")
    moment, tries = now, []
    for _round in range(20_000):
        before = (
            OutboxDelivery.objects.filter(handler__endswith="first")
            .values_list("attempts", flat=True)
            .first()
        )
        outbox.relay(now=moment)
        delivery = OutboxDelivery.objects.get(handler__endswith="first")
        if delivery.attempts != before:
            tries.append(moment)
        if delivery.state == DeliveryState.STUCK:
            break
        moment = max(delivery.due_at, moment + timedelta(seconds=1))
    gaps = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert len(tries) == outbox.MAX_ATTEMPTS
    assert gaps == sorted(gaps)
    assert delivery.last_error == "RuntimeError"  # never the text, which may quote a person
    tell(shop, moment, 1)
    broken.clear()
    outbox.relay(now=moment + timedelta(minutes=1))
    assert ("first", 1, 1) in heard  # what is stuck is out of the way of the next


def test_a_delivery_whose_worker_died_is_taken_up_again(shop: Merchant, now: datetime) -> None:
    tell(shop, now, 0)
    outbox.fan_out(now=now)
    taken = outbox.claim(now=now, limit=10)  # and the worker is killed here
    assert len(taken) == 2
    assert outbox.relay(now=now + outbox.CLAIM - timedelta(seconds=1)) == 0
    assert outbox.relay(now=now + outbox.CLAIM + timedelta(seconds=1)) == 2


def test_an_event_nobody_waits_for_needs_no_rows(shop: Merchant, now: datetime) -> None:
    tell(shop, now, 0, topic="unheard")
    outbox.relay(now=now)
    assert not OutboxDelivery.objects.exists()
    assert not OutboxEvent.objects.filter(is_fanned_out=False).exists()


@pytest.mark.django_db(transaction=True)
def test_relays_side_by_side_deliver_everything_once(now: datetime) -> None:
    shop = Merchant.objects.create(slug="oasis", name_ar="م", name_en="O")
    for n in range(30):
        tell(shop, now, n, member_id=n)
    start = threading.Barrier(4)

    def relay() -> None:
        start.wait()
        for _round in range(3):
            outbox.relay(now=now)
        connection.close()

    threads = [threading.Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == sorted((name, n, n) for name in ("first", "second") for n in range(30))


def test_a_sieve_keeps_from_a_handler_what_it_need_not_hear(shop: Merchant, now: datetime) -> None:
    outbox.install({"told": [first, second]}, {second: lambda events: {events[-1].pk}})
    for n in (1, 2):
        tell(shop, now, n)
    assert outbox.relay(now=now) + outbox.relay(now=now) == 3
    assert sorted(heard) == [
        ("first", 1, 1), ("first", 1, 2), ("second", 1, 2),
    ]  # fmt: skip
    assert OutboxDelivery.objects.count() == 3


def test_a_bulk_of_one_merchant_does_not_stand_before_anothers_news(shop: Merchant, now: datetime) -> None:
    """Whoever came first and however much it is: of what is taken at once, each merchant has its share."""
    rival = Merchant.objects.create(slug="mirage", name_ar="م", name_en="M")
    for n in range(60):
        tell(shop, now, n, member_id=n)
    for n in range(3):
        tell(rival, now, n, member_id=1_000 + n)
    assert outbox.relay(now=now, limit=20) == 20
    theirs = [member for _who, member, _n in heard if member >= 1_000]
    assert sorted(theirs) == [1_000, 1_000, 1_001, 1_001, 1_002, 1_002], "all of theirs, in the first round"
    assert len(heard) == 20, "and what they left over is the bulk's"


def test_shares_are_equal_where_everybody_has_much(shop: Merchant, now: datetime) -> None:
    others = [Merchant.objects.create(slug=f"m{n}", name_ar="م", name_en="M") for n in range(2)]
    for place, merchant in enumerate((shop, *others)):
        for n in range(20):
            tell(merchant, now, n, member_id=100 * place + n)
    outbox.relay(now=now, limit=30)
    told = [member // 100 for _who, member, _n in heard]
    assert [told.count(place) for place in range(3)] == [10, 10, 10]


def test_a_nudge_goes_on_until_nothing_is_due_or_its_time_is_over(shop: Merchant, now: datetime) -> None:
    for n in range(150):
        tell(shop, now, n, member_id=n % 10)
    ticks = (now + timedelta(seconds=tick) for tick in itertools.count())
    assert outbox.drain(clock=lambda: next(ticks), patience=timedelta(seconds=5)) < 300
    assert outbox.drain(clock=lambda: now + timedelta(minutes=1), patience=timedelta(seconds=5)) > 0
    assert len(heard) == 300
    for member in range(10):
        for name in ("first", "second"):
            order = [n for who, about, n in heard if (who, about) == (name, member)]
            assert order == sorted(order)
