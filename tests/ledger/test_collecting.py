"""Punch cards, challenges and badges in the books (RULES 31, 36, 39)."""

from datetime import timedelta

import pytest

from ledger.event import LineItem
from ledger.models import Achievement, GoalCount, GoalEntry
from tests.ledger.books import prove
from tests.ledger.collected import achieved, happen, open_collecting, stamps, vouchers

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def test_rule_36_nine_stamps_give_one_reward_and_the_tenth_begins_the_next_card() -> None:
    books = open_collecting()
    receipts = [books.buy(1000) for _visit in range(10)]
    assert [one.stamps[0]["count"] for one in receipts] == [1, 2, 3, 4, 5, 6, 7, 8, 0, 1]
    assert [one.stamps[0]["reached"] for one in receipts] == [0] * 8 + [1, 0]
    (voucher,) = receipts[8].vouchers
    assert (voucher["reward"], voucher["because"]) == ("coffee", "coffee-card")
    assert vouchers(books) == [("coffee", "reserved")]
    assert books.close(voucher["code"]).points == 0
    assert vouchers(books) == [("coffee", "used")]
    assert stamps(books) == 1
    prove(books.merchant)


def test_rule_36_an_item_card_counts_items() -> None:
    books = open_collecting(cards=[{"counts": "item", "products": ["espresso"]}])
    receipt = books.buy(LineItem(110_00, quantity=11, sku="espresso"), LineItem(9_00, quantity=3, sku="tea"))
    assert receipt.stamps[0] == {
        "code": "coffee-card", "name_ar": "بطاقة القهوة", "name_en": "Coffee card",
        "got": 11, "count": 2, "target": 9, "reached": 1,
    }  # fmt: skip
    assert len(receipt.vouchers) == 1
    prove(books.merchant)


def test_rule_36_a_visit_brings_no_more_than_its_cap() -> None:
    books = open_collecting(cards=[{"counts": "item", "most_per_visit": 3}])
    assert books.buy(LineItem(50_00, quantity=5)).stamps[0]["got"] == 3
    prove(books.merchant)


def test_rule_36_nothing_free_gives_a_stamp() -> None:
    books = open_collecting(cards=[{"counts": "item"}])
    receipt = books.buy(LineItem(0, quantity=1), LineItem(10_00, quantity=1), LineItem(0, "shipping"))
    assert receipt.stamps[0]["got"] == 1
    books.adjust(500)
    code = books.issue(500).code
    assert books.buy(LineItem(25_00, quantity=2), redemption_codes=(code,)).stamps == []
    prove(books.merchant)


def test_rule_31_ten_loops_of_buying_and_refunding_leave_nothing() -> None:
    books = open_collecting(
        cards=[{"stamps": 1}], challenges=[{"target": 1, "repeats": True, "points": 50, "badge": "regular"}]
    )
    for place in range(10):
        books.buy(100_00, key=f"A-{place}")
        books.refund(f"A-{place}", 100_00, paid_as="store_credit")
    assert (books.available, books.balance.owed) == (0, 0)
    assert (stamps(books), stamps(books, "dare")) == (0, 0)
    assert achieved(books) == []
    assert {state for _reward, state in vouchers(books)} == {"cancelled"}
    prove(books.merchant)


def test_rule_36_a_refund_takes_the_stamp_and_voids_the_unused_reward() -> None:
    books = open_collecting(cards=[{"stamps": 2}])
    books.buy(10_00, key="A-1")
    books.buy(10_00, key="A-2")
    receipt = books.refund("A-1", 10_00)
    assert receipt.stamps[0]["got"] == -1
    assert receipt.stamps[0]["reached"] == -1
    assert vouchers(books) == [("coffee", "cancelled")]
    assert stamps(books) == 1
    prove(books.merchant)


def test_rule_36_a_used_reward_is_owed_and_the_next_stamps_pay_first() -> None:
    books = open_collecting(cards=[{"stamps": 2}])
    books.buy(10_00, key="A-1")
    books.close(books.buy(10_00, key="A-2").vouchers[0]["code"])
    books.refund("A-1", 10_00)
    assert (vouchers(books), stamps(books)) == ([("coffee", "used")], -1)
    assert [len(books.buy(10_00).vouchers) for _visit in range(3)] == [0, 0, 1]
    prove(books.merchant)


def test_rule_31_using_the_voucher_and_taking_the_order_back_gives_no_second_one() -> None:
    books = open_collecting(
        cards=[], rules=[{"kind": "voucher", "code": "gift", "target": "coffee", "min_amount_minor": 50_00}]
    )
    given = []
    for place in range(4):
        receipt = books.buy(50_00, key=f"A-{place}")
        given += [books.close(voucher["code"]) for voucher in receipt.vouchers]
        books.refund(f"A-{place}", 50_00)
    assert len(given) == 1
    prove(books.merchant)


def test_rule_36_part_of_an_order_takes_part_of_its_stamps() -> None:
    books = open_collecting(cards=[{"counts": "item"}])
    books.buy(LineItem(30_00, quantity=3), LineItem(10_00, quantity=1), key="A-1")
    assert books.refund("A-1", lines={1: 10_00}).stamps[0]["got"] == -1
    assert books.refund("A-1", 30_00).stamps[0]["count"] == 0
    prove(books.merchant)


def test_a_visit_counts_while_what_is_kept_is_enough() -> None:
    books = open_collecting(cards=[{"min_amount_minor": 20_00}])
    assert books.buy(19_00).stamps == []
    books.buy(30_00, key="A-1")
    assert books.refund("A-1", 10_00).stamps == []
    assert books.refund("A-1", 1_00).stamps[0]["got"] == -1
    prove(books.merchant)


def test_rule_39_a_challenge_counts_only_its_time() -> None:
    books = open_collecting(
        challenges=[{"starts_on": "2026-02-01", "ends_on": "2026-02-10", "points": 100, "badge": "regular"}]
    )
    receipts = []
    for day in (31, 32, 33, 41, 42):
        books.go_to(2026, 1 if day == 31 else 2, 31 if day == 31 else day - 31)
        receipts.append(books.buy(10_00))
    assert [one.goals[0]["count"] if one.goals else None for one in receipts] == [None, 1, 2, 3, None]
    assert receipts[3].points == 110
    assert [badge["code"] for badge in receipts[3].badges] == ["regular"]
    assert books.news("badge.won")[0]["badge"] == "regular"
    late = books.buy(10_00, at=books.now - timedelta(days=8))
    assert late.goals[0]["got"] == 1
    assert achieved(books) == [("dare", 1)]
    prove(books.merchant)


def test_rule_40_a_milestone_gift_comes_once() -> None:
    books = open_collecting(
        challenges=[{"kind": "milestone", "counts": "spend", "target": 100_00, "reward": "coffee"}]
    )
    assert [len(books.buy(60_00).vouchers) for _order in range(5)] == [0, 1, 0, 0, 0]
    prove(books.merchant)


def test_a_streak_is_weeks_without_a_gap() -> None:
    books = open_collecting(challenges=[{"kind": "streak", "period": "week", "target": 3, "points": 70}])
    first = books.now
    counts = []
    for week in (0, 1, 3, 4):
        books.now = first + timedelta(weeks=week)
        counts.append(books.buy(10_00).goals[0]["count"])
    assert counts == [1, 2, 1, 2]
    late = books.buy(10_00, key="A-late", at=first + timedelta(weeks=2, days=2))
    assert (late.goals[0]["reached"], late.points) == (1, 80)
    back = books.refund("A-late", 10_00)
    assert (back.goals[0]["reached"], back.points) == (-1, -80)
    prove(books.merchant)


def test_an_event_moves_a_challenge_and_rules_give_stamps_badges_and_vouchers() -> None:
    books = open_collecting(
        challenges=[{"counts": "event", "event": "review", "target": 2, "card": "coffee-card", "stamps": 3}],
        rules=[
            {"code": "two", "kind": "stamp", "target": "coffee-card", "count": 2, "trigger": "check-in"},
            {"code": "hello", "kind": "badge", "target": "regular", "trigger": "check-in"},
            {"code": "tea", "kind": "voucher", "target": "coffee", "trigger": "check-in"},
        ],
    )
    receipts = [happen(books, "check-in") for _time in range(2)]
    assert [one.stamps[0]["count"] for one in receipts] == [2, 4]
    assert [len(one.badges) for one in receipts] == [1, 0]
    assert [len(one.vouchers) for one in receipts] == [1, 1]
    assert happen(books, "review").goals[0]["count"] == 1
    assert happen(books, "review").stamps[0]["count"] == 7
    prove(books.merchant)


def test_a_quote_says_what_it_would_bring_and_writes_nothing() -> None:
    books = open_collecting(cards=[{"stamps": 1}])
    quoted = books.quote(10_00)
    assert (quoted.stamps[0]["reached"], len(quoted.vouchers)) == (1, 1)
    assert GoalEntry.objects.count() + GoalCount.objects.count() + Achievement.objects.count() == 0


def test_a_programme_without_goals_writes_none_of_it() -> None:
    books = open_collecting(cards=[])
    receipt = books.buy(10_00)
    assert (receipt.stamps, receipt.goals, receipt.badges, receipt.vouchers) == ([], [], [], [])
    assert GoalEntry.objects.count() + GoalCount.objects.count() + Achievement.objects.count() == 0
