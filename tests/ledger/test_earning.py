"""Earning through the one door (RULES A)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.errors import AmountNegative, AmountTooLarge, Invalid, NotFound, WalaaError
from accounts.models import Branch
from ledger import topics
from ledger.errors import BeforeTime, InTheFuture, WrongCurrency
from ledger.event import LineItem
from ledger.models import BonusUse, Movement, Purchase, PurchaseLine, TierPeriod
from ledger.posting import post
from programs.lifecycle import pause
from programs.pilots import launch
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, bought, moved
from tests.ledger.conftest import OpenBooks

TIER_OF = {"bronze": 0, "silver": 150_000, "gold": 400_000}


def in_tier(books: Books, tier: str) -> None:
    """Bring the member to a tier by an order of long ago that earns nothing."""
    if TIER_OF[tier]:
        books.buy(TIER_OF[tier], at=books.now - timedelta(days=40), award=False)
    assert (books.pass_time().tier_code) == tier


@pytest.mark.parametrize(("tier", "points"), [("bronze", 99), ("silver", 124), ("gold", 149)])
def test_rule_01_an_amount_is_floored_once_and_last(books: Books, tier: str, points: int) -> None:
    in_tier(books, tier)
    assert books.buy(9999).points == points
    assert books.available == points


def test_rule_01_two_lines_of_10_50_earn_21(books: Books) -> None:
    assert books.buy(1050, 1050).points == 21
    assert list(PurchaseLine.objects.values_list("points_exact", flat=True)) == ["21/2", "21/2"]


@pytest.mark.parametrize(("tier", "points"), [("bronze", 5), ("silver", 6), ("gold", 7)])
def test_rule_02_steps_on_the_order_then_the_tier(open_books: OpenBooks, tier: str, points: int) -> None:
    books = open_books(base={"kind": "step", "points": 5, "per_minor": 250})
    in_tier(books, tier)
    assert books.buy(150, 150).points == points


def test_rule_03_a_quote_is_the_award_to_the_point_and_the_reason(books: Books) -> None:
    in_tier(books, "silver")
    said, got = books.quote(10000), books.buy(10000)
    assert (
        (said.points, said.reasons, said.available)
        == (got.points, got.reasons, got.available)
        == (125, got.reasons, 125)
    )
    assert [reason["code"] for reason in got.reasons] == ["per_amount", "tier"]
    assert (said.purchase_id, Purchase.objects.count()) == (None, 2)


def test_rule_04_the_tier_held_before_an_order_prices_it(books: Books) -> None:
    books.buy(145_000, award=False)
    books.wait(hours=1)
    first = books.buy(10000)
    books.wait(hours=1)
    second = books.buy(10000)
    assert (first.points, second.points) == (100, 125)
    assert (first.tier_before, first.tier_code) == ("bronze", "silver")
    period = TierPeriod.objects.get()
    assert (period.starts_at, period.purchase_id) == (
        bought(first).occurred_at,
        first.purchase_id,
    )
    assert period.ends_at == datetime(2027, 1, 25, 21, tzinfo=UTC)


def test_rule_04_two_orders_of_one_instant_stand_in_the_order_they_came(books: Books) -> None:
    books.buy(145_000, award=False)
    assert [books.buy(10000).points, books.buy(10000).points] == [100, 125]


def test_rule_05_the_threshold_itself_is_reached(books: Books) -> None:
    assert books.buy(149_999).tier_code == "bronze"
    assert books.buy(1).tier_code == "silver"


def test_rule_05_a_first_order_of_4200_makes_gold_with_one_message(books: Books) -> None:
    got = books.buy(420_000)
    assert (got.points, got.tier_before, got.tier_code) == (4200, "bronze", "gold")
    assert [news["tier_code"] for news in books.news(topics.TIER_CHANGED)] == ["gold"]


def test_rule_06_what_is_paid_with_points_earns_nothing(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    got = books.buy(10000, redemption_codes=(code,))
    assert (got.points, got.value_minor, got.available) == (75, 2500, 75)


def test_rule_06_shipping_and_gift_cards_earn_nothing(books: Books) -> None:
    lines = (LineItem(10000), LineItem(2000, kind="shipping"), LineItem(5000, kind="gift_card"))
    got = books.buy(*lines)
    assert (got.points, bought(got).spend_minor) == (100, 10000)


def test_rule_06_points_come_off_the_eligible_lines(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    assert books.buy(LineItem(6000), LineItem(4000, kind="gift_card"), redemption_codes=(code,)).points == 35


@pytest.mark.parametrize(("policy", "points"), [("best_of", 200), ("add", 250), ("multiply", 300)])
def test_rule_07_gold_meets_birthday(open_books: OpenBooks, policy: str, points: int) -> None:
    books = open_books(stacking=policy, member={"birthday": date(1990, 1, 27)})
    in_tier(books, "gold")
    assert books.buy(10000).points == points


def test_rule_07_gold_with_coffee_on_a_part(open_books: OpenBooks) -> None:
    books = open_books(rule={"categories": ["coffee"]})
    in_tier(books, "gold")
    assert books.buy(LineItem(6000, category="coffee"), LineItem(4000)).points == 180


def test_rule_09_the_birthday_bonus_comes_once_a_year(shop: Shop) -> None:
    books = another(shop.merchant, "0500000002", birthday=date(1990, 1, 27))
    assert [books.buy(10000).points for _visit in range(2)] == [200, 100]
    assert list(BonusUse.objects.values_list("occurrence", flat=True)) == ["2026"]
    books.go_to(2027, 2, 3)
    assert books.buy(10000).points == 200
    books.wait(days=1)
    assert books.buy(10000).points == 100


def test_rule_09_a_leap_day_is_28_february_in_common_years(shop: Shop) -> None:
    books = another(shop.merchant, "0500000003", birthday=date(2000, 2, 29))
    books.go_to(2026, 2, 20)
    assert books.buy(10000).points == 100
    books.go_to(2026, 2, 21)
    assert books.buy(10000).points == 200


def test_rule_12_an_order_before_midnight_utc_is_tomorrows_in_riyadh(books: Books) -> None:
    books.now = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    got = books.buy(10000)
    assert bought(got).business_date == date(2027, 1, 1)
    assert moved(got).business_date == date(2027, 1, 1)
    assert got.lots == [{"points": 100, "expires_on": "2028-01-01"}]


def test_rule_13_a_late_order_keeps_its_own_date_tier_and_expiry(books: Books) -> None:
    bought = books.now
    books.wait(days=10)
    books.buy(150_000)
    late = books.buy(10000, at=bought)
    assert (late.points, late.lots) == (100, [{"points": 100, "expires_on": "2027-01-25"}])
    assert len(books.news(topics.POINTS_EARNED)) == 1


def test_rule_13_a_late_order_lifts_later_ones_over_a_threshold_and_reprices_none(books: Books) -> None:
    bought = books.now
    books.wait(days=5)
    middle = books.now
    second = books.buy(145_000)
    books.wait(days=5)
    third = books.buy(10000, at=books.now)
    late = books.buy(10000, at=bought)
    assert (second.points, third.points, late.points) == (1450, 100, 100)
    assert late.tier_code == "silver"
    assert TierPeriod.objects.order_by("starts_at").values_list("starts_at", flat=True)[0] == middle


def test_rule_13_outside_the_claim_window_an_order_is_history(books: Books) -> None:
    got = books.buy(200_000, at=books.now - timedelta(days=31))
    assert (got.points, got.tier_code, got.reasons) == (0, "silver", [{"code": "outside_window", "days": 30}])
    assert bought(got).version_id is None


def test_history_that_is_told_to_earn_earns_at_its_own_date(books: Books) -> None:
    got = books.buy(10000, at=books.now - timedelta(days=200), award=True, quiet=True)
    assert (got.points, books.news(topics.POINTS_EARNED)) == (100, [])
    assert books.buy(10000, award=False).points == 0


def test_history_older_than_every_promise_earns_by_the_earliest_one(books: Books) -> None:
    assert books.buy(10000, at=datetime(2023, 1, 1, tzinfo=UTC), award=True).points == 100


def test_a_point_that_is_dead_when_it_comes_in_dies_on_its_own_day(books: Books) -> None:
    got = books.buy(10000, at=books.now - timedelta(days=400), award=True, quiet=True)
    assert (got.points, got.available) == (100, 0)
    died = Movement.objects.get(kind="expire")
    assert died.business_date == date(2025, 12, 21)


def test_a_paused_programme_earns_nothing_new(shop: Shop, books: Books) -> None:
    pause(programme=shop.version.programme, now=books.now)
    bought = books.now - timedelta(hours=1)
    books.wait(hours=1)
    assert books.buy(10000).reasons == [{"code": "paused"}]
    assert books.buy(10000, at=bought).points == 100


def test_a_draft_earns_nothing(db: None) -> None:
    shop = open_shop("oasis", "0501234567", live=False)
    got = Books(shop.member).buy(10000)
    assert (got.points, got.tier_code, got.reasons) == (0, "", [{"code": "history_only"}])


def test_a_pilot_earns_for_its_audience_alone(shop: Shop, books: Books) -> None:
    type(shop.version.programme).objects.update(state="pilot")
    assert books.buy(10000).points == 0


def test_rule_13_an_order_of_the_pilots_time_told_after_the_launch_is_the_pilots(
    shop: Shop, books: Books
) -> None:
    programme = shop.version.programme
    type(programme).objects.update(state="pilot")
    programme.refresh_from_db()
    launch(programme=programme, now=books.now)
    assert books.buy(10000, at=books.now - timedelta(hours=1)).points == 0
    assert books.buy(10000, at=books.now).points == 100


def test_a_rule_may_ask_for_a_branch(open_books: OpenBooks) -> None:
    books = open_books(rule={"kind": "fixed", "points": 50, "branches": ["olaya"], "min_amount_minor": 5000})
    assert books.buy(10000, branch_id=Branch.objects.get().pk).points == 150
    assert books.buy(10000).points == 100


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"currency": "KWD"}, WrongCurrency),
        ({"at": datetime(2026, 1, 25, 9, 6, tzinfo=UTC)}, InTheFuture),
        ({"at": datetime(1999, 12, 31, tzinfo=UTC)}, BeforeTime),
        ({"at": datetime(2026, 1, 25, 9, 0)}, Invalid),
        ({"key": "x" * 65}, Invalid),
        ({"key": "  "}, Invalid),
        ({"key": "a\x00"}, Invalid),
        ({"channel": "x" * 21}, Invalid),
        ({"channel": "store", "branch_id": 10**9}, Invalid),
        ({"redemption_codes": ("NOSUCH",)}, NotFound),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(
    books: Books, change: dict[str, object], refusal: type[WalaaError]
) -> None:
    with pytest.raises(refusal) as refused:
        books.buy(10000, **change)  # type: ignore[arg-type]
    assert refused.value.field
    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [((), Invalid), ((0,), Invalid), ((-5,), AmountNegative), ((10**9 + 1,), AmountTooLarge)],
)
def test_absurd_amounts_are_refused(books: Books, lines: tuple[int, ...], refusal: type[WalaaError]) -> None:
    with pytest.raises(refusal):
        books.buy(*lines)


def test_a_foreign_member_and_a_foreign_branch_are_unknown(shop: Shop, books: Books) -> None:
    rival = open_shop("mirage", "0507654321")
    with pytest.raises(NotFound):
        post(replace(books.order(10000), member_id=rival.member.pk), now=books.now)
    with pytest.raises(Invalid):
        books.buy(10000, branch_id=Branch.objects.get(merchant=rival.merchant).pk)
