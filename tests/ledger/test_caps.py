"""Caps and budgets in the books (RULES 10): what is given counts, what comes back is free again."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.bulk.many import post_many
from ledger.event import LineItem
from ledger.events import MembersMerged
from ledger.models import Budget, CapUse, SignedQuote
from ledger.models.quotes import QUOTE_LIFE
from ledger.posting import post
from ledger.proving.verifying import differences
from ledger.quoting import release, sign
from tests.cast import Shop
from tests.ledger.books import Books, another, bought, prove
from tests.ledger.capped import open_with

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

DAILY = {"scope": "member", "period": "day", "points": 100}
BUDGET = {"scope": "all", "period": "month", "points": 150}


def capped(*caps: dict[str, Any], rules: list[dict[str, Any]] | None = None) -> Books:
    return Books(open_with(caps=list(caps), rules=rules).member)


def test_rule_10_a_day_gives_no_more_than_its_cap_and_the_next_begins_anew() -> None:
    books = capped(DAILY)
    assert [books.earn(70).points, books.earn(70).points, books.earn(70).points] == [70, 30, 0]
    books.wait(days=1)
    assert books.earn(70).points == 70
    assert books.available == 170
    prove(books.merchant)


def test_rule_10_the_receipt_says_what_the_cap_took() -> None:
    said = [(reason["code"], reason.get("cut")) for reason in capped(DAILY).earn(120).reasons]
    assert said == [
        ("per_amount", None),
        ("capped", 20),
    ]


def test_rule_10_a_day_is_the_shops_own() -> None:
    books = capped(DAILY)
    books.go_to(2026, 12, 31, 23, 30)
    assert books.earn(100).points == 100
    books.go_to(2027, 1, 1, 0, 30)
    assert books.earn(100).points == 100


@pytest.mark.parametrize(
    ("period", "later", "points"),
    [
        *(("week", 4, 0), ("week", 7, 100), ("month", 13, 0), ("month", 31, 100)),
        *(("year", 340, 0), ("year", 350, 100), ("ever", 4000, 0)),
    ],
)
def test_rule_10_periods_are_the_calendars(period: str, later: int, points: int) -> None:
    books = capped({"scope": "member", "period": period, "points": 100})
    books.go_to(2026, 1, 18)  # a Sunday
    assert books.earn(100).points == 100
    books.wait(days=later)
    assert books.earn(100).points == points


def test_rule_10_a_late_order_counts_on_its_own_day() -> None:
    books = capped(DAILY)
    yesterday = books.now - timedelta(days=1)
    assert books.earn(100).points == 100
    assert books.buy(10_000, at=yesterday).points == 100
    assert books.buy(10_000, at=yesterday).points == 0


def test_rule_10_what_a_refund_takes_is_free_again() -> None:
    books = capped(DAILY)
    books.buy(20_000, key="A-1")
    assert books.earn(50).points == 0
    books.refund("A-1", 10_000)
    assert books.earn(70).points == 50
    books.refund("A-1", 10_000)
    assert books.earn(70).points == 50
    assert sum(CapUse.objects.values_list("points", flat=True)) == 100
    prove(books.merchant)


def test_rule_10_a_cap_of_a_rule_leaves_the_others_alone() -> None:
    rule = {"code": "coffee", "categories": ["coffee"]}
    books = capped({"scope": "member", "period": "day", "points": 30, "rule": "coffee"}, rules=[rule])
    coffee = LineItem(5_000, category="coffee")
    assert [books.buy(coffee).points, books.buy(coffee).points] == [80, 50]


def test_rule_10_a_budget_is_shared_by_all_members() -> None:
    books = capped(BUDGET)
    other = another(books.merchant, "0551234567")
    assert (books.earn(100).points, other.earn(100).points, books.earn(10).points) == (100, 50, 0)
    assert Budget.objects.get().used == 150
    prove(books.merchant)


def test_rule_10_a_refund_gives_back_to_the_budget_of_its_own_month() -> None:
    books = capped(BUDGET)
    books.go_to(2026, 1, 31)
    books.buy(15_000, key="A-1")
    books.go_to(2026, 2, 1)
    books.earn(100)
    books.refund("A-1", 5_000)
    assert dict(Budget.objects.values_list("starts_on__month", "used")) == {1: 100, 2: 100}
    prove(books.merchant)


def test_rule_10_many_slices_of_a_refund_give_back_exactly_what_was_used() -> None:
    books = capped(BUDGET, DAILY)
    purchase = bought(books.buy(9_999, key="A-1"))
    for slice_minor in (3_333, 1, 2_222, 4_443):
        books.refund("A-1", slice_minor)
    assert purchase.points == 99
    assert Budget.objects.get().used == 0
    assert sum(CapUse.objects.values_list("points", flat=True)) == 0


def test_rule_10_many_at_once_keep_to_the_caps_as_one_by_one_do() -> None:
    books = capped(DAILY, BUDGET)
    other = another(books.merchant, "0551234567")
    events = [books.order(7_000), books.order(7_000), other.order(7_000)]
    points = [outcome.points for outcome in post_many(events, now=books.now)]
    assert points == [70, 30, 50]
    assert Budget.objects.get().used == 150
    prove(books.merchant)


def test_rule_03_a_signed_quote_keeps_what_it_uses_of_the_members_caps_until_it_lapses() -> None:
    books = capped(DAILY)
    order = books.order(8_000)
    signed = sign(order, now=books.now)
    assert books.earn(70).points == 20
    books.now += QUOTE_LIFE
    assert books.earn(100).points == 80
    assert signed.receipt.points == 80


def test_rule_03_a_used_quote_takes_what_it_kept_and_no_more() -> None:
    books = capped(DAILY, BUDGET)
    signed = sign(books.order(8_000), now=books.now)
    assert books.buy(8_000, quote=signed.token).points == 80
    assert books.earn(70).points == 20
    assert Budget.objects.get().used == 100
    prove(books.merchant)


def test_rule_03_a_signed_quote_keeps_its_part_of_a_budget_until_it_is_released() -> None:
    books = capped(BUDGET)
    other = another(books.merchant, "0551234567")
    sign(books.order(10_000), now=books.now)
    assert other.earn(100).points == 50
    other.now = books.now + QUOTE_LIFE
    assert (release(now=books.now), release(now=other.now), release(now=other.now)) == (0, 1, 0)
    assert other.earn(100).points == 100
    assert SignedQuote.objects.get().is_open is False
    prove(books.merchant)


def test_a_programme_without_caps_enters_none(shop: Shop) -> None:
    Books(shop.member).earn(100)
    assert (CapUse.objects.count(), Budget.objects.count()) == (0, 0)


def test_rule_43_a_budget_that_says_too_little_is_found() -> None:
    books = capped(BUDGET)
    books.earn(100)
    prove(books.merchant)
    Budget.objects.update(used=60)
    found = [str(difference) for difference in differences(books.merchant.pk)]
    assert found == [
        f"budget: merchant {books.merchant.pk}, all rules, month of 2026-01-01 holds 60, the entries say 100"
    ]


def test_rule_43_what_an_open_quote_set_aside_is_part_of_the_proof() -> None:
    books = capped(BUDGET)
    sign(books.order(10_000), now=books.now)
    assert Budget.objects.get().used == 100
    prove(books.merchant)


def test_rule_42_caps_count_a_person_once_and_go_apart_with_the_records() -> None:
    books = capped(DAILY)
    other = another(books.merchant, "0551234567")
    other.buy(10_000, key="A-1")
    merge = MembersMerged(**books.said("merge", None, None), absorbed_id=other.member.pk)
    post(merge, now=books.now)
    assert books.earn(50).points == 0
    books.refund("A-1", 4_000)
    assert CapUse.objects.get(points=-40).member_id == other.member.pk
    assert books.earn(60).points == 40
    prove(books.merchant)
