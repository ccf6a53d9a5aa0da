"""Cards, challenges and badges on the member's page, in both languages, for as many queries as without."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.events import RefundMade
from ledger.models import Redemption
from ledger.posting import post
from programs.models import Badge, Card, Challenge, Reward
from programs.publishing import publish
from tests.cast import FOUNDED, NOW, Shop, open_shop
from tests.portal.conftest import Buy, Visitor, words


@pytest.fixture
def shop(db: None, clock: time_machine.Traveller) -> Shop:
    """A shop with a card of three stamps, a challenge of money, a streak and a badge."""
    opened = open_shop("oasis", "0501234567", live=False)
    of = {"version": opened.version}
    Reward.objects.create(
        code="coffee", name_ar="قهوة", name_en="Free coffee", points=300, cost_minor=5, **of
    )
    Badge.objects.create(
        code="fan",
        name_ar="محب القهوة",
        name_en="Coffee fan",
        description_en="Fill a card",
        icon="star",
        **of,
    )
    asked = {"min_amount_minor": 1_000, **of}
    Card.objects.create(
        code="card", name_ar="بطاقة القهوة", name_en="Coffee card", stamps=3, reward="coffee", **asked
    )
    Challenge.objects.create(
        code="spend", name_ar="خمسمئة", name_en="Five hundred", counts="spend", target=50_000, points=40,
        ends_on=date(2026, 12, 31), **asked,
    )  # fmt: skip
    Challenge.objects.create(
        code="weeks", name_ar="كل أسبوع", name_en="Every week", kind="streak", target=4, badge="fan", **asked
    )
    publish(version=opened.version, actor="test", effective_from=FOUNDED, now=FOUNDED)
    return opened


def test_rule_36_a_card_shows_its_stamps_and_what_it_gives(member: Visitor, buy: Buy) -> None:
    buy(20_00)
    buy(20_00)
    page = member.get()
    told = words(page)
    assert "Coffee card 2 of 3 visits" in told
    assert "A full card gives you “Free coffee”" in told
    assert page.content.decode().count('<li class="on">') == 2
    buy(20_00)
    assert "Coffee card 0 of 3 visits" in words(member.get())
    assert "Free coffee" in words(member.get("rewards/"))  # the voucher, in hand


def test_rule_39_challenges_show_how_far_and_until_when_and_badges_who_won_them(
    member: Visitor, buy: Buy
) -> None:
    for weeks in (3, 2, 1):
        buy(100_00, days_ago=7 * weeks)
    told = words(member.get())
    assert "Five hundred 40 points · until 31 December 300 SAR of 500 SAR" in told
    assert "Every week the badge “Coffee fan” 3 of 4 weeks in a row" in told
    assert "Coffee fan Fill a card" in told
    buy(200_00)
    told = words(member.get())
    assert "Five hundred Reached" in told
    assert "Every week Reached" in told
    assert "Coffee fan" in told
    assert "Fill a card" not in told  # a day stands there instead


def test_rule_31_stamps_of_a_used_reward_are_owed_after_a_return(
    member: Visitor, buy: Buy, shop: Shop
) -> None:
    for number in (1, 2, 3):
        buy(20_00, days_ago=0.01 * (4 - number))
    Redemption.objects.update(state="used", closed_at=NOW, closed_by="till")
    post(
        RefundMade(
            merchant_id=shop.merchant.pk, member_id=shop.member.pk, occurred_at=NOW, source="till", key="R-1",
            actor="test", purchase_source="till", purchase_key="order-1", amount_minor=20_00,
        ),
        now=NOW,
    )  # fmt: skip
    assert "1 stamp owed after a return" in words(member.get())


def test_the_page_is_read_in_arabic(member: Visitor, buy: Buy, shop: Shop) -> None:
    buy(20_00)
    shop.member.language = "ar"
    shop.member.save()
    member.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "ar"
    member.enter()
    told = words(member.get())
    assert "بطاقة القهوة 1 من 3 زيارات" in told
    assert "البطاقة المكتملة تمنحك «قهوة»" in told


def test_the_terms_promise_cards_and_challenges(member: Visitor) -> None:
    told = words(member.get("terms/"))
    assert "Coffee card: 3 visits give “Free coffee”" in told
    assert "Every week: 4 weeks in a row give the badge “Coffee fan”" in told


def test_more_stamps_take_no_more_queries(member: Visitor, buy: Buy) -> None:
    buy(20_00)
    counts = []
    for _turn in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert member.get().status_code == 200
        counts.append(len(asked))
        for _order in range(8):
            buy(20_00)
    assert counts[0] == counts[1]
