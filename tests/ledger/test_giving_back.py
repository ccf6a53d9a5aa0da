"""What a refund gives back, and which tier it ends (RULES E 29, 31, 32)."""

from datetime import date

from ledger import topics
from ledger.bulk.sweeping import evaluate_tiers, sweep
from ledger.event import LineItem
from ledger.models import Lot, Refund, TierPeriod
from ledger.receipt import Receipt
from tests.ledger.books import Books
from tests.ledger.conftest import OpenBooks


def paid(books: Books, points: int, minor: int, key: str) -> Receipt:
    """Buy goods, part of them with points."""
    return books.buy(minor, key=key, redemption_codes=(books.issue(points).code,))


def two_lots(books: Books) -> None:
    """300 points that die first and 200 that die a day later."""
    books.adjust(300)
    books.wait(days=1)
    books.adjust(200)


def test_rule_29_spent_points_return_to_their_own_lots_in_proportion(books: Books) -> None:
    two_lots(books)
    assert paid(books, 500, 10000, "A-1").points == 75
    got = books.refund("A-1", 5000)
    assert (got.returned_points, got.points, got.available) == (250, -38, 250 + 37)
    assert books.lots() == [(300, 150), (200, 100), (75, 37)]
    got = books.refund("A-1", 5000)
    assert (got.returned_points, got.available) == (250, 500)
    assert books.lots() == [(300, 300), (200, 200), (75, 0)]
    assert Refund.objects.latest("id").returned_points == 250


def test_rule_29_slices_return_exactly_what_was_spent(books: Books) -> None:
    two_lots(books)
    paid(books, 500, 9999, "A-1")
    assert sum(books.refund("A-1", amount).returned_points for amount in [1111] * 9) == 500
    assert (books.available, books.balance.owed) == (500, 0)


def test_rule_29_shipping_that_comes_back_returns_no_points(books: Books) -> None:
    books.adjust(500)
    code = books.issue(500).code
    books.buy(LineItem(10000), LineItem(2000, kind="shipping"), key="A-1", redemption_codes=(code,))
    assert books.refund("A-1", lines={2: 2000}).returned_points == 0
    assert books.refund("A-1", lines={1: 10000}).returned_points == 500


def test_rule_29_a_lot_that_died_comes_back_with_one_grace_once(open_books: OpenBooks) -> None:
    books = open_books(expiry_months=1)
    books.adjust(500)
    paid(books, 500, 10000, "A-1")
    books.go_to(2026, 3, 10)
    books.refund("A-1", 4000)
    grace = Lot.objects.get(grace_of__isnull=False)
    assert (grace.points, grace.expires_on) == (200, date(2026, 4, 9))
    paid_again = books.buy(40000, key="A-2")
    assert paid_again.available == 200 - 30 + 400
    code = books.issue(500).code
    books.go_to(2026, 4, 12)
    books.close(code, "cancelled")
    assert Lot.objects.filter(grace_of__isnull=False).count() == 1 + 1
    assert Lot.objects.filter(grace_of=grace).count() == 0


def test_rule_31_ten_loops_paid_with_points_leave_what_there_was(books: Books) -> None:
    two_lots(books)
    for loop in range(10):
        paid(books, 500, 9999, f"A-{loop}")
        books.refund(f"A-{loop}", 9999)
    assert (books.available, books.balance.owed, books.balance.pending) == (500, 0, 0)
    assert books.lots()[:2] == [(300, 300), (200, 200)]


def test_rule_31_store_credit_claws_back_like_cash(books: Books) -> None:
    books.buy(9999, key="A-1")
    books.buy(9999, key="A-2")
    cash = books.refund("A-1", 9999)
    credit = books.refund("A-2", 9999, paid_as="store_credit")
    assert (cash.points, credit.points, books.available) == (-99, -99, 0)
    assert list(Refund.objects.order_by("id").values_list("paid_as", flat=True)) == ["cash", "store_credit"]


def tiers(books: Books) -> list[tuple[str, str]]:
    rows = TierPeriod.objects.filter(member=books.member).order_by("starts_at", "id")
    return list(rows.values_list("tier_code", "why"))


def test_rule_32_a_refund_ends_an_upgrade_at_its_instant(books: Books) -> None:
    books.buy(150_000, key="A-1")
    books.wait(days=10)
    assert books.buy(10_000, key="A-2").points == 125
    books.wait(days=10)
    got = books.refund("A-1", 20_000)
    assert (got.tier_before, got.tier_code) == ("silver", "bronze")
    assert tiers(books) == [("silver", "upgrade"), ("bronze", "refund")]
    period = TierPeriod.objects.latest("id")
    assert (period.starts_at, period.ends_at) == (books.now, None)
    assert TierPeriod.objects.earliest("id").ends_at == books.now
    books.wait(hours=1)
    assert books.buy(1_000).points == 10
    assert books.available == 1500 + 125 - 200 + 10
    assert len(books.news(topics.TIER_CHANGED)) == 2


def test_rule_32_what_is_still_earned_stays(books: Books) -> None:
    books.buy(170_000, key="A-1")
    books.wait(days=1)
    assert books.refund("A-1", 20_000).tier_code == "silver"
    assert tiers(books) == [("silver", "upgrade")]


def test_rule_32_a_later_upgrade_of_its_own_stays(books: Books) -> None:
    books.buy(150_000, key="A-1")
    books.wait(days=1)
    books.buy(160_000, key="A-2")
    books.wait(days=1)
    assert books.refund("A-1", 150_000).tier_code == "silver"


def test_rule_32_gold_falls_to_what_was_earned_without_it(books: Books) -> None:
    books.buy(200_000, key="A-1")
    books.wait(days=30)
    books.buy(200_000, key="A-2")
    books.wait(days=1)
    got = books.refund("A-2", 10_000)
    assert (got.tier_before, got.tier_code) == ("gold", "silver")
    fallen = TierPeriod.objects.latest("id")
    assert fallen.ends_at == TierPeriod.objects.earliest("id").starts_at.replace(
        year=2027, month=1, day=25, hour=21, minute=0
    )
    books.wait(days=1)
    got = books.refund("A-1", 60_000)
    assert (got.tier_code, tiers(books)[-1]) == ("silver", ("silver", "refund"))
    assert books.refund("A-1", 60_000).tier_code == "silver"
    books.wait(days=1)
    assert books.refund("A-2", 160_000).tier_code == "bronze"


def test_rule_32_a_refund_in_slices_ends_it_once(books: Books) -> None:
    books.buy(150_000, key="A-1")
    for _slice in range(3):
        books.wait(days=1)
        books.refund("A-1", 50_000)
    assert tiers(books) == [("silver", "upgrade"), ("bronze", "refund")]


def test_rule_32_a_refund_at_the_till_of_the_same_instant(books: Books) -> None:
    books.buy(150_000, key="A-1")
    assert books.refund("A-1", 150_000).tier_code == "bronze"
    assert books.buy(10_000).points == 100


def test_rule_32_the_twelve_months_hold_while_the_tier_is_earned(books: Books) -> None:
    books.buy(150_000, key="A-1")
    books.wait(days=200)
    books.buy(20_000, key="A-2")
    assert books.refund("A-2", 20_000).tier_code == "silver"
    books.go_to(2027, 1, 25, hour=23)
    evaluate_tiers(now=books.now)
    assert books.balance.tier_code == "silver"


def test_rule_32_a_tier_that_is_over_is_renewed_before_the_refund_is_counted(books: Books) -> None:
    books.buy(150_000, key="A-1")
    books.go_to(2027, 3, 1)
    assert books.refund("A-1", 150_000).tier_code == "bronze"
    assert tiers(books) == [("silver", "upgrade"), ("bronze", "lapsed")]
    sweep(merchant=books.merchant, now=books.now)
