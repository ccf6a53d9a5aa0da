"""Rewards at the books: what may be had, by whom, when and how often; the stock; gift cards; upgrades."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.translation import override

from accounts.errors import NotFound
from ledger.bulk.codes import expire_redemptions
from ledger.bulk.gift_cards import expire_gift_cards
from ledger.catalogue import gift_cards_of, rewards_for, upgrades_of
from ledger.errors import CodeSpent, GiftCardOver, GiftCardShort, MoreThanDue, RewardUnavailable
from ledger.events import GiftCardEnded, GiftCardIssued
from ledger.models import Budget, GiftCard, GiftCardEntry, Redemption, Upgrade
from ledger.posting import post
from ledger.receipt import Receipt
from programs.having_wording import why_not_text
from programs.models import AudienceMember, Reward
from tests.cast import open_shop
from tests.ledger.books import Books, another
from tests.ledger.merged import merge
from tests.ledger.people_deals import second

pytestmark = pytest.mark.postgres


def asks(code: str = "surprise", **said: Any) -> None:
    """Change a reward of the blueprint."""
    Reward.objects.filter(code=code).update(**said)


def why(books: Books, code: str = "surprise", language: str = "en") -> str:
    """Why the member cannot have a reward, as every door says it; nothing where they can."""
    offer = next(one for one in rewards_for(books.member, now=books.now) if one.reward.code == code)
    return why_not_text(offer.why_not, language) if offer.why_not else ""


def refused(books: Books, code: str = "surprise") -> str:
    with pytest.raises(RewardUnavailable) as error:
        books.issue(reward_code=code)
    with override("en"):
        return str(error.value)


def shelf(code: str = "surprise") -> int:
    return Budget.objects.get(period="stock", rule=code).used


def test_a_stock_ends_exactly_and_an_unused_code_puts_its_piece_back(books: Books) -> None:
    asks(stock=2)
    books.earn(5000)
    first, second_ = (books.issue(reward_code="surprise") for _piece in range(2))
    assert (why(books), refused(books), shelf()) == ("Sold out", "Sold out", 2)
    books.close(first.code, "cancelled")
    assert (why(books), shelf()) == ("", 1)
    books.issue(reward_code="surprise")
    books.close(second_.code)
    assert (refused(books), shelf()) == ("Sold out", 2)


def test_a_code_that_runs_out_puts_its_piece_back(books: Books) -> None:
    asks(stock=1)
    books.earn(3000)
    books.issue(reward_code="surprise", minutes=5)
    books.wait(minutes=6)
    assert expire_redemptions(now=books.now) == 1
    assert (shelf(), why(books), books.available) == (0, "", 3000)


def test_a_later_stock_goes_on_from_what_is_given(books: Books) -> None:
    asks(stock=5)
    books.earn(5000)
    for _piece in range(3):
        books.issue(reward_code="surprise")
    asks(stock=3)
    assert refused(books) == "Sold out"
    asks(stock=4)
    books.issue(reward_code="surprise")
    assert shelf() == 4


def test_a_reward_without_limits_writes_no_counter(books: Books) -> None:
    books.earn(1000)
    books.issue(reward_code="surprise")
    assert not Budget.objects.exists()


@pytest.mark.parametrize(
    ("period", "days", "sentence"),
    [
        ("day", 1, "You have had yours today"),
        ("month", 31, "You have had yours this month"),
        ("year", 366, "You have had yours this year"),
        ("ever", None, "You have had yours"),
    ],
)
def test_a_members_limit_counts_its_own_period(
    books: Books, period: str, days: int | None, sentence: str
) -> None:
    asks(member_limit=1, limit_period=period)
    books.adjust(5000, expires=False)
    books.issue(reward_code="surprise")
    assert (why(books), refused(books)) == (sentence, sentence)
    assert another(books.merchant, "0500000009").member.pk != books.member.pk
    if days:
        books.wait(days=days)
        books.issue(reward_code="surprise")
    assert refused(books) == sentence


def test_a_limit_counts_the_codes_of_records_that_were_merged(books: Books) -> None:
    asks(member_limit=1)
    other = second(books)
    other.adjust(1000)
    other.issue(reward_code="surprise")
    books.adjust(5000)
    assert why(books) == ""
    merge(books, other)
    assert (why(books), refused(books)) == ("You have had yours", "You have had yours")


def test_a_cancelled_code_counts_against_nobodys_limit(books: Books) -> None:
    asks(member_limit=1)
    books.earn(3000)
    books.close(books.issue(reward_code="surprise").code, "cancelled")
    books.issue(reward_code="surprise")


def test_days_hours_tiers_and_segments_are_said_in_both_languages(books: Books) -> None:
    books.earn(1400)
    asks(tiers=["gold"])
    assert (why(books), refused(books)) == ("Only for Gold", "Only for Gold")
    assert why(books, language="ar") == "لمستوى «ذهبي» فقط"
    asks(tiers=[], starts_on=date(2026, 12, 3))
    assert (why(books), refused(books)) == ("From 3 December", "From 3 December")
    asks(early_days=400, early_tiers=["gold"])
    assert refused(books) == "Early access for Gold; for all from 3 December"
    asks(early_tiers=["bronze"])
    assert why(books) == ""
    asks(starts_on=None, early_days=0, early_tiers=[], ends_on=date(2026, 1, 24))
    assert refused(books) == "It ended on 24 January"
    assert "surprise" not in {one.reward.code for one in rewards_for(books.member, now=books.now)}
    asks(ends_on=date(2026, 1, 25), from_time="18:00", to_time="22:00")
    assert (why(books), refused(books)) == ("Between 18:00 and 22:00", "Between 18:00 and 22:00")
    asks(from_time=None, to_time=None, segments=["vip", "asleep"])
    assert (why(books), refused(books)) == ("For invited members only", "For invited members only")
    AudienceMember.objects.create(
        merchant=books.merchant, member=books.member, audience="vip", since=books.now - timedelta(days=1)
    )
    assert why(books) == ""
    books.issue(reward_code="surprise")


def test_a_place_in_a_segment_that_ended_opens_nothing(books: Books) -> None:
    books.earn(1400)
    asks(segments=["vip"])
    AudienceMember.objects.create(
        merchant=books.merchant,
        member=books.member,
        audience="vip",
        since=books.now - timedelta(days=2),
        until=books.now,
    )
    assert refused(books) == "For invited members only"


def test_a_reward_that_is_only_given_is_never_sold(books: Books) -> None:
    asks(points=0)
    assert refused(books) == "Given, not bought with points"
    assert "surprise" not in {one.reward.code for one in rewards_for(books.member, now=books.now)}


def test_money_off_pays_on_the_order_and_is_not_held_to_the_cap_of_blocks(books: Books) -> None:
    asks(kind="money_off", value_minor=3000)
    books.earn(1000)
    code = books.issue(reward_code="surprise").code
    order = books.buy(10_000, key="A", redemption_codes=(code,))
    assert (order.points, order.value_minor) == (70, 3000)
    assert Redemption.objects.get(code=code).state == "used"
    assert books.refund("A", 10_000).returned_points == 1000


def a_card(books: Books, value_minor: int = 10_000, **said: Any) -> GiftCard:
    """A card that was sold at the counter."""
    event = GiftCardIssued(**books.said("card", None, None), value_minor=value_minor, order_ref="S-1", **said)
    return GiftCard.objects.get(code=post(event, now=books.now).code)


def end(books: Books, card: GiftCard, outcome: str = "cancelled") -> Receipt:
    event = GiftCardEnded(**books.said("end", None, None), code=card.code, outcome=outcome)
    return post(event, now=books.now)


def test_a_gift_card_reward_becomes_a_card_that_pays_in_parts(books: Books) -> None:
    asks(kind="gift_card", value_minor=5000, lasts_days=90)
    books.earn(1000)
    code = books.issue(reward_code="surprise").code
    assert not GiftCard.objects.exists()
    books.close(code)
    card = GiftCard.objects.get()
    assert (card.value_minor, card.balance_minor, card.why) == (5000, 5000, "reward")
    assert card.expires_on == date(2026, 1, 25) + timedelta(days=90)
    assert len(card.code) == 12
    with pytest.raises(CodeSpent):
        books.close(code)
    first = books.buy(3000, gift_cards=((card.code, 0),))
    assert (first.points, first.gifts) == (
        30,
        [{"card": card.code[-4:], "amount_minor": -3000, "left_minor": 2000}],
    )
    assert books.buy(3000, gift_cards=((card.code, 0),)).gifts[0]["left_minor"] == 0
    with pytest.raises(GiftCardShort):
        books.buy(3000, gift_cards=((card.code, 0),))
    assert list(gift_cards_of(books.member)) == []


def test_a_card_pays_once_per_order_however_often_it_is_told(books: Books) -> None:
    card = a_card(books)
    for _time in range(3):
        books.buy(4000, key="A", at=books.now, gift_cards=((card.code, 4000),))
    card.refresh_from_db()
    assert card.balance_minor == 6000


def test_a_card_never_pays_more_than_it_holds_or_than_is_due(books: Books) -> None:
    card = a_card(books)
    with pytest.raises(GiftCardShort) as short:
        books.buy(20_000, gift_cards=((card.code, 10_001),))
    with override("en"):
        assert str(short.value) == "This gift card holds 100.00."
    with pytest.raises(MoreThanDue):
        books.buy(5000, gift_cards=((card.code, 5001),))
    with pytest.raises(NotFound):
        books.buy(5000, gift_cards=(("ABCDEFGHJKLM", 0),))
    assert GiftCardEntry.objects.count() == 1


def test_whoever_holds_the_code_may_pay_and_a_refund_goes_back_to_the_card(books: Books) -> None:
    card, other = a_card(books), another(books.merchant, "0500000009")
    other.buy(20_000, key="A", gift_cards=((card.code, 0),))
    assert other.refund("A", 6666).gifts == [
        {"card": card.code[-4:], "amount_minor": 3333, "left_minor": 3333}
    ]
    assert other.refund("A", 6667).gifts[0]["left_minor"] == 6666
    assert other.refund("A", 6667).gifts[0]["left_minor"] == 10_000


def test_money_that_comes_back_to_a_card_that_is_over_can_be_spent_again(books: Books) -> None:
    card = a_card(books, expires_on=date(2026, 2, 25))
    books.buy(4000, key="A", gift_cards=((card.code, 4000),))
    books.go_to(2026, 2, 25, 23, 59)
    assert expire_gift_cards(now=books.now) == 0
    books.go_to(2026, 2, 26, 0, 1)
    assert (expire_gift_cards(now=books.now), expire_gift_cards(now=books.now)) == (1, 0)
    with pytest.raises(GiftCardOver):
        books.buy(4000, gift_cards=((card.code, 0),))
    books.refund("A", 4000)
    card.refresh_from_db()
    assert (card.balance_minor, card.closed_at, card.expires_on) == (4000, None, date(2026, 3, 28))
    books.buy(4000, gift_cards=((card.code, 0),))


def test_a_cancelled_card_pays_nothing(books: Books) -> None:
    card = a_card(books)
    assert end(books, card).value_minor == 10_000
    with pytest.raises(GiftCardOver):
        end(books, card)
    with pytest.raises(GiftCardOver):
        books.buy(4000, gift_cards=((card.code, 0),))


def test_the_card_of_another_shop_is_unknown(books: Books) -> None:
    card, rival = a_card(books), Books(open_shop("rival", "0501234567").member)
    with pytest.raises(NotFound):
        rival.buy(4000, gift_cards=((card.code, 0),))


def test_an_upgrade_is_open_for_its_days(books: Books) -> None:
    asks(kind="upgrade", feature="premium", lasts_days=30)
    books.earn(1000)
    books.close(books.issue(reward_code="surprise").code)
    (upgrade,) = upgrades_of(books.member, now=books.now)
    assert (upgrade.feature, upgrade.until) == ("premium", books.now + timedelta(days=30))
    assert books.balance.tier_code == "bronze"
    books.wait(days=30)
    assert not upgrades_of(books.member, now=books.now)
    assert Upgrade.objects.count() == 1
