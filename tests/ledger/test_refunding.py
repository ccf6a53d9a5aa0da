"""Refunds (RULES E 28, 30)."""

import pytest

from accounts.errors import AmountNegative, Invalid, NotFound, WalaaError
from ledger import topics
from ledger.errors import OverRefund
from ledger.event import LineItem
from ledger.models import Purchase, Refund
from tests.ledger.books import Books, another, used
from tests.ledger.conftest import OpenBooks


def gold(books: Books) -> Books:
    """Bring the member to Gold without points."""
    books.buy(400_000, award=False)
    return books


def test_rule_28_a_part_is_taken_back_from_the_stored_award(books: Books) -> None:
    gold(books).buy(9999, key="A-1")
    got = books.refund("A-1", 3333)
    assert (got.points, got.available, got.reasons) == (
        -50,
        99,
        [{"code": "refund", "amount_minor": 3333, "currency": "SAR"}],
    )
    assert len(books.news(topics.POINTS_CLAWED_BACK)) == 1


def test_rule_28_a_full_refund_in_ten_slices_ends_at_minus_the_award(books: Books) -> None:
    gold(books).buy(9999, key="A-1")
    slices = [1000] * 9 + [999]
    assert sum(books.refund("A-1", amount).points for amount in slices) == -149
    assert (books.available, Purchase.objects.get(external_id="A-1").clawed_points) == (0, 149)
    with pytest.raises(OverRefund):
        books.refund("A-1", 1)


def test_rule_28_the_refunded_line_takes_its_own_points(open_books: OpenBooks) -> None:
    books = open_books(rule={"categories": ["coffee"]})
    assert books.buy(LineItem(6000, category="coffee"), LineItem(4000), key="A-1").points == 160
    assert books.refund("A-1", lines={1: 6000}).points == -120
    assert books.refund("A-1", lines={2: 4000}).points == -40
    assert Purchase.objects.get().refunded_spend_minor == 10000


def test_rule_28_todays_rule_does_not_matter(books: Books) -> None:
    books.buy(10000, key="A-1")
    gold(books)
    assert books.refund("A-1", 10000).points == -100


def test_rule_28_an_amount_is_spread_over_what_is_left(books: Books) -> None:
    books.buy(LineItem(6000), LineItem(2000, kind="shipping"), LineItem(2000), key="A-1")
    books.refund("A-1", lines={1: 6000})
    got = books.refund("A-1", 2000)
    assert (got.points, Refund.objects.latest("id").spend_minor) == (-10, 1000)


def test_rule_28_the_purchases_own_lot_goes_first(books: Books) -> None:
    books.buy(10000, key="A-1")
    books.wait(days=1)
    books.buy(20000, key="A-2")
    got = books.refund("A-2", 20000)
    assert books.lots() == [(100, 100), (200, 0)]
    assert used(got) == [200]


def test_rule_28_a_refund_lowers_the_spend_that_counts(books: Books) -> None:
    books.buy(149_999, key="A-1")
    books.refund("A-1", 50_000)
    assert books.buy(50_000).tier_code == "bronze"
    assert books.buy(1).tier_code == "silver"


def test_rule_30_allow_negative_leaves_a_debt_that_the_next_earning_pays_first(books: Books) -> None:
    books.buy(50000, key="A-1")
    books.issue(500)
    got = books.refund("A-1", 2000)
    assert (got.points, got.available, got.owed, got.shortfall_points) == (-20, 0, 20, 20)
    earned = books.earn(15)
    assert (earned.available, earned.owed) == (0, 5)
    assert earned.reasons[-1] == {"code": "owed_paid", "points": 15}
    earned = books.earn(15)
    assert (earned.available, earned.owed, earned.reasons[-1]) == (10, 0, {"code": "owed_paid", "points": 5})
    assert books.lots() == [(500, 0), (15, 0), (15, 10)]


def test_rule_30_a_cancelled_code_pays_the_debt_too(books: Books) -> None:
    books.buy(50000, key="A-1")
    code = books.issue(500).code
    books.refund("A-1", 2000)
    got = books.close(code, "cancelled")
    assert (got.available, got.owed) == (480, 0)


def test_rule_30_two_debts_are_paid_the_oldest_first(books: Books) -> None:
    books.buy(50000, key="A-1")
    books.issue(500)
    first, second = books.refund("A-1", 2000), books.refund("A-1", 3000)
    assert second.owed == 50
    books.earn(30)
    assert (used(first), used(second)) == ([20], [10])


def test_rule_30_clamp_lets_the_merchant_bear_the_shortfall(open_books: OpenBooks) -> None:
    books = open_books(negative_policy="clamp")
    books.buy(50000, key="A-1")
    books.buy(1500)
    books.issue(500)
    got = books.refund("A-1", 2000)
    assert (got.points, got.available, got.owed, got.shortfall_points) == (-15, 0, 0, 5)
    assert books.earn(15).available == 15
    assert books.refund("A-1", 48000).points == -15


def test_rule_30_deduct_cash_says_how_much_to_withhold(open_books: OpenBooks) -> None:
    books = open_books(negative_policy="deduct_cash")
    books.buy(50000, key="A-1")
    books.issue(500)
    got = books.refund("A-1", 20000)
    assert (got.points, got.owed, got.shortfall_points, got.withheld_minor) == (0, 0, 200, 1000)
    assert Refund.objects.get().policy == "deduct_cash"


def test_a_refund_of_history_takes_spend_and_no_points(books: Books) -> None:
    books.buy(10000, key="A-1", award=False)
    got = books.refund("A-1", 10000)
    assert (got.points, got.movement_id) == (0, None)


def test_ten_buy_and_refund_loops_leave_nothing(books: Books) -> None:
    for loop in range(10):
        books.buy(9999, key=f"A-{loop}")
        books.refund(f"A-{loop}", 9999)
    assert (books.available, books.balance.owed, sum(points for _kind, points in books.moves())) == (0, 0, 0)


@pytest.mark.parametrize(
    ("amount", "lines", "refusal"),
    [
        (10001, None, OverRefund),
        (0, None, Invalid),
        (-1, None, AmountNegative),
        (None, None, Invalid),
        (1, {1: 1}, Invalid),
        (None, {3: 1}, OverRefund),
        (None, {1: 6001}, OverRefund),
    ],
)
def test_what_cannot_come_back_is_refused(
    books: Books, amount: int | None, lines: dict[int, int] | None, refusal: type[WalaaError]
) -> None:
    books.buy(6000, 4000, key="A-1")
    with pytest.raises(refusal):
        books.refund("A-1", amount, lines=lines)
    assert (books.available, Refund.objects.count()) == (100, 0)


def test_an_order_of_somebody_else_is_unknown(books: Books) -> None:
    books.buy(6000, key="A-1")
    with pytest.raises(NotFound):
        another(books.merchant, "0500000009").refund("A-1", 100)
