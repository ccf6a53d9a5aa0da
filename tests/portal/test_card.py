"""The first page: figures as the books have them, in both languages, whatever the size of the history."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.bulk.sweeping import evaluate_tiers
from ledger.events import RefundMade
from ledger.posting import post
from tests.cast import NOW, Shop
from tests.portal.conftest import Buy, Visitor, words

PAGES = (
    "",
    "card/",
    "rewards/",
    "rewards/points/",
    "history/",
    "inbox/",
    "profile/",
    "terms/",
    "profile/walaa.json",
    "profile/walaa.csv",
)
BUDGET = 28


def test_a_new_member_is_told_what_to_do_next(member: Visitor) -> None:
    said = words(member.get())
    for text in (
        "Hello, نورة",
        "Your card is ready",
        "when you pay",
        member.shop.member.number,
        "1,500 SAR more to Silver",
    ):
        assert text in said
    assert "Latest activity" not in said


def test_the_card_shows_balance_worth_tier_and_what_is_missing_to_the_halala(
    member: Visitor, buy: Buy
) -> None:
    buy(1234_56)
    said = words(member.get())
    assert "Your balance 1,234 points, worth 61.70 SAR" in said
    assert "265.44 SAR more to Silver" in said
    buy(265_44)
    said = words(member.get())
    assert "2,500 SAR more to Gold" in said
    assert 'value="37"' in member.get().content.decode()


def test_the_figures_read_arabic_in_arabic(member: Visitor, buy: Buy) -> None:
    buy(1234_56)
    member.post("language/", language="ar")
    said = words(member.get())
    assert "تساوي 61.70 ر.س" in said
    assert "بقي 265.44 ر.س لمستوى «فضي»" in said
    assert "5 جمادى الآخرة 1448 هـ" in said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (1_00, "نقطة واحدة صالحة"),
        (2_00, "نقطتان صالحة"),
        (3_00, "3 نقاط صالحة"),
        (11_00, "11 نقطة صالحة"),
        (100_00, "100 نقطة صالحة"),
    ],
)
def test_points_have_their_arabic_plurals(member: Visitor, buy: Buy, amount: int, said: str) -> None:
    buy(amount)
    member.post("language/", language="ar")
    assert said in words(member.get())


def test_the_next_expiry_is_said_with_its_last_day(
    member: Visitor, buy: Buy, clock: time_machine.Traveller
) -> None:
    buy(300_00, at=datetime(2025, 12, 1, 9, tzinfo=UTC))
    buy(100_00)
    assert "300 points can be used until 1 December (in 16 days)" in words(member.get())
    clock.move_to(datetime(2026, 12, 1, 20, 59, tzinfo=UTC))  # one minute to midnight in Riyadh
    member.enter()
    assert "300 points can be used until today" in words(member.get())
    clock.move_to(datetime(2026, 12, 1, 21, 0, tzinfo=UTC))
    assert "100 points can be used until" in words(member.get())


def test_points_owed_after_a_refund_are_said(member: Visitor, buy: Buy) -> None:
    buy(500_00)
    page = member.get("rewards/points/")
    from tests.portal.conftest import token_of

    member.post("rewards/points/", token=token_of(page), points="500")
    post(
        RefundMade(
            merchant_id=member.shop.merchant.pk,
            member_id=member.shop.member.pk,
            occurred_at=NOW,
            source="till",
            key="r1",
            actor="test",
            purchase_source="till",
            purchase_key="order-1",
            amount_minor=100_00,
        ),
        now=NOW,
    )
    assert "100 points owed after a return" in words(member.get())


def test_every_page_stays_within_its_queries_whatever_the_size(member: Visitor, buy: Buy) -> None:
    def count() -> dict[str, int]:
        found = {}
        for path in PAGES:
            cache.clear()
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert member.get(path).status_code == 200
            found[path] = len(queries)
        return found

    buy(1600_00)
    member.get()  # what is remembered for good is remembered now
    small = count()
    for day in range(60):
        buy(40_00, days_ago=day * 5)
    large = count()
    assert small == large
    assert max(large.values()) < BUDGET, large
    print(large)


def test_a_shop_without_a_programme_says_that_it_is_coming(clock: time_machine.Traveller, db: None) -> None:
    from tests.cast import open_shop

    visitor = Visitor(open_shop("early", "0501234567", live=False))
    visitor.shop.member.language = "en"
    visitor.shop.member.save()
    visitor.enter()
    for path in ("", "rewards/", "rewards/points/", "history/", "terms/"):
        assert visitor.get(path).status_code == 200
    assert "on its way" in words(visitor.get("rewards/"))


def test_the_front_door_leads_to_the_only_shop_or_to_the_shop_of_the_domain(visitor: Visitor) -> None:
    assert visitor.client.get("/").headers["location"] == visitor.url()


def test_the_front_door_of_several_shops_names_only_those_that_may_be_tried(
    visitor: Visitor, rival: Shop
) -> None:
    page = visitor.client.get("/").content.decode()
    assert visitor.url() not in page
    visitor.shop.merchant.is_demo = True
    visitor.shop.merchant.save()
    page = visitor.client.get("/").content.decode()
    assert visitor.url() in page
    assert "mirage" not in page
    rival.merchant.host = "localhost"
    rival.merchant.save()
    answer = visitor.client.get("/", headers={"host": "localhost"})
    assert answer.headers["location"] == "/m/mirage/"
    assert visitor.client.get("/m/oasis/", headers={"host": "localhost"}).status_code == 404


def test_an_unknown_shop_is_not_here(visitor: Visitor) -> None:
    for path in ("/m/nobody/", "/m/nobody/sign-in/", "/m/nobody/theme.css", "/m/nobody/manifest.webmanifest"):
        assert visitor.client.get(path).status_code == 404


def test_days_are_the_merchants(member: Visitor, buy: Buy, clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2026, 11, 15, 22, 30, tzinfo=UTC))  # 01:30 on the 16th in Riyadh
    buy(40_00, at=datetime(2026, 11, 15, 20, 0, tzinfo=UTC))
    said = words(member.get())
    assert "Monday 16 November 2026" in said
    assert "Yesterday, 11:00 PM" in said


def test_rule_34_what_keeps_the_tier_is_exact_and_only_counts_what_will_still_count(
    member: Visitor, buy: Buy, clock: time_machine.Traveller
) -> None:
    buy(1600_00, at=datetime(2026, 1, 10, 9, tzinfo=UTC))  # Silver until 10 January 2027
    buy(1350_00, at=datetime(2026, 6, 1, 9, tzinfo=UTC))  # what the renewal will see
    assert "Spend 150 SAR more by 10 January 2027 to keep Silver" in words(member.get())
    buy(149_99)
    assert "Spend 0.01 SAR more by 10 January 2027 to keep Silver" in words(member.get())
    buy(1)
    assert "to keep Silver" not in words(member.get())
    clock.move_to(datetime(2027, 1, 10, 21, 0, tzinfo=UTC))
    evaluate_tiers(now=datetime(2027, 1, 10, 21, 0, tzinfo=UTC))
    member.enter()
    assert "Silver" in words(member.get())
    assert "to Silver" not in words(member.get())
