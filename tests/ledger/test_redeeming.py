"""Redeeming (RULES C)."""

from datetime import timedelta

import pytest

from accounts.errors import Invalid, NotFound
from ledger import topics
from ledger.bulk.codes import expire_redemptions
from ledger.errors import (
    CodeSpent,
    DiscountTooLarge,
    NoProgramme,
    NotEnoughPoints,
    NothingToRedeem,
    NotWholeBlocks,
    RewardUnavailable,
)
from ledger.models import Redemption
from ledger.queries import account
from programs.models import Reward
from tests.cast import Shop, open_shop
from tests.ledger.books import Books, another, used
from tests.ledger.conftest import OpenBooks


def test_rule_16_one_point_short_is_said(books: Books) -> None:
    books.earn(499)
    with pytest.raises(NotEnoughPoints) as refused:
        books.issue(500)
    assert refused.value.params == {"short": 1}
    with pytest.raises(NothingToRedeem) as refused_too:
        books.issue()
    assert refused_too.value.params == {"short": 1}
    with pytest.raises(NothingToRedeem):
        books.issue(499)


def test_rule_16_spending_is_in_blocks(books: Books) -> None:
    books.earn(1240)
    offer = account(books.member, now=books.now).offer
    assert offer is not None
    assert (offer.points, offer.value_minor) == (1000, 5000)
    with pytest.raises(NotWholeBlocks):
        books.issue(750)
    got = books.issue()
    assert (got.points, got.value_minor, got.available) == (-1000, 5000, 240)


def test_rule_17_never_burns_more_than_the_discount_gives(books: Books) -> None:
    books.earn(5000)
    assert books.issue(order_minor=3000).points == -500
    with pytest.raises(DiscountTooLarge):
        books.issue(1000, order_minor=3000)
    with pytest.raises(DiscountTooLarge):
        books.issue(order_minor=2000)


def test_rule_17_the_cap_of_an_order_holds(open_books: OpenBooks) -> None:
    books = open_books(max_redeem_minor=5000)
    books.earn(5000)
    assert books.issue(order_minor=40000).points == -1000
    with pytest.raises(DiscountTooLarge):
        books.issue(1500)


def test_rule_17_codes_worth_more_than_the_order_are_refused_and_stay_open(books: Books) -> None:
    books.earn(1000)
    code = books.issue(1000).code
    with pytest.raises(DiscountTooLarge):
        books.buy(4000, redemption_codes=(code,))
    assert Redemption.objects.get().state == "reserved"


def test_rule_17_two_codes_together_keep_to_the_cap(open_books: OpenBooks) -> None:
    books = open_books(max_redeem_minor=2500)
    books.earn(1000)
    codes = (books.issue(500).code, books.issue(500).code)
    with pytest.raises(DiscountTooLarge):
        books.buy(40000, redemption_codes=codes)


def test_rule_18_the_lot_that_expires_first_goes_first_then_the_oldest_nulls_last(books: Books) -> None:
    books.adjust(200, expires=False)
    books.wait(days=1)
    books.adjust(200)
    books.wait(days=1)
    books.adjust(200)
    got = books.issue(500)
    assert books.lots() == [(200, 100), (200, 0), (200, 0)]
    assert [lot["points"] for lot in got.lots] == [200, 200, 100]
    assert used(got) == [200, 200, 100]


def test_rule_19_cancelling_returns_the_points_to_the_same_lots_with_the_same_expiry(books: Books) -> None:
    books.earn(300)
    books.wait(days=5)
    books.earn(300)
    code = books.issue(500).code
    assert books.lots() == [(300, 0), (300, 100)]
    got = books.close(code, "cancelled")
    assert (got.points, books.available, books.lots()) == (500, 600, [(300, 300), (300, 300)])
    assert len(books.news(topics.REDEMPTION_CANCELLED)) == 1


def test_rule_19_a_lot_that_died_meanwhile_gets_one_grace(books: Books) -> None:
    books.earn(500)
    books.go_to(2027, 1, 25, hour=23, minute=50)
    code = books.issue(500, minutes=60).code
    books.wait(minutes=20)
    books.close(code, "cancelled")
    assert books.lots() == [(500, 0), (500, 500)]
    assert books.available == 500
    books.go_to(2027, 2, 25, hour=23, minute=50)
    again = books.issue(500, minutes=60).code
    books.wait(minutes=20)
    assert books.close(again, "cancelled").available == 0
    assert books.lots() == [(500, 0), (500, 0)]


def test_rule_19_a_used_code_cannot_be_cancelled_and_a_closed_one_not_used(books: Books) -> None:
    books.earn(1000)
    spent, cancelled = books.issue(500).code, books.issue(500).code
    books.close(spent, "used", order_ref="A-7")
    books.close(cancelled, "cancelled")
    for code, outcome, state in (
        (spent, "cancelled", "used"),
        (spent, "used", "used"),
        (cancelled, "used", "cancelled"),
    ):
        with pytest.raises(CodeSpent) as refused:
            books.close(code, outcome)
        assert refused.value.params == {"state": state}
    assert books.available == 500


def test_rule_19_a_code_runs_out_and_its_points_come_back_once(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    assert expire_redemptions(now=books.now) == 0
    with pytest.raises(Invalid):
        books.close(code, "expired")
    books.wait(minutes=15)
    with pytest.raises(CodeSpent) as refused:
        books.close(code)
    assert refused.value.params == {"state": "expired"}
    assert [expire_redemptions(now=books.now), expire_redemptions(now=books.now)] == [1, 0]
    assert (books.available, Redemption.objects.get().state) == (500, "expired")


def test_rule_19_codes_are_readable_aloud_and_not_a_row_of_numbers(books: Books) -> None:
    books.earn(5000)
    codes = [books.issue(500).code for _code in range(10)]
    assert len(set(codes)) == 10
    assert all(len(code) == 8 and not set(code) & set("01AEIOULAEIOU") for code in codes)


def test_rule_20_the_second_redemption_of_the_same_points_is_refused(books: Books) -> None:
    books.earn(500)
    books.issue(500)
    with pytest.raises(NotEnoughPoints) as refused:
        books.issue(500)
    assert (refused.value.params, books.available) == ({"short": 500}, 0)


def test_rule_21_redeeming_never_lowers_a_tier(books: Books) -> None:
    books.buy(150_000)
    got = books.issue(1500)
    assert (got.tier_code, books.balance.tier_code) == ("silver", "silver")
    assert books.buy(10000).points == 125


def test_a_reward_of_the_catalogue_takes_its_points(shop: Shop, books: Books) -> None:
    reward = Reward.objects.filter(version=shop.version).order_by("points").first()
    assert reward is not None
    books.earn(reward.points - 1)
    with pytest.raises(NotEnoughPoints) as refused:
        books.issue(reward_code=reward.code)
    assert refused.value.params == {"short": 1}
    books.earn(1)
    got = books.issue(reward_code=reward.code)
    redemption = Redemption.objects.get()
    assert (got.points, redemption.name_ar, redemption.kind) == (-reward.points, reward.name_ar, "reward")
    assert redemption.expires_at == books.now + timedelta(minutes=reward.code_minutes)


def test_a_reward_may_be_for_a_tier_alone(books: Books) -> None:
    Reward.objects.filter(code="surprise").update(tiers=["gold"])
    books.earn(1400)
    with pytest.raises(RewardUnavailable):
        books.issue(reward_code="surprise")
    with pytest.raises(RewardUnavailable):
        books.issue(reward_code="no-such-thing")
    books.buy(300_000)
    assert books.issue(reward_code="surprise").points == -1000


def test_a_rewards_code_pays_no_order(books: Books) -> None:
    books.earn(1000)
    code = books.issue(reward_code="surprise").code
    with pytest.raises(RewardUnavailable):
        books.buy(10000, redemption_codes=(code,))


def test_another_members_code_is_unknown(books: Books) -> None:
    books.earn(500)
    code = books.issue(500).code
    with pytest.raises(NotFound):
        another(books.merchant, "0500000009").buy(10000, redemption_codes=(code,))


def test_without_a_programme_there_is_nothing_to_redeem(db: None) -> None:
    with pytest.raises(NoProgramme):
        Books(open_shop("oasis", "0501234567", live=False).member).issue(500)
