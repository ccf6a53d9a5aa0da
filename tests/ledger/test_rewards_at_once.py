"""Stocks and gift cards under a race, in real processes: nobody has one piece or one halala too many."""

from collections.abc import Iterator

import pytest

from ledger.events import GiftCardIssued, RedemptionIssued
from ledger.models import Budget, GiftCard, Redemption
from ledger.posting import post
from ledger.receipt import Receipt
from programs.models import Reward
from tests.cast import open_shop
from tests.ledger.books import Books, another, prove
from tests.ledger.test_concurrency import at_once, posting

pytestmark = pytest.mark.postgres
PEOPLE = 50


@pytest.fixture
def people(transactional_db: None) -> Iterator[list[Books]]:
    """Fifty members whom other processes can see."""
    shop = open_shop("oasis", "0501234567")
    books = Books(shop.member)
    yield [books, *(another(books.merchant, f"05512345{number:02}") for number in range(PEOPLE - 1))]
    prove(shop.merchant)


def test_fifty_members_at_once_never_have_more_than_the_stock(people: list[Books]) -> None:
    Reward.objects.filter(code="surprise").update(stock=7)
    for one in people:
        one.adjust(1000)
    events = [RedemptionIssued(**one.said("issue", None, None), reward_code="surprise") for one in people]
    answers = at_once([posting(event, one) for event, one in zip(events, people, strict=True)])
    had = [answer for answer in answers if isinstance(answer, Receipt)]
    assert len(had) == Redemption.objects.count() == Budget.objects.get().used == 7
    assert {answer for answer in answers if isinstance(answer, str)} <= {"reward_unavailable", "busy"}


def test_fifty_orders_at_once_never_take_more_than_a_card_holds(people: list[Books]) -> None:
    first = people[0]
    issued = GiftCardIssued(**first.said("card", None, None), value_minor=100_00, order_ref="S-1")
    code = post(issued, now=first.now).code
    orders = [one.order(9_00, gift_cards=((code, 9_00),)) for one in people]
    answers = at_once([posting(order, one) for order, one in zip(orders, people, strict=True)])
    paid = [answer for answer in answers if isinstance(answer, Receipt)]
    card = GiftCard.objects.get()
    assert card.balance_minor == 100_00 - 9_00 * len(paid) >= 0
    refused = {answer for answer in answers if isinstance(answer, str)}
    assert refused <= {"gift_card_short", "busy"}
    assert len(paid) == 11 or "busy" in refused
