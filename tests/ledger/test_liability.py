"""RULES 45: what the points that are out will cost, tied to the books, and the journal of it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, Sum
from django.test.utils import CaptureQueriesContext

from accounts.errors import WalaaError
from accounts.models import Merchant
from ledger.bulk.sweeping import sweep
from ledger.errors import InTheFuture
from ledger.events import PointsAdjusted
from ledger.liability.figures import Liability, liability
from ledger.liability.journals import ACCOUNTS, LIABILITY, accounts_of, journal
from ledger.models import Balance, Lot, LotExtension
from ledger.posting import post
from programs.lifecycle import pause
from programs.models import NegativePolicy
from tests.cast import Shop
from tests.ledger.books import Books, another
from tests.ledger.test_sequences import Story

OpenBooks = Callable[..., Books]


def report(books: Books, day: date | None = None) -> Liability:
    """The report as of the end of a day, or as of the books' now."""
    as_of = day or books.now.astimezone(books.merchant.timezone).date()
    return liability(books.merchant, as_of=as_of, now=books.now)


def test_rule_45_a_million_points_at_80_percent_are_40000_riyals(books: Books) -> None:
    for member in range(4):
        rich = another(books.merchant, f"05511122{member:02}")
        post(PointsAdjusted(**rich.said("a", None, None), points=250_000, reason="x"), now=rich.now)
    found = report(books)
    assert (found.outstanding, found.worth_minor) == (1_000_000, 5_000_000)
    assert found.expected_minor == 4_000_000
    assert found.breakage_minor == 1_000_000
    assert (found.low_minor, found.use.is_proven) == (None, False)
    (bucket,) = found.buckets
    assert (bucket.month, bucket.points, bucket.expected_minor) == (date(2027, 1, 1), 1_000_000, 4_000_000)


def live(books: Books, seed: int, months: int, snapshots: dict[date, tuple[int, int, int]]) -> None:
    """Live some months at random; ``snapshots`` keep how each day ended: outstanding, owed, waiting."""
    draw, story = Random(seed), Story(books)
    until = books.now + timedelta(days=30 * months)
    while books.now < until:
        for _step in range(draw.randrange(1, 5)):
            tell(story, a_step(draw))
        day = books.now.astimezone(books.merchant.timezone).date()
        balances = Balance.objects.filter(merchant=books.merchant)
        left = Lot.objects.filter(Q(expires_on__isnull=True) | Q(expires_on__gt=day), merchant=books.merchant)
        snapshots[day] = tuple(
            rows.aggregate(total=Sum(field))["total"] or 0
            for rows, field in ((left, "remaining"), (balances, "owed"), (balances, "pending"))
        )  # type: ignore[assignment]
        tell(story, ("wait", draw.choice([1, 2, 9, 17])))
        if draw.random() < 0.6:
            tell(story, ("night",))


def tell(story: Story, step: tuple[Any, ...]) -> None:
    """Do a step; what the rules refuse does not happen."""
    with suppress(WalaaError):
        getattr(story, step[0])(*step[1:])


def a_step(draw: Random) -> tuple[Any, ...]:
    steps: list[tuple[Any, ...]] = [
        ("buy", draw.randrange(1, 300_000)), ("buy", draw.randrange(1, 30_000)),
        ("buy_late", draw.randrange(1, 200_000), draw.randrange(1, 60)),
        ("refund", draw.randrange(3), draw.randrange(1, 200_000)), ("refund_all", draw.randrange(3)),
        ("issue", draw.choice([None, 500, 1000])), ("issue", 500),
        ("close", draw.randrange(3), draw.choice(["used", "cancelled"])),
        ("adjust", draw.choice([-300, -20, 45, 700])),
    ]  # fmt: skip
    return draw.choice(steps)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("life", [1, 3, None])
def test_rule_45_every_day_is_recomputed_as_it_was_and_every_month_ties(
    seed: int, life: int | None, open_books: OpenBooks
) -> None:
    policy = NegativePolicy.values[seed % 3]
    books = open_books(expiry_months=life, negative_policy=policy)
    snapshots: dict[date, tuple[int, int, int]] = {}
    live(books, seed, 5, snapshots)
    last_month_end = books.now.astimezone(books.merchant.timezone).date().replace(day=1) - timedelta(days=1)
    for day, (outstanding, owed, waiting) in list(snapshots.items())[::6]:
        found = report(books, day)
        assert (found.outstanding, found.period.owed, found.waiting.points) == (outstanding, owed, waiting)
        assert found.period.outstanding == outstanding
    found = report(books)
    assert_ties(found)
    before = report(books, last_month_end)
    assert_ties(before)
    live(books, seed + 100, 1, {})  # later postings, late orders and refunds of old ones among them
    assert report(books, last_month_end) == before
    sweep(merchant=books.merchant, now=books.now)
    balances = Balance.objects.filter(merchant=books.merchant).aggregate(a=Sum("available"), o=Sum("owed"))
    now = report(books)
    assert (now.outstanding, now.period.owed) == (balances["a"], balances["o"])


def assert_ties(found: Liability) -> None:
    """Rows add up to their totals, months follow one another, and the lots say what the movements say."""
    assert sum(bucket.points for bucket in found.buckets) == found.outstanding
    assert sum(bucket.worth_minor for bucket in found.buckets) == found.worth_minor
    assert sum(bucket.expected_minor for bucket in found.buckets) == found.expected_minor
    assert found.period.outstanding == found.outstanding
    for earlier, later in zip(found.periods, found.periods[1:], strict=False):
        assert earlier.closing == later.opening
    for period in found.periods:
        assert period.opening + period.flows.total == period.closing
        assert period.owed >= 0
        assert period.flows.lapsed <= 0


def test_rule_45_an_order_of_last_month_that_arrives_today_belongs_to_today(books: Books) -> None:
    books.go_to(2026, 3, 31, 23, 59)
    books.earn(100)
    books.go_to(2026, 4, 1, 0, 0)
    march = report(books, date(2026, 3, 31))
    books.buy(40_000, at=books.now - timedelta(days=3))
    assert report(books, date(2026, 3, 31)) == march
    assert (march.period.flows.earned, march.period.closing) == (100, 100)
    april = report(books)
    assert (april.period.opening, april.period.flows.earned, april.period.closing) == (100, 400, 500)


def test_rule_45_points_lapse_with_their_last_day_before_any_sweep(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=1)
    books.go_to(2026, 1, 28)
    books.earn(300)
    books.go_to(2026, 2, 28, 23, 59)
    assert report(books).outstanding == 300
    books.go_to(2026, 3, 5)
    february = report(books, date(2026, 2, 28))
    assert (february.outstanding, february.period.flows.lapsed, february.buckets) == (0, -300, ())
    books.pass_time()
    assert report(books, date(2026, 2, 28)) == february
    assert report(books).period.flows.total == 0


def test_rule_45_points_that_never_die_stand_apart_and_months_in_order(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=12)
    books.adjust(70, expires=False)
    books.earn(300)
    books.go_to(2026, 3, 5)
    books.earn(200)
    months = [(bucket.month, bucket.points) for bucket in report(books).buckets]
    assert months == [(date(2027, 1, 1), 300), (date(2027, 3, 1), 200), (None, 70)]


def test_rule_45_a_pause_keeps_points_out(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=1)
    books.go_to(2026, 1, 10)
    books.earn(300)
    books.go_to(2026, 2, 5)
    pause(programme=books.merchant.programme, now=books.now)
    books.go_to(2026, 3, 20)
    assert report(books).outstanding == report(books, date(2026, 2, 28)).outstanding == 300


def test_rule_45_a_last_day_that_was_moved_later_stands_where_it_was_known_then(
    open_books: OpenBooks,
) -> None:
    books = open_books(expiry_months=2)
    books.go_to(2026, 1, 10)
    books.earn(300)
    books.go_to(2026, 2, 5)
    january = report(books, date(2026, 1, 31))
    lot = Lot.objects.get()
    until = date(2026, 5, 1)
    LotExtension.objects.create(
        lot=lot, why="pause", from_day=lot.expires_on, until_day=until, recorded_at=books.now
    )
    Lot.objects.update(expires_on=until)
    assert january.buckets[0].month == date(2026, 3, 1)
    assert report(books, date(2026, 1, 31)) == january
    assert report(books).buckets[0].month == date(2026, 5, 1)


def test_a_day_that_has_not_come_is_refused_and_an_empty_shop_is_not(books: Books, shop: Shop) -> None:
    with pytest.raises(InTheFuture):
        report(books, date(2026, 1, 26))
    found = report(books)
    assert (found.outstanding, found.expected_minor, found.buckets) == (0, 0, ())
    assert journal(found, opening_minor=0) == ()
    bare = Merchant.objects.create(slug="bare", name_ar="خام", name_en="Bare", currency="KWD")
    nothing = liability(bare, as_of=date(2026, 1, 1), now=books.now)
    assert (nothing.outstanding, nothing.worth_minor) == (0, 0)


def test_the_number_of_questions_does_not_grow(books: Books) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            report(books)
        return len(seen)

    books.earn(100)
    few = asked()
    for _month in range(6):
        books.wait(days=31)
        another(books.merchant, f"0551112{books.now.month:03}").earn(10)
        books.earn(700)
        books.issue(500)
    assert asked() == few <= 15


def test_rule_45_the_range_comes_from_the_merchants_own_history(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=1)
    for month in range(10):
        books.now = datetime(2025, 1 + month, 5, 9, tzinfo=UTC)
        books.adjust(3_000)
        books.issue(1_500 + 500 * (month % 3))
    books.now = datetime(2025, 12, 20, 9, tzinfo=UTC)
    books.adjust(1_000)
    found = report(books)
    # Ten months of 3,000; used 50, 67 and 83 % by turns.
    assert (found.use.cohorts, found.use.points) == (10, 30_000)
    assert round(float(found.use.share), 3) == 0.65
    assert found.low_minor is not None
    assert found.high_minor is not None
    assert found.low_minor < found.expected_minor == 3_250 < found.high_minor


@pytest.fixture
def month(books: Books) -> tuple[Liability, Liability]:
    """A month with everything in it: the reports before it and at its end."""
    books.earn(10_000)
    books.go_to(2026, 2, 10)
    books.buy(150_000, key="back")
    books.issue(2_000)
    books.refund("back", 50_000)
    books.adjust(77)
    books.go_to(2026, 3, 2)
    return report(books, date(2026, 1, 31)), report(books, date(2026, 2, 28))


def test_rule_45_the_journal_balances_and_carries_the_liability_over(
    month: tuple[Liability, Liability],
) -> None:
    before, after = month
    lines = journal(after, opening_minor=before.expected_minor)
    for entry in {line.entry for line in lines}:
        pair = [line for line in lines if line.entry == entry]
        assert sum(line.debit_minor for line in pair) == sum(line.credit_minor for line in pair) > 0
    assert all(bool(line.debit_minor) != bool(line.credit_minor) for line in lines)
    moved = sum(line.credit_minor - line.debit_minor for line in lines if line.account == LIABILITY)
    assert before.expected_minor + moved == after.expected_minor
    redeemed = next(line for line in lines if line.account == "redeemed")
    assert (redeemed.credit_minor, redeemed.points) == (10_000, -2_000)


def test_the_journal_speaks_in_the_merchants_accounts() -> None:
    chosen = accounts_of({"liability": {"code": "21-7", "name_en": "Points", "name_ar": ""}})
    assert (chosen["liability"].code, chosen["liability"].name_en) == ("21-7", "Points")
    assert chosen["liability"].name_ar == ACCOUNTS["liability"].name_ar
    assert chosen["granted"] == ACCOUNTS["granted"]
