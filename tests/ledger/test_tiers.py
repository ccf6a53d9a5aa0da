"""Tiers through time (RULES F 33, and 4, 5, 13 beyond one order)."""

from datetime import UTC, datetime, timedelta

from ledger import topics
from ledger.bulk.sweeping import evaluate_tiers
from ledger.models import TierPeriod
from ledger.queries import account, tier_at
from ledger.tier_ways import near_next_tier
from tests.ledger.books import Books, another
from tests.ledger.conftest import OpenBooks
from tests.ledger.dealings import brought_along


def periods(books: Books) -> list[tuple[str, str, str | None, str]]:
    """Tier, first day, day after the last, and why, in the order of time."""
    rows = TierPeriod.objects.filter(member=books.member).order_by("starts_at", "id")
    zone = books.merchant.timezone
    return [
        (
            row.tier_code,
            f"{row.starts_at.astimezone(zone):%Y-%m-%d}",
            f"{row.ends_at.astimezone(zone):%Y-%m-%d}" if row.ends_at else None,
            row.why,
        )
        for row in rows
    ]


def test_rule_33_a_tier_is_kept_for_twelve_months_and_then_goes_one_down(books: Books) -> None:
    books.buy(400_000)
    assert periods(books) == [("gold", "2026-01-25", "2027-01-26", "upgrade")]
    books.go_to(2027, 1, 25, hour=23, minute=59)
    assert (evaluate_tiers(now=books.now), books.balance.tier_code) == (0, "gold")
    books.go_to(2027, 1, 26, hour=0, minute=40)
    assert (evaluate_tiers(now=books.now), books.balance.tier_code) == (1, "silver")
    assert evaluate_tiers(now=books.now) == 0
    books.go_to(2028, 1, 27)
    evaluate_tiers(now=books.now)
    assert periods(books) == [
        ("gold", "2026-01-25", "2027-01-26", "upgrade"),
        ("silver", "2027-01-26", "2028-01-27", "lapsed"),
        ("bronze", "2028-01-27", None, "lapsed"),
    ]
    assert [news["tier_code"] for news in books.news(topics.TIER_CHANGED)] == ["gold", "silver", "bronze"]
    assert evaluate_tiers(now=books.now + timedelta(days=800)) == 0


def test_rule_33_a_tier_that_is_earned_again_is_renewed_in_silence(books: Books) -> None:
    books.buy(150_000)
    books.go_to(2026, 12, 1)
    books.buy(150_000)
    books.go_to(2027, 1, 26)
    evaluate_tiers(now=books.now)
    assert periods(books)[-1] == ("silver", "2027-01-26", "2028-01-27", "renewed")
    assert len(books.news(topics.TIER_CHANGED)) == 1


def test_rule_33_recompute_falls_to_the_tier_of_the_spend(open_books: OpenBooks) -> None:
    books = open_books(tier_renewal="recompute")
    books.buy(400_000)
    books.go_to(2027, 2, 1)
    evaluate_tiers(now=books.now)
    assert books.balance.tier_code == "bronze"


def test_rule_33_an_order_after_the_year_is_priced_by_the_renewed_tier_before_any_nightly_run(
    books: Books,
) -> None:
    books.buy(400_000)
    books.go_to(2027, 2, 1)
    assert books.buy(10000).points == 125
    assert [row[0] for row in periods(books)] == ["gold", "silver"]


def test_rule_47_a_tier_brought_along_is_not_lost_to_a_year_that_ended_before(books: Books) -> None:
    books.buy(400_000)
    books.go_to(2027, 2, 1)  # nobody has renewed gold of last year yet
    brought_along(tier_code="gold")(books)()
    assert periods(books)[1:] == [
        ("silver", "2027-01-26", "2027-02-01", "lapsed"),
        ("gold", "2027-02-01", "2028-02-02", "opening"),
    ]
    evaluate_tiers(now=books.now)
    assert books.balance.tier_code == "gold"


def test_rule_33_an_upgrade_ends_what_was_running(books: Books) -> None:
    books.buy(150_000)
    books.go_to(2026, 6, 1)
    books.buy(250_000)
    assert periods(books) == [
        ("silver", "2026-01-25", "2026-06-01", "upgrade"),
        ("gold", "2026-06-01", "2027-06-02", "upgrade"),
    ]
    assert tier_at(books.member, datetime(2026, 5, 31, tzinfo=UTC)) == "silver"


def test_rule_33_only_the_last_twelve_months_count(books: Books) -> None:
    books.buy(149_999)
    books.go_to(2027, 1, 24)
    assert account(books.member, now=books.now).way.progress.counted == 149_999  # type: ignore[union-attr]
    books.go_to(2027, 1, 25)
    assert books.buy(100).tier_code == "bronze"


def test_a_late_order_adds_a_period_before_the_ones_that_follow(books: Books) -> None:
    bought = books.now
    books.go_to(2026, 2, 10)
    books.buy(150_000)
    books.go_to(2026, 2, 20)
    books.buy(160_000, at=bought)
    assert periods(books) == [
        ("silver", "2026-01-25", "2026-02-10", "upgrade"),
        ("silver", "2026-02-10", "2027-02-11", "upgrade"),
    ]


def test_rule_13_a_late_order_keeps_a_tier_that_fell_since(books: Books) -> None:
    books.buy(160_000)  # Silver until 25 January 2027
    books.go_to(2026, 12, 1)
    books.buy(140_000)
    books.go_to(2027, 1, 27)
    assert books.pass_time().tier_code == "bronze"
    late = datetime(2027, 1, 20, 9, tzinfo=books.merchant.timezone)
    assert books.buy(10_000, at=late).points == 125
    assert books.balance.tier_code == "silver"
    assert periods(books)[-1] == ("silver", "2027-01-26", "2028-01-27", "late")


def test_rule_13_a_late_order_of_before_the_year_that_ended_keeps_nothing(books: Books) -> None:
    books.buy(160_000)
    books.go_to(2026, 12, 1)
    books.buy(130_000)
    books.go_to(2027, 1, 27)
    books.pass_time()
    late = datetime(2027, 1, 20, 9, tzinfo=books.merchant.timezone)
    assert books.buy(10_000, at=late).points == 125
    assert books.balance.tier_code == "bronze"


def test_the_account_and_the_message_say_the_same_missing_amount(books: Books) -> None:
    other = another(books.merchant, "0500000009")
    books.buy(135_000)
    other.buy(134_999)
    (near,) = near_next_tier(books.merchant, now=books.now)
    way = account(books.member, now=books.now).way
    assert way is not None
    said = way.progress
    assert (near.member_id, near.missing, near.next_tier.code) == (books.member.pk, 15_000, "silver")
    assert (said.missing, said.is_near) == (15_000, True)


def test_the_nightly_run_catches_up_on_years_it_missed(books: Books) -> None:
    """The spend of each ended year is looked up, however long ago that was."""
    books.buy(400_000)
    books.go_to(2026, 12, 1)
    books.buy(400_000)
    books.go_to(2029, 3, 1)
    evaluate_tiers(now=books.now)
    assert [row[0] for row in periods(books)] == ["gold", "gold", "silver", "bronze"]


def test_rule_33_the_day_after_the_tier_was_reached_counts_for_its_renewal(books: Books) -> None:
    books.go_to(2026, 1, 25)
    books.buy(700_000)
    books.go_to(2026, 1, 26)
    books.buy(500_000)
    books.go_to(2027, 1, 26)
    books.pass_time()
    assert books.balance.tier_code == "gold"
