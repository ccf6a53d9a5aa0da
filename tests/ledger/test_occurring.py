"""Events that are no purchase: what they earn, once, at their own date, and what rules ask of the books."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.errors import Invalid
from accounts.joining import join
from accounts.models import OutboxEvent
from ledger.bulk.many import post_many
from ledger.errors import KeyConflict
from ledger.event import LineItem
from ledger.events import EventOccurred, MembersMerged
from ledger.joining import reward_joining
from ledger.models import Occurrence
from ledger.posting import post
from ledger.receipt import Receipt
from loyalty_site.wiring import WIRING
from programs.models import AudienceMember, OccasionDays
from programs.sentences import sentences
from tests.ledger.books import START, Books, another, bought, moved, prove
from tests.ledger.capped import open_with

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

REVIEW = {
    "code": "review", "kind": "fixed", "points": 50, "trigger": "review",
    "name_ar": "تقييم", "name_en": "Review",
}  # fmt: skip


def opened(*rules: dict[str, Any], caps: list[dict[str, Any]] | None = None, **terms: Any) -> Books:
    return Books(open_with(rules=list(rules), caps=caps, **terms).member)


def happens(books: Books, name: str = "review", *, key: str | None = None, **facts: Any) -> Receipt:
    at = facts.pop("at", None)
    return post(EventOccurred(**books.said("event", key, at), name=name, **facts), now=books.now)


def test_an_event_earns_its_points_as_a_movement_and_a_lot_of_its_own() -> None:
    books = opened(REVIEW)
    receipt = happens(books)
    assert (receipt.points, books.available, books.moves(), books.lots()) == (
        50,
        50,
        [("earn", 50)],
        [(50, 50)],
    )
    assert sentences(moved(receipt).reasons, "en") == ["Review: 50 points for each “Review”"]
    assert sentences(moved(receipt).reasons, "ar") == ["تقييم: 50 نقطة عن كل «تقييم»"]
    kept = Occurrence.objects.get(pk=receipt.occurrence_id or 0)
    assert (kept.name, kept.points, kept.movement_id) == ("review", 50, receipt.movement_id)
    assert books.news("points.earned") == [
        {"points": 50, "movement_id": receipt.movement_id, "occurrence_id": receipt.occurrence_id}
    ]
    prove(books.merchant)


def test_rule_14_the_same_event_twice_is_one_event_and_one_answer() -> None:
    books = opened(REVIEW)
    first, again = happens(books, key="R-1"), happens(books, key="R-1")
    assert (again.repeated, again.points, again.occurrence_id) == (True, 50, first.occurrence_id)
    assert (Occurrence.objects.count(), books.available) == (1, 50)
    with pytest.raises(KeyConflict):
        happens(books, "check-in", key="R-1")


def test_an_event_that_no_rule_names_is_kept_and_earns_nothing() -> None:
    books = opened(REVIEW)
    receipt = happens(books, "check-in")
    assert (receipt.points, books.moves(), Occurrence.objects.get().reasons) == (
        0,
        [],
        [{"code": "nothing_earned"}],
    )
    prove(books.merchant)


def test_rule_10_an_event_keeps_to_its_cap() -> None:
    books = opened(REVIEW, caps=[{"scope": "member", "period": "day", "points": 80, "rule": "review"}])
    assert [happens(books).points for _time in range(3)] == [50, 30, 0]
    books.wait(days=1)
    assert happens(books).points == 50
    prove(books.merchant)


def test_an_event_shares_the_programmes_cap_with_purchases() -> None:
    books = opened(REVIEW, caps=[{"scope": "all", "period": "week", "points": 120}])
    assert (books.earn(90).points, happens(books).points) == (90, 30)
    prove(books.merchant)


def test_rule_13_an_event_outside_the_claim_window_earns_nothing() -> None:
    books = opened(REVIEW)
    receipt = happens(books, at=books.now - timedelta(days=31))
    assert (receipt.points, receipt.reasons[0]["code"]) == (0, "outside_window")


def test_an_event_moves_no_tier_and_counts_as_no_purchase() -> None:
    books = opened(REVIEW | {"points": 5_000})
    happens(books)
    assert (books.balance.tier_code, books.balance.purchases) == ("bronze", 0)


@pytest.mark.parametrize("name", ["", "purchase", "Two words", "x" * 41])
def test_an_event_has_a_name_that_a_rule_can_have(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        happens(opened(REVIEW), name)
    assert refused.value.field == "name"


def test_points_of_an_event_do_not_wait() -> None:
    books = opened(REVIEW, hold="days", hold_days=14)
    assert (happens(books).points, books.available, books.balance.pending) == (50, 50, 0)


VIP = {"code": "vip", "segments": ["vip"]}


def in_segment(books: Books, since: datetime, until: datetime | None = None) -> None:
    AudienceMember.objects.create(
        merchant=books.merchant, member=books.member, audience="vip", since=since, until=until
    )


def test_a_segment_counts_as_it_was_when_the_order_was_made() -> None:
    books = opened(VIP)
    in_segment(books, START - timedelta(days=10), START - timedelta(days=5))
    earned = books.buy(10_000, at=START - timedelta(days=7))
    assert (earned.points, books.buy(10_000).points) == (200, 100)
    assert bought(earned).reasons[1]["counted"] == {"segments": ["vip"]}


def test_many_at_once_know_segments_orders_and_occasions_as_one_by_one_do() -> None:
    third = {"code": "third", "nth_purchase": 3, "factor": 3}
    books = opened(VIP, third, stacking="multiply")
    in_segment(books, START + timedelta(hours=1))
    events = [books.order(1_000, at=START + timedelta(hours=hour)) for hour in (0, 2, 4)]
    books.now = START + timedelta(hours=5)
    assert [outcome.points for outcome in post_many(events, now=books.now)] == [10, 20, 60]


def test_the_nth_order_is_counted_by_the_time_of_orders_and_not_by_their_coming() -> None:
    books = opened({"code": "second", "nth_purchase": 2, "nth_repeats": False})
    assert books.buy(10_000, at=START - timedelta(days=2)).points == 100
    assert books.buy(10_000, key="second").points == 200
    assert books.buy(10_000, at=START - timedelta(days=3)).points == 100
    books.wait(minutes=1)
    assert books.buy(10_000).points == 100


def test_an_order_that_came_back_whole_is_no_nth_order() -> None:
    books = opened({"code": "second", "nth_purchase": 2})
    for number in range(10):
        books.buy(10_000, key=f"loop-{number}")
        books.refund(f"loop-{number}", 10_000)
        books.wait(minutes=1)
    assert books.available == 0
    assert books.buy(10_000).points == 100


def test_a_line_is_known_by_its_product_code() -> None:
    books = opened({"code": "launch", "products": ["NEW-1"]})
    receipt = books.buy(LineItem(6_000, sku="NEW-1"), LineItem(4_000, sku="OLD"))
    assert receipt.points == 160
    assert list(bought(receipt).lines.values_list("sku", flat=True)) == ["NEW-1", "OLD"]


RAMADAN = {"code": "ramadan", "occasions": ["ramadan"]}


def set_days(books: Books, first: date, last: date, at: datetime, year: int = 1448) -> None:
    OccasionDays.objects.create(
        merchant=books.merchant,
        code="ramadan",
        year=year,
        first_day=first,
        last_day=last,
        set_at=at,
        set_by="test",
    )


def test_an_occasion_falls_as_the_calendar_says_until_somebody_says_otherwise() -> None:
    books = opened(RAMADAN)
    books.go_to(2027, 2, 7, 23)
    assert books.earn(100).points == 100
    books.go_to(2027, 2, 8, 1)
    inside = books.buy(10_000)
    assert inside.points == 200
    assert bought(inside).reasons[1]["counted"] == {"occasion": "ramadan/1448"}


def test_the_moon_moves_an_occasion_from_when_it_is_said_and_reprices_nothing() -> None:
    books = opened(RAMADAN)
    books.go_to(2027, 3, 9, 9)
    assert books.earn(100).points == 100
    morning = books.now
    books.wait(hours=1)
    set_days(books, date(2027, 2, 8), date(2027, 3, 9), at=books.now)
    assert books.buy(10_000).points == 200
    assert books.buy(10_000, at=morning).points == 100
    books.wait(days=1)
    assert books.earn(100).points == 100


def test_what_one_shop_sets_is_nothing_to_another() -> None:
    books, theirs = opened(RAMADAN), Books(open_with("mirage", "0507654321", rules=[RAMADAN]).member)
    set_days(books, date(2027, 2, 1), date(2027, 3, 9), at=datetime(2026, 1, 1, tzinfo=UTC))
    for one in (books, theirs):
        one.go_to(2027, 2, 2)
    assert (books.earn(100).points, theirs.earn(100).points) == (200, 100)


def test_a_merged_record_brings_its_orders_and_segments_along() -> None:
    books = opened({"code": "second", "nth_purchase": 2, "nth_repeats": False})
    other = another(books.merchant, "0551234567")
    other.earn(10)
    post(MembersMerged(**books.said("merge", None, None), absorbed_id=other.member.pk), now=books.now)
    books.wait(minutes=1)
    assert books.earn(100).points == 200


def test_who_joins_is_rewarded_once_where_a_rule_says_so() -> None:
    gift = REVIEW | {"code": "welcome", "trigger": "sign-up", "points": 100}
    books = opened(gift)
    newcomer, _new = join(
        merchant=books.merchant, now=books.now, source="portal", actor="test", phone="0551234567"
    )
    news = OutboxEvent.objects.get(topic="member.joined", member_id=newcomer.pk)
    for _time in range(2):
        reward_joining(news, books.now + timedelta(minutes=5))
    kept = Occurrence.objects.get()
    assert (kept.member_id, kept.points, kept.occurred_at) == (newcomer.pk, 100, books.now)
    assert reward_joining in WIRING["member.joined"]


def test_without_such_a_rule_joining_writes_nothing() -> None:
    books = opened()
    join(merchant=books.merchant, now=books.now, source="portal", actor="test", phone="0551234567")
    reward_joining(OutboxEvent.objects.get(topic="member.joined"), books.now)
    assert not Occurrence.objects.exists()
