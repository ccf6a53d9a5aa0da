"""A sweep over many members is what posting one by one would write, whoever does it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db.models import Model

from accounts.errors import WalaaError
from accounts.models import OutboxEvent
from ledger.bulk import passing
from ledger.bulk.burying import Burial, bury, can_bury
from ledger.bulk.renewing import Renewal, can_renew, renew_plainly
from ledger.bulk.shards import Shard, cut
from ledger.bulk.sharing import newest_runs
from ledger.bulk.sweeping import renew, sweep
from ledger.events import PointsExpired
from ledger.models import (
    Balance,
    ExpiryNotice,
    Lot,
    LotExtension,
    LotUse,
    Movement,
    PendingAward,
    TierPeriod,
)
from ledger.models.work import Work
from ledger.posting import post
from ledger.writing import writer
from programs.queries import timeline
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.merged import merge
from tests.ledger.tiers import counting

NOW = datetime(2026, 11, 15, 9, tzinfo=UTC)
IDS = {
    "id",
    "refund",
    "redemption",
    "merchant",
    "member",
    "purchase",
    "movement",
    "lot",
    "version",
    "external_id",
    "grace_of",
}
TABLES: tuple[tuple[type[Model], str], ...] = (
    (Movement, "member"), (Lot, "member"), (LotUse, "lot__member"), (Balance, "member"),
    (TierPeriod, "member"), (LotExtension, "lot__member"), (PendingAward, "member"),
)  # fmt: skip


def lives(shop: Shop, seed: int, members: int = 12) -> list[Books]:
    """Members of all kinds: with dead lots of several days, debts, spent lots, tiers that are over."""
    random, people = Random(seed), []
    for number in range(members):
        books = another(shop.merchant, f"05000001{number:02}")
        people.append(books)
        books.now = NOW - timedelta(days=random.randrange(400, 700))
        for order in range(random.randrange(1, 6)):
            books.buy(random.randrange(1_000, 300_000), key=f"{number}-{order}", quiet=True, award=True)
            books.wait(days=random.randrange(1, 60))
        if number % 3 == 0:
            take_back(books, f"{number}-0")
        if number % 4 == 1:
            books.adjust(random.randrange(100, 400))
        if number % 5 == 2:
            fail_the_alert(books)
    return people


def take_back(books: Books, order: str) -> None:
    """Spend, then bring goods back, so that something may be owed."""
    try:
        books.issue(500)
    except WalaaError:
        return
    books.refund(order, 900)


def fail_the_alert(books: Books) -> None:
    """Record that the alert for the member's first lot could not be delivered."""
    lot = Lot.objects.filter(member=books.member).earliest("expires_on")
    assert lot.expires_on
    ExpiryNotice.objects.create(
        member=books.member, expires_on=lot.expires_on, points=lot.points, deliverable=False, at=books.now
    )


def said(people: list[Books]) -> dict[str, Any]:
    """What every table says of every member, without ids."""
    found: dict[str, Any] = {}
    for number, books in enumerate(people):
        for model, path in TABLES:
            names = [field.name for field in model._meta.concrete_fields if field.name not in IDS]
            rows = model._default_manager.filter(**{path: books.member})
            found[f"{number} {model.__name__}"] = sorted(rows.values_list(*names), key=repr)
        uses = LotUse.objects.filter(lot__member=books.member, movement__kind="expire")
        found[f"{number} use"] = sorted(
            uses.values_list("lot__earned_at", "lot__points", "movement__business_date", "points")
        )
        news = OutboxEvent.objects.filter(member_id=books.member.pk, created_at=NOW)
        found[f"{number} news"] = sorted((told(event) for event in news), key=repr)
    return found


def told(event: OutboxEvent) -> tuple[str, dict[str, Any]]:
    """A piece of news without ids and drawn codes."""
    drawn = ("code", "redemption_id", "movement_id")
    return event.topic, {name: fact for name, fact in event.payload.items() if name not in drawn}


def one_by_one(people: list[Books]) -> None:
    """Let time pass for each member by an event of their own."""
    for books in people:
        post(
            PointsExpired(
                merchant_id=books.merchant.pk, member_id=books.member.pk, occurred_at=NOW, source="system",
                key="", actor="system",
            ),
            now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_rule_24_a_sweep_writes_what_expiring_one_by_one_writes(db: None, seed: int) -> None:
    one, many = open_shop("oasis", "0501234567"), open_shop("mirage", "0507654321")
    first, second = lives(one, seed), lives(many, seed)
    one_by_one([books for books in first if Lot.objects.filter(member=books.member, remaining__gt=0)])
    points = sweep(merchant=many.merchant, now=NOW)
    swept, posted = said(second), said(first)
    dead = [
        number
        for number, books in enumerate(first)
        if Movement.objects.filter(member=books.member, kind="expire", recorded_at=NOW).exists()
    ]
    for name in posted:
        if int(name.split()[0]) in dead:
            assert swept[name] == posted[name], name
    died = Movement.objects.filter(kind="expire", recorded_at=NOW)
    assert -sum(died.filter(merchant=many.merchant).values_list("points", flat=True)) == points > 0
    assert LotExtension.objects.filter(lot__merchant=many.merchant).exists()
    assert sweep(merchant=many.merchant, now=NOW) == 0
    prove(one.merchant)
    prove(many.merchant)


@pytest.mark.parametrize("seed", [5, 6])
def test_the_database_sweeps_as_the_planner_would(db: None, seed: int) -> None:
    one, many = open_shop("oasis", "0501234567"), open_shop("mirage", "0507654321")
    first, second = lives(one, seed), lives(many, seed)
    assert sweep(merchant=one.merchant, now=NOW, planned=True) == sweep(merchant=many.merchant, now=NOW)
    assert said(first) == said(second)


def test_the_database_buries_the_plain_and_leaves_the_others(shop: Shop) -> None:
    if not can_bury():
        pytest.skip("only PostgreSQL knows how")
    people = [books for books in lives(shop, 9) if books.available]
    burial = Burial(shop.merchant, NOW.date(), "bronze", "system", NOW)
    points, buried = bury(burial, sorted(books.member.pk for books in people))
    assert points > 0
    assert 0 < len(buried) < len(people)
    assert bury(burial, buried) == (0, [])
    prove(shop.merchant)


def test_a_member_who_moves_during_the_sweep_is_planned_again(shop: Shop, monkeypatch: Any) -> None:
    people = lives(shop, 7)
    raced = iter([books for books in people if books.available])
    honest: Callable[..., Any] = writer.write

    def write(postings: Any) -> Any:
        books = next(raced, None)
        if books is not None:
            books.now = NOW
            books.adjust(10)
        return honest(postings)

    monkeypatch.setattr(passing, "write", write)
    assert sweep(merchant=shop.merchant, now=NOW, planned=True) > 0
    assert sweep(merchant=shop.merchant, now=NOW) == 0
    prove(shop.merchant)


def test_rule_27_a_lot_long_dead_gets_its_one_grace_even_where_a_posting_buries_twice(shop: Shop) -> None:
    books = Books(shop.member)
    books.earn(500)
    fail_the_alert(books)
    books.now = NOW + timedelta(days=400)
    assert books.adjust(10).available == 10
    assert LotExtension.objects.count() == 1
    prove(shop.merchant)


def test_rule_33_renewal_is_shared_out_and_finds_everybody_once(shop: Shop) -> None:
    lives(shop, 8)
    due = renew(merchant=shop.merchant, now=NOW)
    assert due
    (tiers,) = [run for run in newest_runs(shop.merchant, NOW) if run.work == Work.TIERS]
    assert (tiers.size, tiers.done, tiers.result, tiers.percent) == (due, due, due, 100)
    assert renew(merchant=shop.merchant, now=NOW) == 0
    prove(shop.merchant)


def test_members_are_cut_into_ranges_of_about_the_same_work() -> None:
    assert cut([]) == []
    assert cut([(1, 3), (2, 3), (7, 5), (9, 1)], most=6) == [Shard(1, 2, 6), Shard(7, 9, 6)]
    assert cut([(1, 60), (2, 1)], most=6) == [Shard(1, 1, 60), Shard(2, 2, 1)]


@pytest.mark.parametrize("basis", ["spend", "points", "visits"])
@pytest.mark.parametrize("terms", [{}, {"tier_window": "calendar_year", "tier_renewal": "recompute"}])
def test_the_database_renews_as_the_planner_would(db: None, basis: str, terms: dict[str, Any]) -> None:
    one = counting(basis, "oasis", "0501234567", **terms)
    many = counting(basis, "mirage", "0507654321", **terms)
    shops = [Shop(books.merchant, None, None, {}, books.member, {}) for books in (one, many)]  # type: ignore[arg-type]
    first, second = (lives(shop, 10) for shop in shops)
    nights = [NOW - timedelta(days=120), NOW, NOW + timedelta(days=250)]
    for night in nights:
        due = renew(merchant=one.merchant, now=night, planned=True)
        assert renew(merchant=many.merchant, now=night) == due
        assert said(first) == said(second)
    prove(one.merchant)
    prove(many.merchant)


def test_the_database_renews_the_plain_and_leaves_the_others(db: None) -> None:
    if not can_renew():
        pytest.skip("only PostgreSQL knows how")
    shop = open_shop("oasis", "0501234567", expiry_months=60)
    people = [books for books in lives(shop, 9) if TierPeriod.objects.filter(member=books.member).exists()]
    night = NOW + timedelta(days=60)
    waits = people[0]
    waits.now = night - timedelta(days=1)
    merge(waits, people[1])
    renewal = Renewal(shop.merchant, timeline(shop.merchant).terms[-1], night.date(), night)
    ids = sorted(books.member.pk for books in people)
    done = renew_plainly(renewal, ids)
    assert 0 < len(done) < len(ids)
    assert waits.member.pk not in done
    assert renew_plainly(renewal, done) == []
    prove(shop.merchant)
